"""Who is signed in."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct


class Caller(Struct, frozen=True, kw_only=True):
    """A member of staff at a paired tablet. `roles` as the office published them last."""

    staff_id: UUID
    name: str
    roles: tuple[str, ...]
    tablet_id: UUID
    register_id: UUID


class SignIn(Struct, frozen=True, kw_only=True):
    """A new sign-in; the token is told this once."""

    token: str
    expires_at: datetime
    caller: Caller
