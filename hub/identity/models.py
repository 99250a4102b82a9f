"""Users and what they hold while signed in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.kit.permissions import Permission, Principal

_READ = frozenset(permission for permission in Permission if permission.value.endswith(".read"))
_WRITE_SHOP = frozenset({Permission.CATALOG_WRITE, Permission.STAFF_WRITE, Permission.FLEET_WRITE})

# Role code → (name, permissions), as every new tenant starts with them.
BUILT_IN_ROLES: Mapping[str, tuple[str, frozenset[Permission]]] = {
    "owner": ("Owner", frozenset(Permission)),
    "manager": ("Manager", (_READ - {Permission.AUDIT_READ}) | _WRITE_SHOP),
    "accountant": ("Accountant", _READ - {Permission.STAFF_READ, Permission.FLEET_READ}),
    "technician": (
        "Technician",
        frozenset({Permission.STORES_READ, Permission.FLEET_READ, Permission.FLEET_WRITE}),
    ),
}


@dataclass(frozen=True, kw_only=True)
class Caller:
    """From where somebody tries to sign in."""

    address: str
    user_agent: str = ""


@dataclass(frozen=True, kw_only=True)
class OrganizationChoice:
    """A tenant that a person may enter."""

    organization_id: UUID
    name: str
    role_code: str


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """A person whose password was right, in one of their tenants."""

    principal: Principal
    name: str
    language: str
    organizations: tuple[OrganizationChoice, ...]


@dataclass(frozen=True, kw_only=True)
class UserProfile:
    """Who is signed in, for showing."""

    user_id: UUID
    email: str
    name: str
    language: str


@dataclass(frozen=True, kw_only=True)
class SessionToken:
    """A cookie's value and when it ends."""

    token: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class AccessToken:
    """A bearer token and for how many seconds it holds."""

    token: str
    expires_in_s: int
