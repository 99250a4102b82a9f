"""What a tenant is made of."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

# Settings that hold since ever, for a store that never changed them.
SINCE_EVER = date(2000, 1, 1)


@dataclass(frozen=True, kw_only=True)
class Organization:
    """A tenant. `currency` is the default of its stores."""

    organization_id: UUID
    name: str
    currency: str


@dataclass(frozen=True, kw_only=True)
class Store:
    """A shop. `timezone` is an IANA name."""

    store_id: UUID
    code: str
    name: str
    currency: str
    timezone: str


@dataclass(frozen=True, kw_only=True)
class StoreTerms:
    """A store's settings from a date on. `cutoff_minute`: where the business day ends, after
    midnight in store time."""

    store_id: UUID
    valid_from: date = SINCE_EVER
    prices_include_tax: bool = True
    languages: tuple[str, ...] = ("fr", "ar")
    cutoff_minute: int = 0
    allow_negative_stock: bool = True


@dataclass(frozen=True, kw_only=True)
class Register:
    """A station that sells; receipt numbers begin with its `code`."""

    register_id: UUID
    store_id: UUID
    name: str
    code: str
    pairing_token_hash: str
    active: bool = True
