"""The shop's SQL. Settings are read by the readers, and by the writer inside a transaction."""

import sqlite3
from collections.abc import Iterable, Sequence
from uuid import UUID

import aiosqlite
import msgspec

from edge_agent.kit.queries import load_queries
from edge_agent.shop.models import Tablet
from protocol.messages.collections import (
    CashTerms,
    LegalEntity,
    RegisterSettings,
    StoreSettings,
)

_QUERIES = load_queries(__package__)
_store_settings = msgspec.json.Decoder(StoreSettings)
_registers = msgspec.json.Decoder(RegisterSettings)
_legal_entities = msgspec.json.Decoder(LegalEntity)
_cash_terms = msgspec.json.Decoder(CashTerms)


def settings_in(connection: sqlite3.Connection, store_id: UUID) -> StoreSettings | None:
    """The store's settings in force."""
    found = {"store_id": str(store_id)}
    return _first_settings(connection.execute(_QUERIES["store_settings"], found))


def register_in(connection: sqlite3.Connection, register_id: UUID) -> RegisterSettings | None:
    """A register, even one out of use."""
    found = {"register_id": str(register_id)}
    row = connection.execute(_QUERIES["register"], found).fetchone()
    return None if row is None else _registers.decode(row[0])


def registers_in(connection: sqlite3.Connection) -> list[RegisterSettings]:
    """All registers, even those out of use."""
    return [_registers.decode(payload) for (payload,) in connection.execute(_QUERIES["registers"])]


def legal_entity_in(connection: sqlite3.Connection, legal_entity_id: UUID) -> LegalEntity | None:
    """A legal entity, if the office has published it."""
    row = connection.execute(_QUERIES["setting"], {"key": f"entity/{legal_entity_id}"}).fetchone()
    return None if row is None else _legal_entities.decode(row[0])


def cash_terms_in(connection: sqlite3.Connection, currency: str) -> CashTerms | None:
    """What the office says of cash in a currency, if it does."""
    row = connection.execute(_QUERIES["setting"], {"key": f"cash/{currency}"}).fetchone()
    return None if row is None else _cash_terms.decode(row[0])


async def settings(reader: aiosqlite.Connection, store_id: UUID) -> StoreSettings | None:
    """The store's settings in force."""
    found = {"store_id": str(store_id)}
    return _first_settings(await reader.execute_fetchall(_QUERIES["store_settings"], found))


async def legal_entity(reader: aiosqlite.Connection, legal_entity_id: UUID) -> LegalEntity | None:
    """A legal entity, if the office has published it."""
    found = {"key": f"entity/{legal_entity_id}"}
    rows = await reader.execute_fetchall(_QUERIES["setting"], found)
    return next((_legal_entities.decode(payload) for (payload,) in rows), None)


async def registers(reader: aiosqlite.Connection) -> list[RegisterSettings]:
    """All registers, even those out of use."""
    rows = await reader.execute_fetchall(_QUERIES["registers"])
    return [_registers.decode(payload) for (payload,) in rows]


def tablet_count(connection: sqlite3.Connection) -> int:
    """How many tablets are paired."""
    (count,) = connection.execute(_QUERIES["tablet_count"]).fetchone()
    return int(count)


def insert_tablet(
    connection: sqlite3.Connection, tablet: Tablet, *, token_hash: bytes, paired_at_ms: int
) -> None:
    """Remember a tablet by its token's hash."""
    row = {
        "tablet_id": str(tablet.tablet_id),
        "token_hash": token_hash,
        "name": tablet.name,
        "register_id": str(tablet.register_id),
        "paired_at_ms": paired_at_ms,
    }
    connection.execute(_QUERIES["insert_tablet"], row)


async def tablet_by_token(reader: aiosqlite.Connection, token_hash: bytes) -> Tablet | None:
    """The tablet that holds the token."""
    found = {"token_hash": token_hash}
    for tablet_id, name, register_id in await reader.execute_fetchall(
        _QUERIES["tablet_by_token"], found
    ):
        return Tablet(tablet_id=UUID(tablet_id), name=name, register_id=UUID(register_id))
    return None


def delete_tablet(connection: sqlite3.Connection, tablet_id: UUID) -> bool:
    """Forget a tablet, its token and its sign-ins; False if there was none."""
    found = {"tablet_id": str(tablet_id)}
    return connection.execute(_QUERIES["delete_tablet"], found).rowcount > 0


def _first_settings(rows: Iterable[Sequence[bytes]]) -> StoreSettings | None:
    return next((_store_settings.decode(payload) for (payload,) in rows), None)
