"""Pages of lists: opaque keyset cursors, never an offset.

A cursor is the sort key of the last row that was given. It carries no right: the tenant's rule and
the list's own filters still decide what the next page holds.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

from protocol.errors import Malformed

MAX_LIMIT = 200
DEFAULT_LIMIT = 50
# The longest key has a text of 300 characters: of six bytes each where JSON has to spell them.
_LONGEST_CURSOR = 4096

T = TypeVar("T")
K = TypeVar("K")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some items and the cursor for the next ones; `next` is None at the end."""

    items: Sequence[T]
    next: str | None


def page_of(rows: Sequence[T], limit: int, key: Callable[[T], Sequence[Any]]) -> Page[T]:
    """A page from up to `limit + 1` rows: the one too many says that there is more."""
    if len(rows) <= limit:
        return Page(rows, None)
    return Page(rows[:limit], encode_cursor(key(rows[limit - 1])))


def encode_cursor(key: Sequence[Any]) -> str:
    """An opaque word for the sort key (strings, numbers, ids, dates)."""
    return base64.urlsafe_b64encode(msgspec.json.encode(list(key))).decode().rstrip("=")


def decode_cursor(cursor: str, kind: type[K]) -> K:
    """The sort key as `kind` (a tuple type); raises Malformed `bad-cursor`."""
    try:
        if len(cursor) > _LONGEST_CURSOR:
            raise ValueError("too long")
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(raw, type=kind)
    except (binascii.Error, ValueError, msgspec.DecodeError, RecursionError) as error:
        raise Malformed(
            "bad-cursor", "Use the cursor that the list gave.", fields={"cursor": "not one of ours"}
        ) from error


def checked_limit(limit: int | None) -> int:
    """The page size asked for; raises Malformed `bad-limit` outside 1 … 200."""
    if limit is None:
        return DEFAULT_LIMIT
    if not 1 <= limit <= MAX_LIMIT:
        raise Malformed(
            "bad-limit", f"Ask for 1 to {MAX_LIMIT} items.", fields={"limit": f"1 to {MAX_LIMIT}"}
        )
    return limit
