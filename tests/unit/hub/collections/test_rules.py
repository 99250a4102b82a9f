"""Where a page ends, and when a pull must start over."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.collections.rules import (
    LAST_KEY,
    MAX_PAGE_ROWS,
    Head,
    PublishedRow,
    Snapshot,
    may_go_on,
    newest_seen,
    next_version_after,
    page_of,
    readable,
)
from protocol.codec.pages import PAGE_BYTES, encode_page
from protocol.messages.sync import Cursor, PageRequest

REQUEST = PageRequest(rid="1-1", collection="catalogue")
VERSIONS = st.integers(0, 50)


def rows(sizes: list[int]) -> list[PublishedRow]:
    return [
        PublishedRow(f"product/{n:08}", n + 1, b"1" * size if size else None)
        for n, size in enumerate(sizes)
    ]


@given(st.lists(st.sampled_from([0, 1, 50, 500, 5_000, 70_000]), max_size=60))
def test_pages_carry_everything_once_in_order(sizes: list[int]) -> None:
    everything = rows(sizes)
    head = Head(len(sizes), 0)
    left, carried, after = everything, [], None
    for _ in range(len(sizes) + 2):
        page = page_of(REQUEST, Snapshot(head, left[:MAX_PAGE_ROWS]), after=after)
        keys = sorted([put.key for put in page.puts] + page.gone)
        carried += keys
        assert page.done or keys
        size = sum(len(bytes(put.payload)) for put in page.puts)
        assert size <= PAGE_BYTES or len(keys) == 1
        encode_page(page)
        if page.done:
            break
        assert page.next.key == keys[-1]
        assert page.next.since == head.version
        after = page.next
        left = [row for row in everything if (row.version, row.key) > (after.version, after.key)]
    assert carried == [row.key for row in everything]
    assert page.next == Cursor(
        version=head.version, key=LAST_KEY, since=head.version, seen=head.version
    )


@given(VERSIONS, VERSIONS, st.booleans())
def test_a_pull_goes_on_only_while_its_copy_can_become_a_version(
    since: int, pruned: int, known: bool
) -> None:
    snapshot = Snapshot(Head(50, pruned), [], known=known)
    allowed = may_go_on(Cursor(version=since, key="k", since=since), snapshot)
    lost_deletions = since < pruned
    assert allowed == (known and not lost_deletions)


@given(VERSIONS, VERSIONS, VERSIONS)
def test_the_newest_version_that_a_puller_saw_names_the_history_it_belongs_to(
    version: int, since: int, seen: int
) -> None:
    cursor = Cursor(version=version, key="k", since=since, seen=seen)
    assert newest_seen(cursor) == max(version, since, seen)


@given(st.integers(0, 2**40), st.integers(1, 10**9))
def test_a_later_moment_gives_a_higher_version(second: int, later_us: int) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second % 10**9)
    after = at + timedelta(microseconds=later_us)
    assert next_version_after(after) > next_version_after(at) > 2**50


def test_a_pull_keeps_what_it_began_with() -> None:
    after = Cursor(version=7, key="a", since=3)
    page = page_of(REQUEST, Snapshot(Head(900, 0), rows([70_000, 70_000])), after=after)
    assert (page.next.since, page.restart, page.done) == (3, False, False)


def test_only_who_brought_a_cursor_is_told_to_start_over() -> None:
    snapshot = Snapshot(Head(0, 0), [])
    assert not page_of(REQUEST, snapshot, after=None).restart
    stale = PageRequest(rid="1", collection="catalogue", cursor=Cursor(version=9, key="~", since=9))
    assert page_of(stale, snapshot, after=None).restart


def test_cursors_that_no_hub_made_are_not_readable() -> None:
    assert readable(Cursor(version=0, key="", since=0))
    for wrong in (
        Cursor(version=-1, key="", since=0),
        Cursor(version=2**63, key="", since=0),
        Cursor(version=0, key="", since=2**63),
        Cursor(version=0, key="", since=0, seen=-1),
        Cursor(version=0, key="\0", since=0),
        Cursor(version=0, key="k" * 513, since=0),
    ):
        assert not readable(wrong)
