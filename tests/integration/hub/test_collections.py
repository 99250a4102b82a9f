"""Promise J: a finished pull equals a version, whatever is published while it runs."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest

from hub.collections.models import StoreRow
from hub.collections.rules import next_version_after
from hub.collections.service import (
    TOMBSTONE_DAYS,
    CollectionReader,
    CollectionWriter,
    prune_tombstones,
)
from hub.kit.db import Database
from protocol.codec.pages import encode_page
from protocol.messages.sync import Cursor, Page, PageRequest
from tests.integration.hub.conftest import HubDatabase

TENANT = UUID("01890000-0000-7000-8000-00000000000a")
OTHER_TENANT = UUID("01890000-0000-7000-8000-00000000000b")
STORE = UUID("01890000-0000-7000-8000-0000000000a1")
SECOND_STORE = UUID("01890000-0000-7000-8000-0000000000a2")
NAME = "catalogue"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
# The first version given at noon.
FIRST = next_version_after(NOON)
_TABLES = ("collection_head", "collection_version", "collection_row")


class SetClock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()


class Shop:
    """An edge as far as collections go: it asks, stages, and flips when a pull is done."""

    def __init__(self, database: Database, store_id: UUID = STORE) -> None:
        self.database = database
        self.store_id = store_id
        self.version = 0
        self.rows: dict[str, bytes] = {}
        self.staged: dict[str, bytes] = {}
        self.cursor: Cursor | None = None
        self.pages = 0
        self.restarts = 0

    async def ask(self) -> Page:
        request = PageRequest(rid=str(self.pages), collection=NAME, cursor=self.cursor)
        async with self.database.tenant(TENANT) as session:
            page = await CollectionReader().page_after(session, self.store_id, request=request)
        assert page.rid == request.rid
        assert len(encode_page(page)) <= 64 * 1024
        self.pages += 1
        return page

    async def step(self) -> bool:
        """One page; whether the pull is done."""
        if self.cursor is None:
            self.staged = {}
        page = await self.ask()
        if page.restart:
            self.restarts += 1
            self.staged = {}
        self.staged |= {put.key: bytes(put.payload) for put in page.puts}
        for key in page.gone:
            self.staged.pop(key, None)
        self.cursor = page.next
        if page.done:
            self.rows, self.version = dict(self.staged), page.version
        return page.done

    async def pull(self) -> None:
        for _ in range(1_000):
            if await self.step():
                return
        pytest.fail("a pull without end")


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def writer(clock: SetClock) -> CollectionWriter:
    return CollectionWriter(clock)


@pytest.fixture(autouse=True)
def stores(hub_database: HubDatabase) -> Iterator[None]:
    """Two stores without anything published."""
    hub_database.sql(
        f"""
        truncate collection_row, collection_version, collection_head;
        insert into organization values ('{TENANT}', 'a', 'DZD', now()) on conflict do nothing;
        insert into store (organization_id, store_id, code, name, currency, timezone, created_at)
        values ('{TENANT}', '{STORE}', '1', '1', 'DZD', 'Africa/Algiers', now()),
          ('{TENANT}', '{SECOND_STORE}', '2', '2', 'DZD', 'Africa/Algiers', now())
        on conflict do nothing;
        create schema kept;
        """
    )
    yield
    hub_database.sql("drop schema kept cascade")


def rows(numbers: range, text: str = "a") -> dict[str, bytes]:
    return {f"product/{number:04d}": f'"{text}{number}"'.encode() for number in numbers}


async def put(
    app: Database, writer: CollectionWriter, published: dict[str, bytes], store_id: UUID = STORE
) -> int:
    async with app.tenant(TENANT) as session:
        return await writer.put(session, store_id=store_id, collection=NAME, rows=published)


async def version(app: Database, store_id: UUID = STORE) -> int:
    async with app.tenant(TENANT) as session:
        return (await CollectionReader().versions(session, store_id)).get(NAME, 0)


def keep(hub: HubDatabase) -> None:
    """A backup of what is published."""
    for table in _TABLES:
        hub.sql(f"drop table if exists kept.{table}; create table kept.{table} as table {table}")


def put_back(hub: HubDatabase) -> None:
    """Back to the backup."""
    hub.sql("truncate " + ", ".join(_TABLES))
    for table in _TABLES:
        hub.sql(f"insert into {table} select * from kept.{table}")


async def test_a_whole_fleets_versions_are_read_at_once(
    app: Database, writer: CollectionWriter
) -> None:
    await put(app, writer, rows(range(3)))
    reader, stores = CollectionReader(), [STORE, SECOND_STORE]
    async with app.tenant(TENANT) as session:
        alone = {one: await reader.versions(session, one) for one in stores}
        assert await reader.versions_of_stores(session, stores) == {
            one: versions for one, versions in alone.items() if versions
        }
    assert alone[STORE] == {NAME: await version(app)}
    assert alone[SECOND_STORE] == {}


async def test_what_was_never_published_is_empty(app: Database) -> None:
    shop = Shop(app)
    await shop.pull()
    assert (shop.rows, shop.version, shop.pages) == ({}, 0, 1)


async def test_a_version_per_transaction_and_none_for_the_same_bytes(
    app: Database, writer: CollectionWriter
) -> None:
    async with app.tenant(TENANT) as session:
        for number in range(3):
            await writer.put(
                session, store_id=STORE, collection=NAME, rows=rows(range(number, number + 2))
            )
    assert await version(app) == FIRST
    assert await put(app, writer, rows(range(4))) == 0
    assert await version(app) == FIRST
    assert await put(app, writer, rows(range(5))) == 1
    assert await version(app) == FIRST + 1


async def test_a_rolled_back_savepoint_takes_its_version_with_it(
    app: Database, writer: CollectionWriter
) -> None:
    async with app.tenant(TENANT) as session:
        savepoint = session.savepoint()
        await savepoint.__aenter__()
        await writer.put(session, store_id=STORE, collection=NAME, rows=rows(range(3)))
        await savepoint.__aexit__(RuntimeError, RuntimeError(), None)
        await writer.put(session, store_id=STORE, collection=NAME, rows=rows(range(5, 6)))
    shop = Shop(app)
    await shop.pull()
    assert (shop.rows, shop.version) == (rows(range(5, 6)), FIRST)


async def test_stores_and_tenants_do_not_share(app: Database, writer: CollectionWriter) -> None:
    await put(app, writer, rows(range(3)))
    second = Shop(app, SECOND_STORE)
    await second.pull()
    assert second.rows == {}
    async with app.tenant(OTHER_TENANT) as session:
        request = PageRequest(rid="x", collection=NAME)
        page = await CollectionReader().page_after(session, STORE, request=request)
    assert (page.puts, page.version) == ([], 0)


async def test_one_change_for_many_stores(app: Database, writer: CollectionWriter) -> None:
    both = [StoreRow(store, "product/1", b"1") for store in (SECOND_STORE, STORE)]
    async with app.tenant(TENANT) as session:
        assert await writer.put_all(session, both, collection=NAME) == 2
    assert (await version(app), await version(app, SECOND_STORE)) == (FIRST, FIRST)


async def test_a_large_collection_comes_in_pages(app: Database, writer: CollectionWriter) -> None:
    large = {f"product/{n}": b'"' + bytes([65 + n % 26]) * 300 + b'"' for n in range(2_000)}
    await put(app, writer, large)
    shop = Shop(app)
    await shop.pull()
    assert shop.rows == large
    assert shop.pages >= 10
    assert shop.restarts == 0


async def test_a_row_larger_than_a_page_travels_alone(
    app: Database, writer: CollectionWriter
) -> None:
    big = {"product/1": b'"1"', "product/2": b'"' + b"x" * 100_000 + b'"', "product/3": b'"3"'}
    await put(app, writer, big)
    shop = Shop(app)
    await shop.pull()
    assert shop.rows == big
    assert shop.pages == 3


async def test_later_pulls_bring_what_changed_alone(
    app: Database, writer: CollectionWriter
) -> None:
    await put(app, writer, rows(range(1_500)))
    shop = Shop(app)
    await shop.pull()
    await put(app, writer, rows(range(10, 12), "b"))
    async with app.tenant(TENANT) as session:
        await writer.delete(session, store_id=STORE, collection=NAME, keys=["product/0003", "no"])
    shop.cursor = Cursor(version=shop.version, key="~", since=shop.version)
    page = await shop.ask()
    assert {put.key for put in page.puts} == {"product/0010", "product/0011"}
    assert page.gone == ["product/0003"]
    assert (page.done, page.version, page.restart) == (True, FIRST + 2, False)


async def test_replace_all_is_exact(app: Database, writer: CollectionWriter) -> None:
    await put(app, writer, rows(range(10)))
    async with app.tenant(TENANT) as session:
        changed = await writer.replace_all(
            session, store_id=STORE, collection=NAME, rows=rows(range(8, 12))
        )
    assert changed == 8 + 2
    shop = Shop(app)
    await shop.pull()
    assert (shop.rows, shop.version) == (rows(range(8, 12)), FIRST + 1)
    # A key that was gone may come back.
    await put(app, writer, rows(range(1)))
    await shop.pull()
    assert "product/0000" in shop.rows


@pytest.mark.fault(45, "J")
async def test_tombstones_are_kept_ninety_days_and_then_force_a_fresh_start(
    app: Database, writer: CollectionWriter, clock: SetClock
) -> None:
    """A shop that missed a deletion for so long that it is forgotten starts its copy over."""
    await put(app, writer, rows(range(5)))
    old = Shop(app)
    await old.pull()
    async with app.tenant(TENANT) as session:
        await writer.delete(session, store_id=STORE, collection=NAME, keys=["product/0001"])
    current = Shop(app)
    await current.pull()
    clock.time = NOON + timedelta(days=TOMBSTONE_DAYS - 1)
    async with app.tenant(TENANT) as session:
        assert await prune_tombstones(session, clock) == 0
    clock.time = NOON + timedelta(days=TOMBSTONE_DAYS + 1)
    async with app.tenant(TENANT) as session:
        assert await prune_tombstones(session, clock) == 2  # and the version before it
        assert await prune_tombstones(session, clock) == 0
    for shop, restarts in ((old, 1), (current, 0)):
        await shop.pull()
        assert shop.rows == {k: v for k, v in rows(range(5)).items() if k != "product/0001"}
        assert shop.restarts == restarts


async def test_a_full_pull_goes_on_below_the_pruned_version(
    app: Database, writer: CollectionWriter, clock: SetClock
) -> None:
    """Rows of old versions are passed after a prune without starting over again and again."""
    await put(app, writer, rows(range(1_500)))
    async with app.tenant(TENANT) as session:
        await writer.delete(session, store_id=STORE, collection=NAME, keys=["product/0001"])
    clock.time = NOON + timedelta(days=TOMBSTONE_DAYS + 1)
    async with app.tenant(TENANT) as session:
        await prune_tombstones(session, clock)
    shop = Shop(app)
    await shop.pull()
    assert len(shop.rows) == 1_499
    assert shop.restarts == 0


@pytest.mark.fault(45, "J")
async def test_a_deletion_pruned_during_a_pull_starts_it_over(
    app: Database, writer: CollectionWriter, clock: SetClock
) -> None:
    """A deletion that is forgotten in the middle of a shop's pull makes that pull start over."""
    await put(app, writer, rows(range(1_500)))
    shop = Shop(app)
    assert not await shop.step()
    async with app.tenant(TENANT) as session:
        await writer.delete(session, store_id=STORE, collection=NAME, keys=["product/0001"])
    clock.time = NOON + timedelta(days=TOMBSTONE_DAYS + 1)
    async with app.tenant(TENANT) as session:
        await prune_tombstones(session, clock)
    await shop.pull()
    assert "product/0001" not in shop.rows
    assert (len(shop.rows), shop.restarts) == (1_499, 1)


