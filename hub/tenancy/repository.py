"""All SQL of tenancy."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping

from hub.kit.db import Session, TenantSession
from hub.kit.queries import load_queries
from hub.tenancy.models import Organization, Register, Store, StoreTerms

_QUERIES = load_queries("hub.tenancy")


async def put_organization(
    session: TenantSession, organization: Organization, at: datetime
) -> None:
    """Create it with its counter, or rename it."""
    await session.execute(
        _QUERIES["put_organization"],
        {"name": organization.name, "currency": organization.currency, "at": at},
    )
    await session.execute(_QUERIES["start_counter"])


async def put_store(session: TenantSession, store: Store, at: datetime) -> None:
    """Create or change a store."""
    await session.execute(_QUERIES["put_store"], {**asdict(store), "at": at})


async def put_terms(session: TenantSession, terms: StoreTerms) -> None:
    """Create or change a store's settings from a date on."""
    lists = {"languages": list(terms.languages), "cashier_may": list(terms.cashier_may)}
    await session.execute(_QUERIES["put_terms"], {**asdict(terms), **lists})


async def put_register(session: TenantSession, register: Register, at: datetime) -> None:
    """Create or change a register."""
    await session.execute(_QUERIES["put_register"], {**asdict(register), "at": at})


async def replace_pairing_token(
    session: TenantSession, register_id: UUID, token_hash: str
) -> UUID | None:
    """The register's store, or None when there is no such register."""
    store_id: UUID | None = await session.scalar(
        _QUERIES["replace_pairing_token"], {"register_id": register_id, "hash": token_hash}
    )
    return store_id


async def stores_with_terms(
    session: TenantSession, store_ids: Sequence[UUID], at: datetime
) -> Sequence[RowMapping]:
    """Stores and the settings in force at this instant."""
    return await session.rows(
        _QUERIES["stores_with_terms"], {"store_ids": list(store_ids), "at": at}
    )


async def registers(session: TenantSession, store_ids: Sequence[UUID]) -> list[Register]:
    """The stores' registers."""
    rows = await session.rows(_QUERIES["registers"], {"store_ids": list(store_ids)})
    return [Register(**row) for row in rows]


async def timezones(session: TenantSession, store_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Store → IANA name."""
    rows = await session.rows(_QUERIES["timezones"], {"store_ids": list(store_ids)})
    return {row["store_id"]: row["timezone"] for row in rows}


async def store_ids(session: TenantSession) -> list[UUID]:
    """Every store of the tenant."""
    return [row["store_id"] for row in await session.rows(_QUERIES["store_ids"])]


async def organizations_after(session: Session, organization_id: UUID, *, most: int) -> list[UUID]:
    """The next tenants by id, asked before one is chosen."""
    rows = await session.rows(
        _QUERIES["organizations_after"], {"organization": organization_id, "most": most}
    )
    return [row["organization_id"] for row in rows]
