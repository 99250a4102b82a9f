"""What a tenant is made of."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from protocol.messages.collections import MANAGERS_MAY

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
    """A shop. `timezone` is an IANA name; `legal_entity_id`: whose it is, once that is said."""

    store_id: UUID
    code: str
    name: str
    currency: str
    timezone: str
    legal_entity_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class StoreTerms:
    """A store's settings from a date on. `cutoff_minute`: where the business day ends, after
    midnight in store time. `cashier_may`: what needs no manager, of MANAGERS_MAY."""

    store_id: UUID
    valid_from: date = SINCE_EVER
    prices_include_tax: bool = True
    languages: tuple[str, ...] = ("fr", "ar")
    cutoff_minute: int = 0
    allow_negative_stock: bool = True
    cashier_may: tuple[str, ...] = MANAGERS_MAY


@dataclass(frozen=True, kw_only=True)
class Register:
    """A station that sells; receipt numbers begin with its `code`."""

    register_id: UUID
    store_id: UUID
    name: str
    code: str
    pairing_token_hash: str
    active: bool = True
