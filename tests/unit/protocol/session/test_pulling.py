"""Pulls: asking again, ignoring strangers, never running in a circle."""

from random import Random

from protocol.codec.control import decode_control
from protocol.codec.pages import encode_page
from protocol.messages.sync import Cursor, Page, PageRequest
from protocol.session.outputs import Alarm, Output, Publish, Replica, StagePage
from protocol.session.pulling import LAST_KEY, Pulls
from protocol.session.timing import Timing

TIMING = Timing(answer_initial_ms=1_000, answer_max_ms=8_000)


def _pulls(**replicas: Replica) -> Pulls:
    return Pulls(replicas, sess=4, timing=TIMING, rng=Random(1))


def _request(outputs: list[Output]) -> PageRequest:
    (output,) = outputs
    assert isinstance(output, Publish)
    assert output.channel == "req"
    return decode_control(output.payload, PageRequest)


def _page(request: PageRequest, **changes: object) -> bytes:
    said: dict[str, object] = {
        "rid": request.rid,
        "collection": request.collection,
        "next": Cursor(version=5, key=LAST_KEY, since=5),
        "version": 5,
        "done": True,
    }
    return encode_page(Page(**{**said, **changes}))  # type: ignore[arg-type]


def test_nothing_is_asked_before_the_welcome_nor_without_news() -> None:
    pulls = _pulls(staff=Replica(version=5))
    assert pulls.want({"staff": 6}, 0) == []
    assert pulls.start({"staff": 5}, 0) == []
    assert pulls.versions == {"staff": 5}


def test_collections_of_a_later_release_are_left_alone() -> None:
    assert _pulls().start({"promotions": 3}, 0) == []


def test_a_pull_begins_after_the_version_in_force_or_where_it_stopped() -> None:
    fresh = _request(_pulls().start({"staff": 5}, 0))
    assert fresh.cursor is None
    newer = _request(_pulls(staff=Replica(version=4)).start({"staff": 5}, 0))
    assert newer.cursor == Cursor(version=4, key=LAST_KEY, since=4, seen=4)
    stopped = Cursor(version=2, key="staff/1", since=5)
    resumed = _request(_pulls(staff=Replica(version=0, staged=stopped)).start({"staff": 5}, 0))
    assert resumed.cursor == stopped


def test_pages_nobody_asked_for_are_ignored() -> None:
    pulls = _pulls()
    assert pulls.receive(_page(PageRequest(rid="4-1", collection="staff")), 0) == []
    request = _request(pulls.start({"staff": 5}, 0))
    assert pulls.receive(_page(request, rid="3-1"), 0) == []
    assert pulls.receive(_page(request, collection="prices"), 0) == []
    (stage,) = pulls.receive(_page(request), 0)
    assert isinstance(stage, StagePage)
    assert pulls.receive(_page(request), 0) == [], "the same page again"
    assert pulls.staged(0) == []
    assert pulls.versions == {"staff": 5}


def test_a_lost_page_is_asked_for_again_with_more_patience() -> None:
    pulls = _pulls()
    first = _request(pulls.start({"staff": 5}, 0))
    due = pulls.deadline_ms
    assert due is not None
    assert pulls.tick(due - 1) == []
    again = _request(pulls.tick(due))
    assert again.rid != first.rid
    assert again.cursor == first.cursor


def test_a_page_without_room_is_asked_for_again_later() -> None:
    pulls = _pulls()
    request = _request(pulls.start({"staff": 5}, 0))
    assert pulls.receive(_page(request), 0)
    assert pulls.refused(100) == []
    due = pulls.deadline_ms
    assert due is not None
    assert due > 100
    assert _request(pulls.tick(due)).cursor is None
    assert pulls.versions == {}


def test_a_page_that_goes_nowhere_is_an_alarm_not_a_loop() -> None:
    stopped = Cursor(version=2, key="staff/1", since=5)
    pulls = _pulls(staff=Replica(version=0, staged=stopped))
    request = _request(pulls.start({"staff": 5}, 0))
    (alarm,) = pulls.receive(_page(request, next=stopped, done=False), 0)
    assert isinstance(alarm, Alarm)
    assert alarm.code == "page-stuck"
    assert pulls.deadline_ms is not None


def test_news_during_a_pull_is_pulled_after_it() -> None:
    pulls = _pulls()
    request = _request(pulls.start({"staff": 5}, 0))
    assert pulls.want({"staff": 6}, 0) == []
    pulls.receive(_page(request), 0)
    assert _request(pulls.staged(0)).cursor == Cursor(version=5, key=LAST_KEY, since=5, seen=5)


def test_a_page_newer_than_the_word_ends_the_pull() -> None:
    pulls = _pulls()
    request = _request(pulls.start({"staff": 4}, 0))
    pulls.receive(_page(request), 0)
    assert pulls.staged(0) == []
    assert pulls.wanted == {"staff": 5}


def test_an_old_word_that_comes_late_is_asked_about_once() -> None:
    """The hub came back from a backup and gives 5; what it had said before it went is under way."""
    pulls = _pulls(staff=Replica(version=5))
    pulls.start({"staff": 5}, 0)
    request = _request(pulls.want({"staff": 9}, 0))
    pulls.receive(_page(request), 0)
    assert pulls.staged(0) == [], "an answer says what there is now; asking on would never end"
    assert pulls.wanted == {"staff": 5}


def test_an_old_word_during_a_pull_is_asked_about_once_more() -> None:
    pulls = _pulls()
    request = _request(pulls.start({"staff": 5}, 0))
    pulls.want({"staff": 9}, 0)
    pulls.receive(_page(request), 0)
    again = _request(pulls.staged(0))
    pulls.receive(_page(again), 0)
    assert pulls.staged(0) == []
    assert pulls.wanted == {"staff": 5}


def test_what_is_published_while_a_copy_starts_anew_is_pulled_after_it() -> None:
    pulls = _pulls(staff=Replica(version=8))
    request = _request(pulls.start({"staff": 5}, 0))
    pulls.want({"staff": 6}, 0)
    pulls.receive(_page(request, restart=True), 0)
    assert _request(pulls.staged(0)).cursor == Cursor(version=5, key=LAST_KEY, since=5, seen=5)
