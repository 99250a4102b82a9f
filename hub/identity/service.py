"""Signing in and staying signed in. Each method that takes no session is one transaction or two."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from hub.identity import repository, rules
from hub.identity.models import (
    BUILT_IN_ROLES,
    Caller,
    OrganizationChoice,
    SessionToken,
    SignedIn,
    UserProfile,
)
from hub.identity.throttle import SignInThrottle
from hub.kit.clock import Clock
from hub.kit.db import Database, TenantSession
from hub.kit.ids import IdSource
from hub.kit.passwords import Passwords
from hub.kit.permissions import Principal
from protocol.errors import Forbidden, NotFound, Unauthenticated

SESSION_LIFETIME = timedelta(hours=12)
# Ended sessions are evidence for a while.
SESSIONS_KEPT = timedelta(days=90)


async def delete_old_sessions(session: TenantSession, clock: Clock) -> int:
    """Forget one tenant's sessions that ended some time ago; how many."""
    return await repository.delete_ended_sessions(session, clock.now() - SESSIONS_KEPT)


class Identity:
    """Users, memberships and sessions. `random_bytes(n)`: n unpredictable bytes."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        ids: IdSource,
        passwords: Passwords,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._passwords = passwords
        self._random_bytes = random_bytes
        self._throttle = SignInThrottle(clock)

    async def sign_in(
        self, email: str, password: str, *, caller: Caller, organization_id: UUID | None = None
    ) -> SignedIn:
        """Check a password; the tenant is the one asked for, else the oldest membership.

        Raises Throttled, Unauthenticated `wrong-credentials` (whatever was wrong, as slowly),
        Forbidden `no-organization`.
        """
        email = rules.normal_email(email)
        with self._throttle.attempt(email, caller):
            async with self._database.lookup() as session:
                found = await repository.credentials(session, email)
            right = await self._passwords.verify(password, found.password_hash if found else None)
            if found is None or not right or found.status != "active":
                raise Unauthenticated("wrong-credentials", "The e-mail or the password is wrong.")
        await self._renew_hash(found, password)
        async with self._database.lookup() as session:
            organizations = await repository.organizations(session, found.user_id)
        chosen = _choose(organizations, organization_id)
        return SignedIn(
            principal=await self.principal(chosen.organization_id, found.user_id),
            name=found.name,
            language=found.language,
            organizations=organizations,
        )

    async def principal(self, organization_id: UUID, user_id: UUID) -> Principal:
        """A member with what the role allows now; raises Forbidden `no-organization`."""
        async with self._database.tenant(organization_id) as session:
            permissions = await repository.permissions(session, user_id)
        if permissions is None:
            raise _no_organization()
        return Principal(user_id=user_id, organization_id=organization_id, permissions=permissions)

    async def open_session(self, principal: Principal, *, caller: Caller) -> SessionToken:
        """A session for the dashboard's cookie; only its hash is kept."""
        now = self._clock.now()
        token = rules.session_token(
            principal.organization_id, self._random_bytes(rules.SECRET_BYTES)
        )
        new = repository.NewSession(
            session_id=self._ids.next(),
            user_id=principal.user_id,
            hash=rules.token_hash(token),
            at=now,
            expires_at=now + SESSION_LIFETIME,
        )
        async with self._database.tenant(principal.organization_id) as session:
            await repository.open_session(session, new, caller)
        return SessionToken(token=token, expires_at=new.expires_at)

    async def session_principal(self, token: str) -> Principal:
        """Whose session a cookie is; raises Unauthenticated `session-ended`."""
        organization_id, token_hash = rules.read_session_token(token)
        async with self._database.tenant(organization_id) as session:
            found = await repository.find_session(session, token_hash, self._clock.now())
            permissions = found and await repository.permissions(session, found[1])
        if not found or permissions is None:
            raise Unauthenticated("session-ended", "Sign in again.")
        session_id, user_id = found
        return Principal(
            user_id=user_id,
            organization_id=organization_id,
            permissions=permissions,
            session_id=session_id,
        )

    async def end_session(self, token: str) -> None:
        """Sign out; a session that ended already is no error."""
        organization_id, token_hash = rules.read_session_token(token)
        async with self._database.tenant(organization_id) as session:
            await repository.revoke_session(session, token_hash, self._clock.now())

    async def profile(self, principal: Principal) -> UserProfile:
        """Who is signed in; raises NotFound."""
        async with self._database.tenant(principal.organization_id) as session:
            found = await repository.profile(session, principal.user_id)
        if found is None:
            raise NotFound("unknown-user", "There is no such user here.")
        return found

    async def reset_password(self, email: str, password: str) -> None:
        """Give a user a new password and end their sessions; raises NotFound `unknown-user`."""
        new = await self._passwords.hash(password)
        async with self._database.lookup() as session:
            found = await repository.credentials(session, rules.normal_email(email))
            if found is None:
                raise NotFound("unknown-user", "No user has this e-mail.")
            await repository.replace_password_hash(
                session, found.user_id, old=found.password_hash, new=new
            )
            organizations = await repository.organizations(session, found.user_id)
        for choice in organizations:
            async with self._database.tenant(choice.organization_id) as tenant:
                await repository.revoke_sessions_of_user(tenant, found.user_id, self._clock.now())

    async def _renew_hash(self, found: repository.Credentials, password: str) -> None:
        if not self._passwords.outdated(found.password_hash):
            return
        new = await self._passwords.hash(password)
        async with self._database.lookup() as session:
            await repository.replace_password_hash(
                session, found.user_id, old=found.password_hash, new=new
            )


class Membership:
    """Roles and members of one tenant, in the caller's transaction."""

    def __init__(self, *, clock: Clock, ids: IdSource, passwords: Passwords) -> None:
        self._clock = clock
        self._ids = ids
        self._passwords = passwords

    async def start_roles(self, session: TenantSession) -> None:
        """The roles that a new tenant begins with."""
        for code, (name, permissions) in BUILT_IN_ROLES.items():
            await repository.put_role(session, code, name=name, permissions=permissions)

    async def add_user(
        self, session: TenantSession, user: UserProfile, *, password: str, role_code: str
    ) -> UUID:
        """Make a person a member; one known by this e-mail keeps their id and password."""
        new = repository.NewUser(
            user_id=user.user_id,
            email=rules.normal_email(user.email),
            name=user.name,
            language=user.language,
            hash=await self._passwords.hash(password),
            at=self._clock.now(),
        )
        user_id = await repository.adopt_user(session, new)
        await repository.put_membership(session, user_id, role_code=role_code, at=self._clock.now())
        return user_id


def _choose(
    organizations: tuple[OrganizationChoice, ...], wanted: UUID | None
) -> OrganizationChoice:
    for choice in organizations:
        if wanted is None or choice.organization_id == wanted:
            return choice
    raise _no_organization()


def _no_organization() -> Forbidden:
    return Forbidden("no-organization", "You are no member there; ask the owner.")
