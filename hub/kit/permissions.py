"""Who acts, and the guard that every service and route asks.

Permissions are words of the product; which role holds which is a tenant's own data (`identity`).
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from protocol.errors import Forbidden


class Permission(StrEnum):
    """What a principal may do in its tenant."""

    CATALOG_READ = "catalog.read"
    CATALOG_WRITE = "catalog.write"
    FLEET_READ = "fleet.read"
    FLEET_WRITE = "fleet.write"
    SALES_READ = "sales.read"
    STAFF_READ = "staff.read"
    STAFF_WRITE = "staff.write"
    STOCK_READ = "stock.read"
    STORES_READ = "stores.read"
    STORES_WRITE = "stores.write"
    EVENTS_READ = "events.read"
    USERS_WRITE = "users.write"
    AUDIT_READ = "audit.read"


@dataclass(frozen=True, kw_only=True)
class Principal:
    """A signed-in user in one tenant. `session_id`: the session that may be revoked, if any."""

    user_id: UUID
    organization_id: UUID
    permissions: frozenset[str]
    session_id: UUID | None = None

    def require(self, permission: Permission) -> None:
        """Raises Forbidden `permission-missing`."""
        if permission not in self.permissions:
            raise Forbidden(
                "permission-missing", f"Ask the owner for the permission {permission.value!r}."
            )