async def test_a_hub_that_came_back_from_a_backup_starts_the_copy_over(
    app: Database, writer: CollectionWriter
) -> None:
    await put(app, writer, rows(range(3)))
    shop = Shop(app)
    await shop.pull()
    shop.cursor = Cursor(version=900, key="~", since=900)
    await shop.pull()
    assert (shop.restarts, shop.rows, shop.version) == (1, rows(range(3)), FIRST)


@pytest.mark.fault(29, "J")
async def test_a_hub_set_back_that_went_on_differently_leaves_no_shop_with_the_lost_version(
    app: Database, writer: CollectionWriter, clock: SetClock, hub_database: HubDatabase
) -> None:
    """As many versions are published after the restore as were lost by it, with other content: a
    shop that holds a lost one, and one in the middle of a pull, end at one of the new ones."""
    await put(app, writer, rows(range(1_500)))
    held, pulling = Shop(app), Shop(app)
    await held.pull()
    await pulling.pull()
    keep(hub_database)
    for text in ("lost", "lost too"):
        clock.time += timedelta(hours=1)
        await put(app, writer, rows(range(20), text))
    await put(app, writer, rows(range(1_500, 3_000), "lost"))
    await held.pull()
    assert not await pulling.step()
    put_back(hub_database)
    for text in ("other", "another"):
        clock.time += timedelta(hours=1)
        await put(app, writer, rows(range(10, 30), text))
    await put(app, writer, rows(range(1_500, 2_000), "other"))
    expected = rows(range(1_500)) | rows(range(10, 30), "another")
    expected |= rows(range(1_500, 2_000), "other")
    for shop in (held, pulling):
        assert shop.version != await version(app)
        await shop.pull()
        assert (shop.rows, shop.restarts) == (expected, 1)


