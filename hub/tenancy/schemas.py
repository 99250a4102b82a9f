"""Stores and registers as the API shows them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from hub.kit.http import Answer, CurrencyCode, ListAnswer, ListParameters


class Store(Answer):
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


class Register(Answer):
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
