"""Throttles on disk: a restart forgets no wrong guess."""

import sqlite3

from edge_agent.kit.queries import load_queries
from edge_agent.kit.throttling import Throttle, ThrottleRule, after_wrong, wait_ms
from protocol.errors import Throttled

_QUERIES = load_queries(__package__)
_RETENTION_MS = 86_400_000


def refuse_blocked(
    connection: sqlite3.Connection, scope: str, rule: ThrottleRule, *, now_ms: int
) -> None:
    """Raises Throttled `too-many-attempts` while the scope is blocked."""
    if waiting_ms := wait_ms(_read(connection, scope), rule, now_ms=now_ms):
        raise Throttled(
            "too-many-attempts",
            "Too many wrong attempts: wait and try again.",
            retry_after_s=-(-waiting_ms // 1000),
        )


def count_wrong(
    connection: sqlite3.Connection, scope: str, rule: ThrottleRule, *, now_ms: int
) -> None:
    """Remember a wrong guess; forget what is over a day old."""
    throttle = after_wrong(_read(connection, scope), rule, now_ms=now_ms)
    connection.execute(
        _QUERIES["set_throttle"],
        {
            "scope": scope,
            "wrong_count": throttle.wrong_count,
            "last_wrong_at_ms": throttle.last_wrong_at_ms,
            "blocked_until_ms": throttle.blocked_until_ms,
        },
    )
    connection.execute(_QUERIES["forget_throttles"], {"before_ms": now_ms - _RETENTION_MS})


def forget(connection: sqlite3.Connection, scope: str) -> None:
    """A right guess clears its scope."""
    connection.execute(_QUERIES["forget_throttle"], {"scope": scope})


def _read(connection: sqlite3.Connection, scope: str) -> Throttle:
    row = connection.execute(_QUERIES["throttle"], {"scope": scope}).fetchone()
    if row is None:
        return Throttle()
    wrong_count, last_wrong_at_ms, blocked_until_ms = row
    return Throttle(
        wrong_count=wrong_count,
        last_wrong_at_ms=last_wrong_at_ms,
        blocked_until_ms=blocked_until_ms,
    )