@pytest.mark.parametrize(
    "cursor",
    [
        Cursor(version=-1, key="", since=0),
        Cursor(version=2**70, key="", since=0),
        Cursor(version=1, key="a\0b", since=1),
        Cursor(version=1, key="x" * 10_000, since=1),
        Cursor(version=0, key="", since=-5),
    ],
)
async def test_a_cursor_that_cannot_be_starts_over(
    app: Database, writer: CollectionWriter, cursor: Cursor
) -> None:
    await put(app, writer, rows(range(3)))
    shop = Shop(app)
    shop.cursor = cursor
    page = await shop.ask()
    assert page.restart
    assert len(page.puts) == 3


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happens_during_a_pull_it_ends_at_a_version(
    app: Database, writer: CollectionWriter, clock: SetClock, hub_database: HubDatabase, seed: int
) -> None:
    """Random publishing and restoring between the pages; every version's content is remembered."""
    rng = Random(seed)
    truth: dict[str, bytes] = {}
    kept: dict[str, bytes] = {}
    keep(hub_database)
    versions: dict[int, dict[str, bytes]] = {0: {}}
    shops = [Shop(app) for _ in range(3)]

    async def publish() -> None:
        clock.time += timedelta(seconds=1)
        keys = [f"product/{rng.randrange(1_200)}" for _ in range(rng.choice((1, 30, 700)))]
        async with app.tenant(TENANT) as session:
            if rng.random() < 0.3:
                await writer.delete(session, store_id=STORE, collection=NAME, keys=keys)
                for key in keys:
                    truth.pop(key, None)
            else:
                fresh = {key: str(rng.randrange(10**9)).encode() for key in keys}
                await writer.put(session, store_id=STORE, collection=NAME, rows=fresh)
                truth.update(fresh)
            if rng.random() < 0.15:
                clock.time += timedelta(days=60)
                await prune_tombstones(session, clock)
        versions[await version(app)] = dict(truth)

    for _ in range(60):
        if rng.random() < 0.4:
            await publish()
        if rng.random() < 0.1:
            keep(hub_database)
            kept = dict(truth)
        elif rng.random() < 0.1:
            put_back(hub_database)
            truth = dict(kept)
        shop = rng.choice(shops)
        if await shop.step():
            assert shop.rows == versions[shop.version]
    for shop in shops:
        await shop.pull()
        await shop.pull()
        assert shop.rows == truth


