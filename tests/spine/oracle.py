"""What must hold whenever everything is quiet (DESIGN §9), as a list of what does not.

The agents' SQLite files are read directly and read-only, the hub's database past every policy: the
oracle believes neither program's account of itself.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from decimal import Decimal
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from protocol.codec.chain import genesis, link
from protocol.codec.facts import decode_fact
from protocol.messages.stock import StockMoved
from protocol.messages.ticket import ReturnFinalised, SaleFinalised
from provisioning.demo.books import compare
from provisioning.demo.plan import TENANTS
from provisioning.demo.stack import Agent
from tests.spine.running import Audited
from tests.spine.trading import Answers
from tests.spine.wrong_books import WRONG

_TIMEOUT_S = 60.0
_MICRO = Decimal(1_000_000)
_SHOWN = 5

_INBOX = """
select epoch, seq, hash, bytes, state from inbox
where organization_id = $1 and device_id = $2 order by epoch, seq
"""
_EFFECTS = """
select fact_id, content_hash, epoch, seq from fact_effect
where organization_id = $1 and device_id = $2 order by epoch, seq
"""
_ON_HAND = (
    "select product_id, quantity from stock_on_hand where organization_id = $1 and store_id = $2"
)
_SALE_IDS = "select id from sale where organization_id = $1 and device_id = $2"


class Slot(NamedTuple):
    """A row of a journal, or of the inbox."""

    epoch: int
    seq: int
    hash: bytes
    raw: bytes


class Local(NamedTuple):
    """What an agent's own file holds."""

    device_id: UUID
    journal: list[Slot]
    on_hand: dict[UUID, Decimal]
    receipts: list[tuple[UUID, int, bytes]]


async def differences(stack: Audited, ledger: Answers) -> list[str]:
    """Empty when nothing was lost, doubled or changed, from the tablets' answers to the books."""
    found: list[str] = []
    stores: dict[UUID, list[Agent]] = defaultdict(list)
    for agent in stack.agents:
        stores[agent.store.id].append(agent)
    connection = await asyncpg.connect(stack.database_url, timeout=_TIMEOUT_S)
    try:
        for agents in stores.values():
            boxes = [_read(agent) for agent in agents]
            for agent, local in zip(agents, boxes, strict=True):
                found += _chain_faults(local)
                found += await _device_faults(connection, agent, local)
            found += await _stock_faults(connection, agents[0], boxes)
            found += _ledger_faults(agents[0], boxes, ledger)
        for name, sql in WRONG.items():
            rows = await connection.fetch(sql, timeout=_TIMEOUT_S)
            found += [f"{name}: {tuple(row)}" for row in rows[:_SHOWN]]
    finally:
        await connection.close(timeout=_TIMEOUT_S)
    books = await compare(
        stack.database_url, ledger, [tenant.id for tenant in TENANTS], before=frozenset()
    )
    if not books.agree or books.sales_at_hub != len(ledger):
        found.append(f"the books of {len(ledger)} tickets: {books}")
    return found


def _read(agent: Agent) -> Local:
    url = f"{(agent.data_dir / 'hanout.db').as_uri()}?mode=ro"
    with closing(sqlite3.connect(url, uri=True, timeout=_TIMEOUT_S)) as db:
        journal = db.execute("select epoch, seq, hash, bytes from journal order by seq").fetchall()
        on_hand = db.execute("select product_id, quantity_micro from stock_on_hand").fetchall()
        tickets = db.execute(
            "select j.fact_id, j.seq, j.hash from journal j join ticket t on t.id = j.fact_id"
        ).fetchall()
    return Local(
        device_id=agent.store.device_id,
        journal=[Slot(*row) for row in journal],
        on_hand={UUID(product): micro / _MICRO for product, micro in on_hand},
        receipts=[(UUID(fact_id), seq, digest) for fact_id, seq, digest in tickets],
    )


def _chain_faults(local: Local) -> list[str]:
    """The device's own chain, computed anew from its identity and the bytes alone."""
    previous = genesis(local.device_id)
    for place, slot in enumerate(local.journal, 1):
        previous = link(previous, epoch=slot.epoch, seq=slot.seq, raw=slot.raw)
        if slot.seq != place or slot.hash != previous:
            return [f"device {local.device_id}: the chain breaks at {slot.epoch}/{slot.seq}"]
    return []


