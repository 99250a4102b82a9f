"""How a pull goes through a collection: where it may go on, where a page ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from msgspec import Raw

from protocol.codec.pages import PAGE_BYTES
from protocol.messages.sync import Cursor, Page, PageRequest, Put

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The key of a finished pull's cursor: sorts after every `<kind>/<id>`.
LAST_KEY = "~"
_LONGEST_KEY = 512
# A page's JSON around each row: names, version, quotes, comma.
_ROW_OVERHEAD_BYTES = 48
# No row is smaller than this with its overhead, so a page never needs more rows.
_SMALLEST_ROW_BYTES = 96
MAX_PAGE_ROWS = PAGE_BYTES // _SMALLEST_ROW_BYTES


@dataclass(frozen=True)
class PublishedRow:
    """A row at the version that last changed it; without payload it is a tombstone."""

    key: str
    version: int
    payload: bytes | None


@dataclass(frozen=True)
class Head:
    """The newest version, and the one up to which tombstones are gone."""

    version: int
    pruned_version: int


@dataclass(frozen=True)
class Snapshot:
    """Rows after a cursor in (version, key) order, and the head, both of one instant.

    `known`: whether this hub has given the newest version that the cursor has seen.
    """

    head: Head
    rows: list[PublishedRow]
    known: bool = True


def readable(cursor: Cursor) -> bool:
    """Whether a cursor can be looked for at all; a peer may send anything."""
    versions = (cursor.version, cursor.since, cursor.seen)
    in_range = all(0 <= version < 2**63 for version in versions)
    return in_range and len(cursor.key) <= _LONGEST_KEY and "\0" not in cursor.key


def newest_seen(cursor: Cursor) -> int:
    """The newest version of the collection that the puller has looked at."""
    return max(cursor.version, cursor.since, cursor.seen)


def may_go_on(cursor: Cursor, snapshot: Snapshot) -> bool:
    """Whether what was pulled so far and what follows make a version of the collection.

    Not so when tombstones newer than `since` are gone, or when the puller has seen a version that
    this hub never gave: the hub came back from a backup, and what it published since is another
    history, even where its versions are newer by now.
    """
    return snapshot.known and cursor.since >= snapshot.head.pruned_version


def next_version_after(at: datetime) -> int:
    """The least number that a version given at this moment may have: microseconds since 1970.

    Numbers that follow the clock do not come back: a hub that was set back to yesterday gives none
    a second time to other content, as it would if it counted (promise J).
    """
    return (at - _EPOCH) // timedelta(microseconds=1)


def page_of(request: PageRequest, snapshot: Snapshot, *, after: Cursor | None) -> Page:
    """The page that answers `request`: as many rows after `after` as fit, at least one.

    A full pull (`after` None) needs no deletion from before it began.
    """
    rows, head = snapshot.rows, snapshot.head
    fitting = _fitting(rows)
    done = fitting == len(rows) and len(rows) < MAX_PAGE_ROWS
    taken = rows[:fitting]
    since = head.version if after is None else after.since
    return Page(
        rid=request.rid,
        collection=request.collection,
        next=Cursor(version=head.version, key=LAST_KEY, since=head.version, seen=head.version)
        if done
        else Cursor(version=taken[-1].version, key=taken[-1].key, since=since, seen=head.version),
        version=head.version,
        done=done,
        puts=[
            Put(key=row.key, version=row.version, payload=Raw(row.payload))
            for row in taken
            if row.payload is not None
        ],
        gone=[row.key for row in taken if row.payload is None],
        restart=after is None and request.cursor is not None,
    )


def _fitting(rows: Sequence[PublishedRow]) -> int:
    size = 0
    for count, row in enumerate(rows):
        size += len(row.key) + len(row.payload or b"") + _ROW_OVERHEAD_BYTES
        if size > PAGE_BYTES:
            return max(1, count)
    return len(rows)
