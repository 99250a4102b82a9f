"""Tablets, as the agent knows them, and what holds in the shop on a day."""

from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from protocol.checkout.tax import RegimeKind
from protocol.messages.collections import (
    CashTerms,
    LegalEntity,
    RegisterSettings,
    StoreSettings,
)


class Tablet(Struct, frozen=True, kw_only=True):
    """A tablet that holds a token; it serves one register."""

    tablet_id: UUID
    name: str
    register_id: UUID


class Pairing(Struct, frozen=True, kw_only=True):
    """What a tablet gets when it is paired; the token is told this once."""

    tablet_id: UUID
    tablet_token: str
    register: RegisterSettings


class House(Struct, frozen=True, kw_only=True):
    """The store's settings with whose shop it is, and how its currency's cash is paid; None where
    the office has not said so."""

    settings: StoreSettings
    legal_entity: LegalEntity | None
    cash_terms: CashTerms | None


class TradingDay(Struct, frozen=True, kw_only=True):
    """The shop's business day at a moment, and the tax regime that holds on it."""

    settings: StoreSettings
    at: datetime
    on: date
    regime: RegimeKind
