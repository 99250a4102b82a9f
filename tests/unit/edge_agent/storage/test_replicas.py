import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from edge_agent.storage.readers import Readers
from edge_agent.storage.replicas import ReplicatedCollection, collection_states
from edge_agent.storage.writer import open_database
from protocol.codec.items import encode_item
from protocol.messages.collections import Item, StaffMember
from protocol.messages.sync import Cursor, Page, Put

NAME = "staff"


def member(number: int, version: int) -> StaffMember:
    return StaffMember(staff_id=UUID(int=number), name=f"v{version}", roles=[], pin_hash="")


def put(number: int, version: int) -> Put:
    payload = msgspec.Raw(encode_item(member(number, version)))
    return Put(key=key_of(number), version=version, payload=payload)


def key_of(number: int) -> str:
    return f"staff/{UUID(int=number)}"


def page(version: int, *puts: Put, **more: object) -> Page:
    next_key = max((one.key for one in puts), default="~")
    fields = {"gone": [], "restart": False, "done": True, **more}
    return msgspec.convert(
        {
            "rid": "1-1",
            "collection": NAME,
            "next": Cursor(version=version, key=next_key, since=0),
            "version": version,
            "puts": list(puts),
            **fields,
        },
        Page,
    )


def index_name(connection: sqlite3.Connection, row_id: int, item: Item) -> None:
    assert isinstance(item, StaffMember)
    connection.execute("INSERT INTO name_index VALUES (?, ?)", (row_id, item.name))


def open_shop(path: Path) -> sqlite3.Connection:
    connection = open_database(path)
    connection.execute("PRAGMA synchronous = OFF")  # These crashes are the process's alone.
    connection.execute(
        "CREATE TABLE IF NOT EXISTS name_index "
        "(row_id INTEGER REFERENCES replica_row (id) ON DELETE CASCADE, name TEXT)"
    )
    return connection


COLLECTION = ReplicatedCollection(NAME, (StaffMember,), index_name)


def stage(connection: sqlite3.Connection, sent: Page) -> None:
    connection.execute("BEGIN IMMEDIATE")
    COLLECTION.stage_page(connection, sent)
    connection.execute("COMMIT")


def visible(connection: sqlite3.Connection) -> dict[str, str]:
    rows = connection.execute(
        "SELECT v.key, name, json_extract(v.payload, '$.name') FROM visible_row v "
        "JOIN name_index ON name_index.row_id = v.id WHERE v.collection = ?",
        (NAME,),
    ).fetchall()
    assert all(indexed == stored for _, indexed, stored in rows)
    assert len({key for key, *_ in rows}) == len(rows), "a key is seen twice"
    return {key: stored for key, _, stored in rows}


CHANGES = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=6)
OUTCOMES = st.sampled_from(["commit", "commit", "crash", "twice"])


