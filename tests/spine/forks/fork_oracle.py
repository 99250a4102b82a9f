"""What must hold of a device whose history has parted, as a list of what does not.

The journal is one branch of several; the hub has them all. So: every line at the hub is a chain,
the journal is one of them from end to end, every answered ticket is booked once, and every series
of receipts is gapless. Two tickets may bear one number only in `doubled` series: those that a shop
went on with before the hub could tell it that its history had parted. Two boxes that speak in turns
may run into each other (`clashing`): a frame that the hub then set aside must have come home.
"""

import sqlite3
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from protocol.codec.chain import genesis, link
from protocol.codec.frames import open_body, split_frame
from provisioning.demo.books import compare
from provisioning.demo.plan import TENANTS
from provisioning.demo.stack import Agent, Stack
from tests.spine.oracle import Slot
from tests.spine.trading import Answers
from tests.spine.wrong_books import WRONG

_TIMEOUT_S = 60.0
_SHOWN = 5
_RECEIPTS = "receipt numbers with a gap"
_QUARANTINED = "quarantined"
_ASIDE = """
select epoch, from_seq, reason, bytes, $2 and device_id = $1 and reason = 'fork' as clashed
from quarantine
"""


class Line(NamedTuple):
    """An epoch at the hub: it continues `parent` after `base`."""

    parent: int
    base: int
    base_hash: bytes


async def fork_differences(
    stack: Stack,
    agent: Agent,
    ledger: Answers,
    *,
    doubled: Collection[int] = (),
    clashing: bool = False,
    but: Collection[str] = (),
) -> list[str]:
    """Empty when nothing was lost or doubled. `doubled`: epochs whose numbers may be used twice;
    `clashing`: the device was two boxes; `but`: names of WRONG that are expected here."""
    who = (agent.organization_id, agent.store.device_id)
    found: list[str] = []
    connection = await asyncpg.connect(stack.database_url, timeout=_TIMEOUT_S)
    try:
        slots = [
            Slot(*row)
            for row in await connection.fetch(
                "select epoch, seq, hash, bytes from inbox"
                " where organization_id = $1 and device_id = $2 order by epoch, seq",
                *who,
            )
        ]
        lines = {
            row[0]: Line(*row[1:])
            for row in await connection.fetch(
                "select epoch, parent_epoch, base_seq, base_hash from device_epoch"
                " where organization_id = $1 and device_id = $2 order by epoch",
                *who,
            )
        }
        effects = await connection.fetch(
            "select content_hash from fact_effect where organization_id = $1 and device_id = $2",
            *who,
        )
        numbers = await connection.fetch(
            "select register_id, series_epoch, receipt_number from sale where device_id = $1",
            agent.store.device_id,
        )
        aside = await connection.fetch(_ASIDE, agent.store.device_id, clashing)
        for name, sql in WRONG.items():
            if name not in (_RECEIPTS, _QUARANTINED, *but):
                wrong = await connection.fetch(sql, timeout=_TIMEOUT_S)
                found += [f"{name}: {tuple(row)}" for row in wrong[:_SHOWN]]
    finally:
        await connection.close(timeout=_TIMEOUT_S)
    found += _line_faults(agent.store.device_id, slots, lines)
    found += _journal_faults(agent, {(slot.epoch, slot.seq): slot for slot in slots}, lines)
    contents = {row["content_hash"] for row in effects}
    found += _effect_faults({slot.raw for slot in slots}, contents)
    found += _aside_faults(agent.store.device_id, aside, contents)
    found += _series_faults(Counter(map(tuple, numbers)), doubled)
    books = await compare(
        stack.database_url, ledger, [tenant.id for tenant in TENANTS], before=frozenset()
    )
    if not books.agree or books.sales_at_hub != len(ledger):
        found.append(f"the books of {len(ledger)} tickets: {books}")
    return found


