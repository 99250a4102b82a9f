"""What runs under the write journal: the agent's own code, telling what it has answered.

python -m tests.powercut.program SCENARIO FOLDER. Every mark is one JSON line: what a tablet, the
hub or the next line of the program now relies on.
"""

import asyncio
import ctypes
import json
import sqlite3
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from edge_agent.main import create_agent
from edge_agent.settings import EdgeSettings
from edge_agent.storage.group import checkpoint
from edge_agent.storage.writer import Writer, open_database
from tests.integration.edge_agent.shop_seed import DEVICE, ORGANIZATION, STORE
from tests.powercut import facts, replica
from tests.unit.edge_agent.clock import ManualClock
from tests.unit.edge_agent.embedded_till import Till

SALES = 9
T = TypeVar("T")


def mark(**told: object) -> None:
    """Into the write journal, behind everything that came before."""
    ctypes.CDLL(None).hanout_journal_mark(json.dumps(told).encode())


def settings(folder: Path) -> EdgeSettings:
    """The seeded shop's."""
    return EdgeSettings(
        data_dir=folder, device_id=DEVICE, organization_id=ORGANIZATION, store_id=STORE
    )


async def sell(folder: Path) -> None:
    """A shift, sales one by one and three at a time, the log copied twice in between."""
    clock = ManualClock()
    agent = create_agent(settings(folder), clock=clock)
    await agent.start()
    till = Till(agent, clock)
    await till.sign_in()
    shift = await till.open_shift()
    mark(shift=shift["id"])

    async def one(**more: object) -> None:
        answer = await till.sell(shift["id"], **more)
        assert answer.status_code == 201, answer.text
        mark(sold=answer.json())

    for _ in range(SALES // 3):
        await one()
        await asyncio.gather(one(), one())
        await agent.writer.submit(facts.noted("between"))
        await _checkpoint_by(agent.writer)
    await one()
    await agent.close()
    mark(closed=True)


async def start(folder: Path) -> None:
    """A start as after any power cut: salvage, if that is what it needs."""
    agent = create_agent(settings(folder), clock=ManualClock())
    await agent.start()
    mark(started=True)
    await agent.close()


async def _checkpoint_by(writer: Writer) -> None:
    """Enough row changes make the writer copy its log into the database."""

    def much(connection: sqlite3.Connection) -> None:
        connection.executemany(
            "INSERT OR REPLACE INTO throttle VALUES (?, 1, ?, 0)",
            [(f"scope {number % 7}", number) for number in range(1100)],
        )

    await writer.submit(much)
    await writer.submit(much)


def migrate(folder: Path) -> None:
    """The first start on an empty disk, with its first fact."""
    connection = open_database(folder / "hanout.db")
    mark(opened=True)
    facts.install(connection)
    facts.append(connection, 1)
    mark(appended=1)
    connection.close()


def pull(folder: Path) -> None:
    """A second version of a collection comes in, page by page, and the first is swept."""
    connection = open_database(folder / "hanout.db")
    collection = replica.collection()
    for page in replica.pages(2):
        _commit(connection, partial(collection.stage_page, page=page))
        mark(staged=page.next.key)
    mark(flipped=2)
    while _commit(connection, collection.sweep):
        mark(swept=True)
    checkpoint(connection)
    connection.close()


def prune(folder: Path) -> None:
    """What was acknowledged over two weeks ago goes, a few at a time."""
    connection = open_database(folder / "hanout.db")
    while gone := _commit(connection, facts.prune_some):
        mark(pruned=gone)
    facts.append(connection, facts.COUNT + 1)
    mark(appended=facts.COUNT + 1)
    connection.close()


def _commit(connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], T]) -> T:
    connection.execute("BEGIN IMMEDIATE")
    done = work(connection)
    connection.execute("COMMIT")
    return done


def main() -> None:
    """Run the scenario that the command line names."""
    scenario, folder = sys.argv[1], Path(sys.argv[2])
    if scenario in {"sell", "start"}:
        asyncio.run({"sell": sell, "start": start}[scenario](folder))
    else:
        {"migrate": migrate, "pull": pull, "prune": prune}[scenario](folder)


if __name__ == "__main__":
    main()