class Pulling(RuleBasedStateMachine):
    """A hub that publishes, a shop that pulls, pages that repeat, restarts and crashes."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "hanout.db"
        self.shop = open_shop(self.path)
        self.reader = sqlite3.connect(f"{self.path.as_uri()}?mode=ro", uri=True)
        self.version = 0
        self.rows: dict[str, tuple[int, Put | None]] = {}
        self.published: dict[int, dict[str, str]] = {0: {}}
        self.force_restart = False

    def teardown(self) -> None:
        if hasattr(self, "shop"):
            self.reader.close()
            self.shop.close()
            self.folder.cleanup()

    @rule(data=st.data())
    def act(self, data: st.DataObject) -> None:
        """One rule: hypothesis leaves whole rules out of a run, and every run needs pulls."""
        match data.draw(
            st.sampled_from(["publish"] * 3 + ["pull"] * 5 + ["sweep"] * 3 + ["forget"])
        ):
            case "publish":
                self.publish(data.draw(CHANGES))
            case "pull":
                self.pull_page(data.draw(st.integers(1, 3)), data.draw(OUTCOMES))
            case "forget":
                self.force_restart = True  # The hub lost its tombstones: the next page starts over.
            case "sweep":
                self.sweep(everything=data.draw(st.booleans()))

    def publish(self, changes: list[tuple[int, bool]]) -> None:
        self.version += 1
        for number, gone in changes:
            row = None if gone else put(number, self.version)
            self.rows[key_of(number)] = (self.version, row)
        self.published[self.version] = {
            key: f"v{row.version}" for key, (_, row) in self.rows.items() if row is not None
        }

    def pull_page(self, size: int, outcome: str) -> None:
        replica = COLLECTION.state(self.shop)
        cursor = replica.staged
        restart = self.force_restart or (cursor is None and replica.version == 0)
        after = (0, "") if restart else (replica.version, "~")
        if cursor is not None and not restart:
            after = (cursor.version, cursor.key)
        changed = sorted(
            (version, key, row)
            for key, (version, row) in self.rows.items()
            if (version, key) > after
        )
        taken = changed[:size]
        done = len(taken) == len(changed)
        last = taken[-1][:2] if taken else (self.version, "~")
        sent = Page(
            rid="1-1",
            collection=NAME,
            next=Cursor(version=last[0], key=last[1], since=0),
            version=self.version,
            done=done,
            puts=[row for *_, row in taken if row is not None],
            gone=[key for _, key, row in taken if row is None],
            restart=restart,
        )
        self.shop.execute("BEGIN IMMEDIATE")
        COLLECTION.stage_page(self.shop, sent)
        if outcome == "crash":
            self.shop.close()
            self.shop = open_shop(self.path)
            return
        self.shop.execute("COMMIT")
        self.force_restart = False
        if outcome == "twice" and not done:
            stage(self.shop, sent)
        if done:
            assert COLLECTION.state(self.shop).version == self.version
            assert visible(self.reader) == self.published[self.version]

    def sweep(self, *, everything: bool) -> None:
        while COLLECTION.sweep(self.shop) and everything:
            pass
        if not everything:
            return
        (rows,) = self.shop.execute("SELECT COUNT(*) FROM replica_row").fetchone()
        (indexed,) = self.shop.execute("SELECT COUNT(*) FROM name_index").fetchone()
        assert rows == indexed
        state = COLLECTION.state(self.shop)
        if state.staged is None:
            assert rows == len(visible(self.shop))

    @precondition(lambda self: hasattr(self, "shop"))
    @invariant()
    def readers_see_a_published_version(self) -> None:
        version = COLLECTION.state(self.reader).version
        assert visible(self.reader) == self.published[version]


# Every crash opens the database anew, which syncs: on a slow disk that is most of the time.
TestPulling = pytest.mark.timeout(600)(Pulling.TestCase)
TestPulling.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = open_shop(tmp_path / "hanout.db")
    yield connection
    connection.close()


def test_a_row_that_cannot_be_read_is_kept_counted_and_blocks_nothing(
    shop: sqlite3.Connection,
) -> None:
    broken = Put(key=key_of(2), version=1, payload=msgspec.Raw(b'{"staff_id": 7}'))
    newer_kind = Put(key="robot/1", version=1, payload=msgspec.Raw(b"{}"))
    foreign = Put(
        key="tax/x", version=1, payload=msgspec.Raw(b'{"tax_id":"x","name":"","rate_ppm":1}')
    )
    mislabelled = Put(key=key_of(9), version=1, payload=put(8, 1).payload)
    stage(shop, page(1, put(1, 1), broken, newer_kind, foreign, mislabelled))
    assert visible(shop) == {key_of(1): "v1"}
    kept = dict(shop.execute("SELECT key, payload FROM visible_row WHERE readable = 0"))
    assert kept[key_of(2)] == b'{"staff_id": 7}'
    assert len(kept) == 4


def test_replay_takes_in_what_this_release_can_read(shop: sqlite3.Connection) -> None:
    stage(shop, page(1, put(1, 1), put(2, 1)))
    shop.execute("DELETE FROM name_index")
    shop.execute("UPDATE replica_row SET readable = 0")
    after: int | None = 0
    while after is not None:
        after = COLLECTION.replay(shop, after=after)
    assert visible(shop) == {key_of(1): "v1", key_of(2): "v1"}


def test_sweeping_is_done_in_pieces(shop: sqlite3.Connection) -> None:
    stage(shop, page(1, *(put(number, 1) for number in range(700))))
    assert COLLECTION.sweep(shop) == 0
    stage(shop, page(2, put(1, 2), restart=True))
    assert visible(shop) == {key_of(1): "v2"}
    assert [COLLECTION.sweep(shop) for _ in range(3)] == [500, 200, 0]
    assert visible(shop) == {key_of(1): "v2"}


def test_an_abandoned_pull_is_swept_while_the_next_one_runs(shop: sqlite3.Connection) -> None:
    stage(shop, page(1, put(1, 1)))
    stage(shop, page(2, put(1, 2), put(2, 2), done=False))
    stage(shop, page(3, put(3, 3), restart=True, done=False))
    assert visible(shop) == {key_of(1): "v1"}
    assert COLLECTION.sweep(shop) == 2
    assert visible(shop) == {key_of(1): "v1"}
    stage(shop, page(3, put(4, 3)))
    assert visible(shop) == {key_of(3): "v3", key_of(4): "v3"}


async def test_the_states_of_all_collections(tmp_path: Path) -> None:
    connection = open_shop(tmp_path / "hanout.db")
    broken = Put(key=key_of(2), version=1, payload=msgspec.Raw(b"[]"))
    COLLECTION.stage_page(connection, page(7, put(1, 1), broken))
    readers = Readers(tmp_path / "hanout.db", count=1)
    await readers.open()
    async with readers.connection() as reader:
        states = await collection_states(reader)
    await readers.close()
    connection.close()
    assert (states[NAME].version, states[NAME].unreadable_count) == (7, 1)
