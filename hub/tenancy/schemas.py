"""Stores and registers as the API shows them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from hub.kit.http import Answer, CurrencyCode, ListAnswer, ListParameters, example

_STORE = "0197a1b2-0000-7000-8000-000000000010"


class Store(
    Answer,
    json_schema_extra=example(
        {
            "store_id": _STORE,
            "legal_entity_id": None,
            "code": "BEZ",
            "name": "Bab Ezzouar",
            "currency": "DZD",
            "timezone": "Africa/Algiers",
            "status": "open",
            "prices_include_tax": True,
            "languages": ["fr", "ar"],
            "cutoff_minute": 180,
            "allow_negative_stock": True,
            "created_at": "2026-11-01T08:00:00Z",
        }
    ),
):
    """A shop. The settings are those that count today in the shop."""

    store_id: UUID
    legal_entity_id: UUID | None
    code: str
    name: str
    currency: CurrencyCode
    timezone: str
    status: Literal["open", "closed"]
    prices_include_tax: bool | None
    languages: list[str] | None
    cutoff_minute: int | None
    allow_negative_stock: bool | None
    created_at: datetime


class StoreList(ListAnswer[Store]):
    """A page of stores."""


class Register(
    Answer,
    json_schema_extra=example(
        {
            "register_id": "0197a1b2-0000-7000-8000-000000000011",
            "store_id": _STORE,
            "name": "Caisse 1",
            "code": "C1",
            "active": True,
            "created_at": "2026-11-01T08:00:00Z",
        }
    ),
):
    """A selling station of a store; its code begins every receipt number."""

    register_id: UUID
    store_id: UUID
    name: str
    code: str
    active: bool
    created_at: datetime


class RegisterList(ListAnswer[Register]):
    """A page of registers."""


class RegisterParameters(ListParameters):
    """Which registers to list."""

    store_id: UUID | None = None