@pytest.mark.fault(46, "J")
async def test_a_version_that_commits_late_is_not_passed_over(
    app: Database, writer: CollectionWriter
) -> None:
    """While a long transaction holds a version, no later one commits: no cursor can skip it."""
    await put(app, writer, rows(range(3)))
    shop = Shop(app)
    async with app.tenant(TENANT) as slow:
        await writer.put(slow, store_id=STORE, collection=NAME, rows={"product/late": b"1"})
        quick = asyncio.create_task(put(app, writer, {"product/quick": b"1"}))
        await asyncio.sleep(0.2)
        assert not quick.done()
        await shop.pull()
        assert set(shop.rows) == set(rows(range(3)))
    await quick
    await shop.pull()
    assert {"product/late", "product/quick"} <= set(shop.rows)
    assert shop.restarts == 0


async def test_publishers_at_once_lose_nothing_and_do_not_block_for_ever(
    app: Database, writer: CollectionWriter
) -> None:
    async def publish(number: int) -> None:
        ours = [STORE, SECOND_STORE] if number % 2 else [SECOND_STORE, STORE]
        async with app.tenant(TENANT) as session:
            for name in (NAME, "prices"):
                row = [StoreRow(store, f"product/{number}", b"1") for store in ours]
                await writer.put_all(session, row, collection=name)

    async with asyncio.timeout(30):
        await asyncio.gather(*(publish(number) for number in range(24)))
    for store in (STORE, SECOND_STORE):
        shop = Shop(app, store)
        await shop.pull()
        assert len(shop.rows) == 24
        assert shop.version >= FIRST + 23
