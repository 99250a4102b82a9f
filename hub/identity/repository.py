"""All SQL of identity. Functions that take a plain Session ask before the tenant is known."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.identity.models import Caller, OrganizationChoice, UserProfile
from hub.kit.db import Session, TenantSession
from hub.kit.queries import load_queries

_QUERIES = load_queries("hub.identity")
_LONGEST_USER_AGENT = 256


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """A user as sign-in needs them."""

    user_id: UUID
    name: str
    language: str
    password_hash: str
    status: str


@dataclass(frozen=True, kw_only=True)
class NewSession:
    """A session to write."""

    session_id: UUID
    user_id: UUID
    hash: bytes
    at: datetime
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class NewUser:
    """A user to create unless the e-mail has one."""

    user_id: UUID
    email: str
    name: str
    language: str
    hash: str
    at: datetime


async def credentials(session: Session, email: str) -> Credentials | None:
    """The user with this normal e-mail."""
    row = await session.row(_QUERIES["user_by_email"], {"email": email})
    return Credentials(**row) if row else None


async def organizations(session: Session, user_id: UUID) -> tuple[OrganizationChoice, ...]:
    """The tenants a user may enter, the oldest membership first."""
    rows = await session.rows(_QUERIES["user_organizations"], {"user_id": user_id})
    return tuple(OrganizationChoice(**row) for row in rows)


async def adopt_user(session: Session, user: NewUser) -> UUID:
    """The id of the user with this e-mail, new or not; one who is there keeps their password."""
    user_id: UUID = await session.scalar(
        _QUERIES["adopt_user"],
        {
            "user_id": user.user_id,
            "email": user.email,
            "name": user.name,
            "language": user.language,
            "hash": user.hash,
            "at": user.at,
        },
    )
    return user_id


async def replace_password_hash(session: Session, user_id: UUID, *, old: str, new: str) -> bool:
    """Whether the old hash was the present one and is now replaced."""
    replaced: bool = await session.scalar(
        _QUERIES["replace_password_hash"], {"user_id": user_id, "old": old, "new": new}
    )
    return replaced


async def put_role(
    session: TenantSession, code: str, *, name: str, permissions: Iterable[str]
) -> None:
    """Create a role; one that is there stays as the tenant made it."""
    await session.execute(
        _QUERIES["put_role"], {"code": code, "name": name, "permissions": sorted(permissions)}
    )


async def put_membership(
    session: TenantSession, user_id: UUID, *, role_code: str, at: datetime
) -> None:
    """Make a user a member in this role."""
    await session.execute(
        _QUERIES["put_membership"], {"user_id": user_id, "role_code": role_code, "at": at}
    )


async def permissions(session: TenantSession, user_id: UUID) -> frozenset[str] | None:
    """What an active member may do here; None for everybody else."""
    found: list[str] | None = await session.scalar(_QUERIES["permissions"], {"user_id": user_id})
    return None if found is None else frozenset(found)


async def profile(session: TenantSession, user_id: UUID) -> UserProfile | None:
    """A member's name and address."""
    row = await session.row(_QUERIES["profile"], {"user_id": user_id})
    return UserProfile(**row) if row else None


async def open_session(session: TenantSession, new: NewSession, caller: Caller) -> None:
    """Write a session."""
    await session.execute(
        _QUERIES["open_session"],
        {
            "session_id": new.session_id,
            "user_id": new.user_id,
            "hash": new.hash,
            "at": new.at,
            "expires_at": new.expires_at,
            "address": caller.address,
            "user_agent": caller.user_agent[:_LONGEST_USER_AGENT],
        },
    )


async def find_session(
    session: TenantSession, token_hash: bytes, at: datetime
) -> tuple[UUID, UUID] | None:
    """(session id, user id) of a session that holds at this instant."""
    row = await session.row(_QUERIES["session"], {"hash": token_hash, "at": at})
    return (row["session_id"], row["user_id"]) if row else None


async def revoke_session(session: TenantSession, token_hash: bytes, at: datetime) -> None:
    """End one session."""
    await session.execute(_QUERIES["revoke_session"], {"hash": token_hash, "at": at})


async def revoke_sessions_of_user(session: TenantSession, user_id: UUID, at: datetime) -> int:
    """End a user's sessions in this tenant; how many there were."""
    return await session.execute(
        _QUERIES["revoke_sessions_of_user"], {"user_id": user_id, "at": at}
    )


async def delete_ended_sessions(session: TenantSession, before: datetime) -> int:
    """Forget sessions that ended before this instant."""
    return await session.execute(_QUERIES["delete_ended_sessions"], {"before": before})
