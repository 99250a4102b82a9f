"""How the edge pulls collections: one at a time, page by page, until what it holds is a version.

A pull resumes where it stopped, survives lost requests and lost pages by asking again, and never
trusts a page to end: one that brings the cursor no further is an alarm, not a loop. Nor does it
trust a word about versions for longer than until it has asked: words come late, and a hub may have
come back from a backup since.
"""

from collections.abc import Mapping
from random import Random

from protocol.codec.control import encode_control
from protocol.codec.pages import decode_page
from protocol.messages.collections import COLLECTIONS
from protocol.messages.sync import Cursor, Page, PageRequest
from protocol.session.outputs import Alarm, Output, Publish, Replica, StagePage
from protocol.session.timing import Timing, backoff_ms

# Every key is ASCII `<kind>/<id>`; this one sorts after all of them.
LAST_KEY = "~"


class Pulls:
    """The pulls of one connection. Call `start` once welcomed; the shell answers every StagePage
    with `staged`."""

    def __init__(
        self, replicas: Mapping[str, Replica], *, sess: int, timing: Timing, rng: Random
    ) -> None:
        self._have = {name: replicas[name].version for name in COLLECTIONS if name in replicas}
        self._cursor = {name: replica.staged for name, replica in replicas.items()}
        self._want: dict[str, int] = {}
        self._sess = sess
        self._timing = timing
        self._rng = rng
        self._requests = 0
        self._attempt = 0
        self._collection: str | None = None
        self._page: Page | None = None
        self._told = False
        self._deadline_ms: int | None = None
        self._started = False

    @property
    def versions(self) -> dict[str, int]:
        """The versions in force, for the hello."""
        return dict(self._have)

    @property
    def wanted(self) -> dict[str, int]:
        """The versions the hub last spoke of."""
        return dict(self._want)

    @property
    def deadline_ms(self) -> int | None:
        """When `tick` has something to do."""
        return self._deadline_ms

    def start(self, want: Mapping[str, int], now_ms: int) -> list[Output]:
        """The hub welcomed us and said what there is."""
        self._started = True
        return self.want(want, now_ms)

    def want(self, versions: Mapping[str, int], now_ms: int) -> list[Output]:
        """The hub published; a version below ours means that it came back from a backup."""
        self._want.update((name, v) for name, v in versions.items() if name in COLLECTIONS)
        self._told = self._told or self._collection in versions
        return self._next(now_ms) if self._collection is None else []

    def receive(self, payload: bytes, now_ms: int) -> list[Output]:
        """A page came in. Late and foreign ones are ignored; raises RemoteProtocolError."""
        page = decode_page(payload)
        name = self._collection
        if name is None or self._page is not None or page.rid != self._rid():
            return []
        if page.collection != name:
            return []
        before = None if page.restart else self._cursor.get(name)
        if not page.done and before is not None and _order(page.next) <= _order(before):
            self._deadline_ms = now_ms + self._wait()
            return [Alarm("page-stuck", f"{name}: {page.next} does not go on from {before}")]
        self._page = page
        self._deadline_ms = None
        return [StagePage(page=page, collection=name)]

    def staged(self, now_ms: int) -> list[Output]:
        """The shell committed the page of the last StagePage."""
        page, name = self._page, self._collection
        assert page is not None
        assert name is not None
        self._page = None
        self._attempt = 0
        if page.done:
            self._have[name] = page.version
            self._cursor[name] = None
            self._collection = None
            # An answer is younger than every word heard before its question; a word heard since
            # may be the younger one, and is asked about once more.
            if not self._told:
                self._want[name] = page.version
            return self._next(now_ms)
        self._cursor[name] = page.next
        return self._request(now_ms)

    def refused(self, now_ms: int) -> list[Output]:
        """The shell had no room for the page: ask again, later and later."""
        assert self._page is not None
        self._page = None
        self._deadline_ms = now_ms + self._wait()
        return []

    def tick(self, now_ms: int) -> list[Output]:
        """Ask again when no page came."""
        if self._deadline_ms is None or now_ms < self._deadline_ms:
            return []
        self._attempt += 1
        return self._request(now_ms)

    def _next(self, now_ms: int) -> list[Output]:
        self._deadline_ms = None
        if not self._started:
            return []
        for name in COLLECTIONS:
            if self._want.get(name, self._have.get(name, 0)) != self._have.get(name, 0):
                self._collection = name
                return self._request(now_ms)
        return []

    def _request(self, now_ms: int) -> list[Output]:
        name = self._collection
        assert name is not None
        self._requests += 1
        self._told = False
        have = self._have.get(name, 0)
        cursor = self._cursor.get(name) or (
            Cursor(version=have, key=LAST_KEY, since=have, seen=have) if have else None
        )
        self._deadline_ms = now_ms + self._wait()
        request = PageRequest(rid=self._rid(), collection=name, cursor=cursor)
        return [Publish("req", encode_control(request))]

    def _rid(self) -> str:
        return f"{self._sess}-{self._requests}"

    def _wait(self) -> int:
        return backoff_ms(
            self._rng,
            attempt=self._attempt,
            initial_ms=self._timing.answer_initial_ms,
            max_ms=self._timing.answer_max_ms,
        )


def _order(cursor: Cursor) -> tuple[int, str]:
    return cursor.version, cursor.key
