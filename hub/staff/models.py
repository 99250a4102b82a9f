"""Who works in a shop."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

StaffRole = Literal["cashier", "manager"]


@dataclass(frozen=True, kw_only=True)
class StaffMember:
    """`store_ids` empty: every store of the tenant."""

    staff_id: UUID
    name: str
    roles: tuple[StaffRole, ...]
    store_ids: tuple[UUID, ...] = ()
    active: bool = True
