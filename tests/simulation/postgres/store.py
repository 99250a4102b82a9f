"""Tables, row locks and transactions at READ COMMITTED.

A statement sees what is committed when it runs, and its own transaction's writes. A row is written
only by whoever holds its lock; who waits for it sees what was committed meanwhile.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from protocol.errors import Unavailable

Row = Mapping[str, Any]
Group = tuple[Any, ...]
Key = tuple[Any, ...]
Tables = dict[str, dict[Group, dict[Key, Row]]]
Overlay = dict[tuple[str, Group], dict[Key, Row | None]]
_LOCK_S = 10.0


class Store:
    """All that is committed. Rows are replaced, never changed, so that copies can share them."""

    def __init__(self) -> None:
        self._tables: Tables = {}
        self._locks: dict[tuple[str, Group, Key], _Lock] = {}
        self.transactions = 0
        self.before_commit: Callable[[Overlay], None] = _nothing
        self.after_commit: Callable[[Overlay], None] = _nothing

    def group(self, table: str, group: Group) -> dict[Key, Row]:
        """The committed rows that share the first part of their key."""
        return self._tables.get(table, {}).get(group, {})

    def groups(self, table: str) -> Mapping[Group, dict[Key, Row]]:
        """All committed rows of a table."""
        return self._tables.get(table, {})

    def copy(self) -> Tables:
        """A backup."""
        return {
            table: {group: dict(rows) for group, rows in groups.items()}
            for table, groups in self._tables.items()
        }

    def replace(self, tables: Tables) -> None:
        """Come back from a backup. Whoever had a transaction open must be gone."""
        self._tables = {
            table: {group: dict(rows) for group, rows in groups.items()}
            for table, groups in tables.items()
        }
        self._locks.clear()

    def apply(self, overlay: Overlay) -> None:
        """Commit these writes at once."""
        self.before_commit(overlay)
        for (table, group), rows in overlay.items():
            own = self._tables.setdefault(table, {}).setdefault(group, {})
            for key, row in rows.items():
                if row is None:
                    own.pop(key, None)
                else:
                    own[key] = row
        self.after_commit(overlay)

    def lock(self, table: str, group: Group, key: Key) -> "_Lock":
        """The lock of a row, there or not."""
        return self._locks.setdefault((table, group, key), _Lock())


class _Lock:
    def __init__(self) -> None:
        self.owner: Transaction | None = None
        self.waiting: dict[asyncio.Future[None], None] = {}


class Transaction:
    """Open until `commit` or `roll_back`. `organization_id` is None in a look-up.

    `blind` names queries that take no locks and look at no row before they write: for the test
    that removes what protects the high-water mark.
    """

    def __init__(
        self, store: Store, organization_id: UUID | None, *, blind: frozenset[str] = frozenset()
    ) -> None:
        store.transactions += 1
        self.number = store.transactions
        self.organization_id = organization_id
        self.ended: str | None = None
        self.query = ""
        self._store = store
        self._blind = blind
        self._overlay: Overlay = {}
        self._held: dict[_Lock, None] = {}

    def read(self, table: str, group: Group, key: Key) -> Row | None:
        """A row as this transaction sees it."""
        own = self._overlay.get((table, group))
        if own is not None and key in own:
            return own[key]
        return self._store.group(table, group).get(key)

    def scan(self, table: str, group: Group) -> dict[Key, Row]:
        """The group's rows as this transaction sees them, in no particular order."""
        committed = self._store.group(table, group)
        own = self._overlay.get((table, group))
        if own is None:
            return committed
        seen = {**committed, **own}
        return {key: row for key, row in seen.items() if row is not None}

    def groups(self, table: str) -> list[Group]:
        """The groups that have or had rows."""
        mine = [group for name, group in self._overlay if name == table]
        return list(dict.fromkeys([*self._store.groups(table), *mine]))

    def write(self, table: str, group: Group, key: Key, row: Row | None) -> None:
        """Put or delete a row whose lock is held."""
        self._overlay.setdefault((table, group), {})[key] = row

    @property
    def sees_nothing(self) -> bool:
        """Whether this query was made to take no locks, and to look at no row before it writes."""
        return self.query in self._blind

    async def lock(self, table: str, group: Group, key: Key, *, skip: bool = False) -> bool:
        """Hold the row's lock until the end. With `skip`, False instead of waiting.

        Raises Unavailable after ten seconds, as lock_timeout does.
        """
        if self.sees_nothing:
            return True
        lock = self._store.lock(table, group, key)
        if lock.owner is self:
            return True
        if lock.owner is not None and skip:
            return False
        if lock.owner is not None:
            await self._wait(lock)
        lock.owner = self
        self._held[lock] = None
        return True

    def commit(self) -> None:
        """All of it at once."""
        self.check()
        self._store.apply(self._overlay)
        self._end("committed")

    def roll_back(self, reason: str = "rolled back") -> None:
        """None of it. Does nothing to a transaction that has ended."""
        if self.ended is None:
            self._end(reason)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What was written inside goes when it raises; locks stay."""
        before = {place: dict(rows) for place, rows in self._overlay.items()}
        try:
            yield
        except BaseException:
            self._overlay = before
            raise

    def check(self) -> None:
        """Raises Unavailable when the server has ended it."""
        if self.ended is not None:
            raise Unavailable("database-unavailable", f"The transaction was {self.ended}.")

    async def _wait(self, lock: _Lock) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + _LOCK_S
        while lock.owner is not None:
            future = loop.create_future()
            lock.waiting[future] = None
            timer = loop.call_at(until, _wake, future)
            try:
                await future
            finally:
                timer.cancel()
                lock.waiting.pop(future, None)
            self.check()
            if loop.time() >= until:
                raise Unavailable("database-unavailable", "Waited too long for a lock.")

    def _end(self, how: str) -> None:
        self.ended = how
        for lock in self._held:
            lock.owner = None
            for future in lock.waiting:
                _wake(future)
        self._held.clear()


def _nothing(overlay: Overlay) -> None:
    """Nobody watches."""


def _wake(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)
