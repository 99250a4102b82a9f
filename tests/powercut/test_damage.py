"""A flipped bit anywhere in the database or its log: found, set aside, salvaged, and sold on."""

import asyncio
import os
import shutil
import sqlite3
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
from msgspec import Struct

from edge_agent.main import create_agent
from edge_agent.storage.group import checkpoint
from protocol.codec.chain import genesis, link
from tests.integration.edge_agent.shop_seed import publish
from tests.powercut.cutting import Marks, cut_everywhere, record
from tests.powercut.program import settings
from tests.unit.edge_agent.clock import ManualClock
from tests.unit.edge_agent.embedded_till import Json, Till

pytestmark = pytest.mark.slow
_SEED = int(os.environ.get("HANOUT_SEED", "20261123"))
_ACKED = 5


class Shop(Struct, frozen=True, kw_only=True):
    """A folder as a power cut leaves it, its sales, and the facts of its journal by id."""

    folder: Path
    sold: list[Json]
    facts: dict[str, bytes]


@pytest.fixture(scope="module")
def shop(folders: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Half of it in the database, half of it in the log."""
    folder = tmp_path_factory.mktemp("sold") / "data"
    shutil.copytree(folders["sell"], folder)
    return asyncio.run(_sell(folder))


async def _sell(folder: Path) -> Shop:
    clock = ManualClock()
    agent = create_agent(settings(folder), clock=clock)
    await agent.start()
    till = Till(agent, clock)
    await till.sign_in()
    shift = (await till.open_shift())["id"]
    sold = [dict((await till.sell(shift)).json()) for _ in range(12)]
    await agent.writer.submit(lambda conn: agent.journal.mark_acked(conn, _ACKED))
    await agent.writer.submit(_then_checkpoint)
    sold += [dict((await till.sell(shift)).json()) for _ in range(12)]
    kept = folder.with_name("kept")
    shutil.copytree(folder, kept, ignore=shutil.ignore_patterns("*-shm", "lock"))
    await agent.close()
    connection = sqlite3.connect(folder / "hanout.db")
    facts = dict(connection.execute("SELECT fact_id, bytes FROM journal"))
    connection.close()
    return Shop(folder=kept, sold=sold, facts=facts)


def _then_checkpoint(connection: sqlite3.Connection) -> None:
    """The log is copied within a transaction of nobody's: this one has not written."""
    connection.execute("COMMIT")
    checkpoint(connection)
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("SAVEPOINT request")


async def _look(shop: Shop, folder: Path) -> list[str]:
    """Open it, sell on, and compare; what is wrong."""
    clock = ManualClock()
    agent = create_agent(settings(folder), clock=clock)
    await agent.start()
    try:
        till = Till(agent, clock)
        for _ in range(1000):
            till.ids.next()
        told = (await till.get("/v1/sync")).json()
        if told["salvages"]:
            await publish(agent)  # once the hub is there
        await till.sign_in()
        shift = await till.open_shift()
        if "id" not in shift:
            shift = (await till.get("/v1/shifts/current")).json()
        sale = await till.sell(shift["id"])
        ready = (await till.get("/readyz")).json()
    finally:
        await agent.close()
    wrong = [] if sale.status_code == 201 else [f"it sells no more: {sale.text}"]
    connection = sqlite3.connect(folder / "hanout.db")
    try:
        lost = sum(one["facts_lost"] for one in told["salvages"])
        wrong += _wrong_facts(shop, connection, lost=lost)
    finally:
        connection.close()
    if told["salvages"]:
        if "database-salvaged" not in ready["warnings"]:
            wrong.append("it says nothing of the salvage")
        if not (folder / told["salvages"][0]["kept_as"] / "hanout.db").exists():
            wrong.append("the broken database is gone")
        if told["epoch"] <= 1000 or sale.json()["receipt"]["number"] != 1:
            wrong.append("the receipts go on in the old series")
    return wrong


def _wrong_facts(shop: Shop, connection: sqlite3.Connection, *, lost: int) -> list[str]:
    device_id, acked, epoch_base = connection.execute(
        "SELECT device_id, acked_seq, epoch_base_seq FROM device"
    ).fetchone()
    rows = connection.execute("SELECT seq, epoch, fact_id, hash, bytes FROM journal ORDER BY seq")
    wrong, held, before, last = [], dict[str, bytes](), genesis(UUID(device_id)), 0
    for seq, epoch, fact_id, found, raw in rows:
        is_ours = seq == last + 1 and seq > _ACKED  # the others are the hub's already
        if is_ours and link(before, epoch=epoch, seq=seq, raw=raw) != found:
            wrong.append(f"the chain breaks at {seq}, acked {acked}, base {epoch_base}")
        if last and seq != last + 1:
            wrong.append(f"a hole before {seq}")
        if seq > _ACKED and shop.facts.get(fact_id, raw) != raw:
            wrong.append(f"fact {seq} has other bytes")
        held[fact_id], before, last = raw, found, seq
    unacked = list(shop.facts)[_ACKED:]
    missing = [fact_id for fact_id in unacked if fact_id not in held]
    if missing == unacked[-1:]:
        return wrong  # The last commit of a log, broken, is one that was never synced.
    if len(missing) > lost:
        wrong.append(f"{len(missing)} facts are missing, {lost} are said to be lost")
    return wrong


@pytest.mark.fault(13, "C,L")
async def test_a_flipped_bit_in_the_database(shop: Shop, tmp_path: Path) -> None:
    """A bit flips in one page of the database after the other: the agent starts, keeps the broken
    files, sells on under a series of its own, and no fact goes missing unsaid."""
    await _flip_everywhere(shop, tmp_path, name="hanout.db", every=5)


@pytest.mark.fault(13, "A,C,L")
async def test_a_flipped_bit_in_the_log(shop: Shop, tmp_path: Path) -> None:
    """A bit flips in one page of the write-ahead log after the other: SQLite would silently drop
    all that follows; here every answered sale but the very last commit's survives."""
    await _flip_everywhere(shop, tmp_path, name="hanout.db-wal", every=12)


@pytest.mark.fault(13, "A,C,L")
@pytest.mark.prove
@pytest.mark.timeout(5400)
@pytest.mark.parametrize("name", ["hanout.db", "hanout.db-wal"])
async def test_flipped_bits_in_every_page(shop: Shop, tmp_path: Path, name: str) -> None:
    """The same for every page of both files, ten different bits each."""
    await _flip_everywhere(shop, tmp_path, name=name, every=1, bits=10)


@pytest.mark.fault(13, "A,C,L")
@pytest.mark.fault(9, "A")
@pytest.mark.timeout(5400)
@pytest.mark.parametrize("every", [60, pytest.param(1, marks=pytest.mark.prove)])
def test_the_power_goes_while_it_is_salvaged(
    shop: Shop, write_journal: Path, tmp_path: Path, every: int
) -> None:
    """The power goes at any write of a salvage: the next start begins it anew or ends it, and all
    that was in the broken database is there once."""
    damaged = tmp_path / "damaged"
    shutil.copytree(shop.folder, damaged)
    log = bytearray((damaged / "hanout.db-wal").read_bytes())
    log[len(log) // 3] ^= 1
    (damaged / "hanout.db-wal").write_bytes(log)

    def check(folder: Path, marks: Marks) -> list[str]:
        del marks  # Nobody was told anything yet.
        return asyncio.run(_look(shop, folder))

    recording = record(write_journal, "start", before=damaged)
    verdict = cut_everywhere(recording, check, seed=_SEED, every=every)
    print(f"HANOUT_SEED={_SEED}: {verdict.cuts_count} cuts, {verdict.disks_count} disks")
    assert not verdict.violations
    assert verdict.cuts_count >= 5


async def _flip_everywhere(
    shop: Shop, tmp_path: Path, *, name: str, every: int, bits: int = 1
) -> None:
    rng = Random(_SEED)
    sound = (shop.folder / name).read_bytes()
    start, size = (32, 4120) if name.endswith("-wal") else (0, 4096)
    wrong: list[str] = []
    for at in range(start, len(sound), size * every):
        for _ in range(bits):
            bit = rng.randrange(8 * min(size * every, len(sound) - at))
            folder = tmp_path / f"{at}"
            shutil.copytree(shop.folder, folder)
            flipped = bytearray(sound)
            flipped[at + bit // 8] ^= 1 << bit % 8
            (folder / name).write_bytes(flipped)
            place = f"{name}, bit {bit % 8} of byte {at + bit // 8}, HANOUT_SEED={_SEED}"
            try:
                wrong += [f"{place}: {one}" for one in await _look(shop, folder)]
            except Exception as error:
                error.add_note(place)
                raise
            shutil.rmtree(folder)
    assert not wrong, "\n".join(wrong)
