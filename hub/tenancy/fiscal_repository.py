"""All SQL of legal entities, regimes and cash terms."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from hub.kit.bulk import BulkInsert
from hub.kit.db import TenantSession
from hub.kit.queries import load_queries
from protocol.checkout.duty import CashDutyTariff
from protocol.checkout.tax import RegimePoint
from protocol.messages.collections import CashStepPoint, CashTerms, LegalEntity
from protocol.messages.invoice import LegalIds, Party

_QUERIES = load_queries("hub.tenancy", "fiscal.sql")
_REGIMES = BulkInsert(
    "legal_entity_regime",
    {"legal_entity_id": "uuid", "valid_from": "date", "kind": "text", "verify": "boolean"},
    key=("legal_entity_id", "valid_from"),
    replaced=("kind", "verify"),
)
_STEPS = BulkInsert(
    "cash_step",
    {"currency": "text", "valid_from": "date", "step_minor": "bigint", "verify": "boolean"},
    key=("currency", "valid_from"),
    replaced=("step_minor", "verify"),
)
_TARIFF = {
    "mode": "text",
    "scope": "text",
    "brackets": "jsonb",
    "exempt_up_to_minor": "bigint",
    "minimum_minor": "bigint",
    "maximum_minor": "bigint",
    "verify": "boolean",
}
_TARIFFS = BulkInsert(
    "duty_tariff",
    {"currency": "text", "valid_from": "date", **_TARIFF},
    key=("currency", "valid_from"),
    replaced=tuple(_TARIFF),
)


@dataclass(frozen=True)
class NamedEntity:
    """A legal entity and the tenant's own word for it."""

    code: str
    entity: LegalEntity


@dataclass(frozen=True)
class StoreEntity:
    """Whose a store is, and what it sells in."""

    store_id: UUID
    currency: str
    legal_entity_id: UUID | None


@dataclass
class _Terms:
    steps: list[CashStepPoint] = field(default_factory=list)
    notes: list[int] = field(default_factory=list)
    tariffs: list[CashDutyTariff] = field(default_factory=list)


async def put_entity(session: TenantSession, named: NamedEntity, at: datetime) -> None:
    """Create or change it; its regimes become exactly these."""
    entity, ids = named.entity, named.entity.party.ids
    own = {"legal_entity_id": entity.legal_entity_id}
    await session.execute(
        _QUERIES["put_legal_entity"],
        {
            **own,
            "code": named.code,
            "name": entity.party.name,
            "address": list(entity.party.address),
            "nif": ids.nif or "",
            "nis": ids.nis or "",
            "rc": ids.rc or "",
            "ai": ids.ai or "",
            "phone": entity.party.phone or "",
            "at": at,
        },
    )
    days = [regime.valid_from for regime in entity.regimes]
    await session.execute(_QUERIES["other_regimes"], {**own, "dates": days})
    rows = [(entity.legal_entity_id, r.valid_from, r.kind, r.verify) for r in entity.regimes]
    if rows:
        await session.execute(_REGIMES.sql, _REGIMES.parameters(rows))


async def entities(session: TenantSession) -> list[NamedEntity]:
    """All of the tenant."""
    regimes: defaultdict[UUID, list[RegimePoint]] = defaultdict(list)
    for row in await session.rows(_QUERIES["regimes"]):
        point = RegimePoint(valid_from=row["valid_from"], kind=row["kind"], verify=row["verify"])
        regimes[row["legal_entity_id"]].append(point)
    found = []
    for row in await session.rows(_QUERIES["legal_entities"]):
        party = Party(
            name=row["name"],
            address=tuple(row["address"]),
            ids=LegalIds(**{name: row[name] or None for name in LegalIds.__struct_fields__}),
            phone=row["phone"] or None,
        )
        own = row["legal_entity_id"]
        entity = LegalEntity(legal_entity_id=own, party=party, regimes=regimes[own])
        found.append(NamedEntity(row["code"], entity))
    return found


async def entities_of_stores(
    session: TenantSession, store_ids: Sequence[UUID]
) -> list[StoreEntity]:
    """Whose these stores are."""
    rows = await session.rows(_QUERIES["entities_of_stores"], {"store_ids": list(store_ids)})
    return [StoreEntity(**row) for row in rows]


async def put_cash_terms(session: TenantSession, terms: CashTerms) -> None:
    """Make the currency's rows exactly these."""
    steps = [(terms.currency, s.valid_from, s.step_minor, s.verify) for s in terms.steps]
    tariffs = [
        (terms.currency, t.valid_from, *(getattr(t, name) for name in _TARIFF))
        for t in terms.duty_tariffs
    ]
    for name, insert, rows in (("steps", _STEPS, steps), ("tariffs", _TARIFFS, tariffs)):
        where = {"currency": terms.currency, "dates": _dates(rows)}
        await session.execute(_QUERIES[f"other_{name}"], where)
        if rows:
            await session.execute(insert.sql, insert.parameters(rows))
    notes = {"currency": terms.currency, "amounts": list(terms.denominations_minor)}
    await session.execute(_QUERIES["other_denominations"], notes)
    await session.execute(_QUERIES["put_denominations"], notes)


async def cash_terms(session: TenantSession) -> dict[str, CashTerms]:
    """By currency, for those that the tenant has rows of."""
    found: defaultdict[str, _Terms] = defaultdict(_Terms)
    for row in await session.rows(_QUERIES["steps"]):
        point = {name: row[name] for name in CashStepPoint.__struct_fields__}
        found[row["currency"]].steps.append(CashStepPoint(**point))
    for row in await session.rows(_QUERIES["denominations"]):
        found[row["currency"]].notes.append(row["amount_minor"])
    for row in await session.rows(_QUERIES["tariffs"]):
        found[row["currency"]].tariffs.append(msgspec.convert(dict(row), CashDutyTariff))
    return {
        code: CashTerms(
            currency=code,
            steps=terms.steps,
            denominations_minor=terms.notes,
            duty_tariffs=terms.tariffs,
        )
        for code, terms in found.items()
    }


def _dates(rows: Sequence[tuple[Any, ...]]) -> list[date]:
    return [row[1] for row in rows]