async def _device_faults(connection: Any, agent: Agent, local: Local) -> list[str]:
    """The inbox is the journal byte for byte, and each fact took effect once."""
    who = (agent.organization_id, local.device_id)
    rows = await connection.fetch(_INBOX, *who, timeout=_TIMEOUT_S)
    inbox = [Slot(row["epoch"], row["seq"], row["hash"], row["bytes"]) for row in rows]
    effects = await connection.fetch(_EFFECTS, *who, timeout=_TIMEOUT_S)
    booked = [(row["epoch"], row["seq"], row["content_hash"]) for row in effects]
    should = [(slot.epoch, slot.seq, sha256(slot.raw).digest()) for slot in local.journal]
    sold = await connection.fetch(_SALE_IDS, *who, timeout=_TIMEOUT_S)
    tickets_differ = {row["id"] for row in sold} ^ {fact_id for fact_id, _, _ in local.receipts}
    return [
        *_unlike(f"{agent.store.slug} inbox", local.journal, inbox),
        *_unlike(f"{agent.store.slug} effects", should, booked),
        *[f"{agent.store.slug} ticket on one side only: {one}" for one in sorted(tickets_differ)],
    ]


async def _stock_faults(connection: Any, agent: Agent, boxes: Sequence[Local]) -> list[str]:
    """Stock agrees thrice: from the facts alone, at each of the store's boxes, at the hub."""
    found: list[str] = []
    moved: dict[UUID, Decimal] = defaultdict(Decimal)
    for local in boxes:
        own = _moved(local.journal)
        found += _unlike(f"{agent.store.slug} stock here", _kept(own), _kept(local.on_hand))
        for product, quantity in own.items():
            moved[product] += quantity
    rows = await connection.fetch(
        _ON_HAND, agent.organization_id, agent.store.id, timeout=_TIMEOUT_S
    )
    at_hub = {row["product_id"]: row["quantity"] for row in rows}
    return [*found, *_unlike(f"{agent.store.slug} stock at hub", _kept(moved), _kept(at_hub))]


def _ledger_faults(agent: Agent, boxes: Sequence[Local], ledger: Answers) -> list[str]:
    """Every answer names the place and hash under which a journal keeps the ticket; no other."""
    here = {
        fact_id: (seq, digest.hex()) for local in boxes for fact_id, seq, digest in local.receipts
    }
    answered = {
        ticket.id: (ticket.answer["seq"], ticket.answer["hash"])
        for ticket in ledger.tickets.values()
        if ticket.store_id == agent.store.id
    }
    wrong = [one for one in sorted({*here, *answered}) if here.get(one) != answered.get(one)]
    return [
        f"{agent.store.slug} ticket {one}: answered {answered.get(one)}, journal {here.get(one)}"
        for one in wrong[:_SHOWN]
    ]


def _moved(journal: list[Slot]) -> dict[UUID, Decimal]:
    """On-hand from the facts alone; products that came out even are left out."""
    sums: dict[UUID, Decimal] = defaultdict(Decimal)
    for slot in journal:
        match decode_fact(slot.raw).body:
            case StockMoved(lines=moves):
                for move in moves:
                    sums[move.product_id] += move.quantity
            case SaleFinalised(lines=lines):
                for line in lines:
                    sums[line.product_id] -= line.quantity
            case ReturnFinalised(lines=lines):
                for line in lines:
                    sums[line.product_id] += line.quantity
    return dict(_kept(sums))


def _kept(quantities: dict[UUID, Decimal]) -> list[tuple[UUID, Decimal]]:
    return sorted((product, quantity) for product, quantity in quantities.items() if quantity)


def _unlike(what: str, should: list[Any], found: list[Any]) -> list[str]:
    if should == found:
        return []
    first = next(
        (i for i, (a, b) in enumerate(zip(should, found, strict=False)) if a != b),
        min(len(should), len(found)),
    )
    sides = f"{should[first : first + 1]!s:.300} / {found[first : first + 1]!s:.300}"
    return [f"{what}: {len(found)} where {len(should)} are due, the {first + 1}th: {sides}"]
