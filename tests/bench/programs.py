"""Programs to measure: the agent with a shop of real goods, and the bare route beside it."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from uuid import UUID

import msgspec
from msgspec import Struct

from edge_agent.main import create_agent
from edge_agent.settings import EdgeSettings
from edge_agent.storage.replicas import ReplicatedCollection
from protocol.checkout.prices import PricePoint
from protocol.codec.items import encode_item, item_key
from protocol.messages.collections import CatalogueItem, Item, PriceItem
from protocol.messages.sync import Cursor, Page, Put
from tests.integration.edge_agent import shop_seed

_ROOT = Path(__file__).resolve().parents[2]
_PAGE_ROWS = 1_000
_ENDS_S = 20
_MADE = 0x0192D6A0_0000_7000_8000_000100000000
_TAX = "tva19"


class Goods(Struct, frozen=True):
    """Something sold by the piece."""

    product_id: UUID
    code: str
    name: str
    price_minor: int


def goods(names: Sequence[str], *, count: int) -> list[Goods]:
    """So many products under made-up codes, named after real ones."""
    return [
        Goods(
            UUID(int=_MADE + number),
            f"2{number:011d}",
            f"{names[number % len(names)]} {number}",
            500 * (1 + number * 7919 % 400),
        )
        for number in range(count)
    ]


async def stocked_shop(folder: Path, products: Sequence[Goods], **settings: object) -> Path:
    """A folder in which an agent has this catalogue; its configuration file."""
    config = shop_seed.write_config(folder, **settings)
    published = shop_seed.collections()
    published["catalogue"] += [_item(one) for one in products]
    published["prices"] += [_price(one) for one in products]
    agent = create_agent(EdgeSettings.from_file(config, environment={}))
    await agent.start()
    try:
        for collection in agent.collections:
            for page in _pages(collection.name, published[collection.name]):
                await agent.writer.submit(partial(_stage, collection, page))
    finally:
        await agent.close()
    return config


def _stage(collection: ReplicatedCollection, page: Page, connection: sqlite3.Connection) -> None:
    collection.stage_page(connection, page)


@contextmanager
def agent(config: Path, *, preload: Path | None = None) -> Iterator[tuple[int, int]]:
    """`hanout-edge serve`: port and pid."""
    command = [str(Path(sys.executable).parent / "hanout-edge"), "serve", "--config", str(config)]
    with _running(command, preload) as (started, line):
        yield int(json.loads(line)["url"].rpartition(":")[2]), started.pid


@contextmanager
def bare_route(file: Path, *, preload: Path | None = None) -> Iterator[tuple[int, int]]:
    """Port and pid."""
    command = [sys.executable, "-m", "tests.bench.bare_route", str(file)]
    with _running(command, preload) as (started, line):
        yield int(line), started.pid


def cpu_s(pid: int) -> float:
    """Seconds of processor that the program has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def slow_fsync(folder: Path) -> Path:
    """The shim, compiled now."""
    library = folder / "slow_fsync.so"
    source = Path(__file__).with_name("slow_fsync.c")
    command = ["gcc", "-O2", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"]
    subprocess.run(command, check=True, timeout=60)
    return library


@contextmanager
def _running(
    command: Sequence[str], preload: Path | None
) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """The program and the first line it printed."""
    more: Mapping[str, str] = {"LD_PRELOAD": str(preload)} if preload else {}
    started = subprocess.Popen(
        command, cwd=_ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, **more}
    )
    try:
        assert started.stdout is not None
        line = started.stdout.readline()
        assert line, f"{command} ended with {started.wait()}"
        yield started, line
    finally:
        started.terminate()
        try:
            started.wait(_ENDS_S)
        except subprocess.TimeoutExpired:
            started.kill()
        started.communicate()


def _item(one: Goods) -> Item:
    return CatalogueItem(
        product_id=one.product_id,
        sku=one.code,
        names={"fr": one.name},
        unit="piece",
        codes=[one.code],
    )


def _price(one: Goods) -> Item:
    return PriceItem(
        product_id=one.product_id,
        currency="DZD",
        tax_id=_TAX,
        schedule=[PricePoint(unit_price_minor=one.price_minor)],
    )


def _pages(name: str, items: Sequence[Item]) -> Iterator[Page]:
    ordered = sorted(items, key=item_key)
    for first in range(0, len(ordered), _PAGE_ROWS):
        some = ordered[first : first + _PAGE_ROWS]
        done = first + _PAGE_ROWS >= len(ordered)
        yield Page(
            rid="1",
            collection=name,
            next=Cursor(version=1, key="~" if done else item_key(some[-1]), since=1),
            version=1,
            done=done,
            restart=first == 0,
            puts=[
                Put(key=item_key(item), version=1, payload=msgspec.Raw(encode_item(item)))
                for item in some
            ],
        )