def journal_of(agent: Agent) -> list[Slot]:
    """The rows in the agent's own file."""
    url = f"{(agent.data_dir / 'hanout.db').as_uri()}?mode=ro"
    with closing(sqlite3.connect(url, uri=True, timeout=_TIMEOUT_S)) as db:
        found = db.execute("select epoch, seq, hash, bytes from journal order by seq").fetchall()
    return [Slot(*row) for row in found]


def on_hand_of(agent: Agent) -> dict[UUID, int]:
    """Millionths of a unit, as the agent keeps them; what came out even is left out."""
    url = f"{(agent.data_dir / 'hanout.db').as_uri()}?mode=ro"
    with closing(sqlite3.connect(url, uri=True, timeout=_TIMEOUT_S)) as db:
        found = db.execute("select product_id, quantity_micro from stock_on_hand").fetchall()
    return {UUID(product): micro for product, micro in found if micro}


def _line_faults(device_id: UUID, slots: list[Slot], lines: Mapping[int, Line]) -> list[str]:
    """Each epoch begins at a hash of its parent and goes on without a gap."""
    hashes = {(slot.epoch, slot.seq): slot.hash for slot in slots}
    found = []
    for epoch, line in lines.items():
        at = _place(lines, line.parent, line.base) if line.parent else (0, 0)
        parent_hash = genesis(device_id) if at[1] == 0 else hashes.get(at)
        if parent_hash != line.base_hash:
            found.append(f"epoch {epoch} does not begin at {at}")
        seq, previous = line.base, line.base_hash
        for slot in (each for each in slots if each.epoch == epoch):
            seq += 1
            previous = link(previous, epoch=epoch, seq=seq, raw=slot.raw)
            if (slot.seq, slot.hash) != (seq, previous):
                found.append(f"epoch {epoch} breaks at {slot.seq}")
                break
    return found


def _journal_faults(
    agent: Agent, slots: Mapping[tuple[int, int], Slot], lines: Mapping[int, Line]
) -> list[str]:
    """The journal, row for row, is what the hub holds under the device's current epoch."""
    journal = journal_of(agent)
    wrong = [
        (slot.epoch, slot.seq)
        for slot in journal
        if (held := slots.get(_place(lines, max(lines), slot.seq))) is None
        or (held.hash, held.raw) != (slot.hash, slot.raw)
    ]
    return [f"the journal differs from the hub at {one}" for one in wrong[:_SHOWN]]


def _effect_faults(facts: Collection[bytes], effects: Collection[bytes]) -> list[str]:
    """Every fact that lies at the hub, or was set aside there, took effect under this content."""
    missing = [raw for raw in facts if sha256(raw).digest() not in effects]
    return [f"{len(missing)} of {len(facts)} facts without effect"] if missing else []


def _aside_faults(
    device_id: UUID, aside: Sequence[asyncpg.Record], effects: Collection[bytes]
) -> list[str]:
    """Nothing was set aside but frames that clashed, and their facts took effect."""
    others = [tuple(row)[:3] for row in aside if not row["clashed"]]
    frames = [split_frame(row["bytes"], dev=device_id) for row in aside if row["clashed"]]
    facts = {raw for frame in frames for raw in open_body(*frame).facts}
    return [f"set aside: {one}" for one in others[:_SHOWN]] + _effect_faults(facts, effects)


def _series_faults(numbers: Counter[tuple[Any, ...]], doubled: Collection[int]) -> list[str]:
    series: dict[tuple[UUID, int], list[int]] = {}
    found = []
    for (register_id, epoch, number), times in sorted(numbers.items()):
        series.setdefault((register_id, epoch), []).append(number)
        if times > 1 and epoch not in doubled:
            found.append(f"number {number} of series {register_id}/{epoch} {times} times")
    for name, own in series.items():
        if own != list(range(1, len(own) + 1)):
            found.append(f"series {name} has a gap: {own[:_SHOWN]} … {own[-1]}")
    return found[:_SHOWN]


def _place(lines: Mapping[int, Line], epoch: int, seq: int) -> tuple[int, int]:
    while seq <= lines[epoch].base and lines[epoch].parent:
        epoch = lines[epoch].parent
    return epoch, seq
