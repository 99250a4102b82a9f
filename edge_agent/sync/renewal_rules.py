"""When a certificate is renewed and which pair a connection is made with. Pure.

Law: time never stops a sale; whatever is decided here, the worst that follows is a sync that waits.
"""

from datetime import datetime
from typing import Literal

from msgspec import Struct

# DESIGN §2 and the sync reference §4: at 66 % of the lifetime, spread so that shops which were
# claimed on one day do not all come back on one.
_DUE_PERCENT = 66
SPREAD_PPM = 50_000
_MILLION = 1_000_000


class Validity(Struct, frozen=True, kw_only=True):
    """From when until when a certificate holds."""

    not_before: datetime
    not_after: datetime


def trusted_now(clock: datetime, floor: datetime | None) -> datetime:
    """The time as far as it is known: our clock, unless it must be later than that."""
    return clock if floor is None else max(clock, floor)


def due_at(held: Validity, *, spread_ppm: int) -> datetime:
    """When this certificate is to be renewed; `spread_ppm` of its lifetime later than the rule."""
    assert 0 <= spread_ppm <= SPREAD_PPM
    lifetime = held.not_after - held.not_before
    return held.not_before + lifetime * _DUE_PERCENT // 100 + lifetime * spread_ppm // _MILLION


Step = Literal["rest", "obtain", "prove", "promote", "drop"]


class Situation(Struct, frozen=True, kw_only=True):
    """What is so now. `waiting`: the renewed pair that is not in force yet.

    `welcomed`: the hub welcomed the present connection; `with_next`: that was made with the waiting
    pair. `asked`: somebody wants a renewal now. `rested`: the last attempt is long enough ago.
    """

    now: datetime
    held: Validity
    waiting: Validity | None
    welcomed: bool
    with_next: bool
    asked: bool
    rested: bool
    spread_ppm: int


def next_step(seen: Situation) -> Step:
    """obtain a new pair, prove it by connecting, promote it, or drop one that is of no use."""
    if seen.waiting is None:
        due = seen.now >= due_at(seen.held, spread_ppm=seen.spread_ppm)
        return "obtain" if seen.asked or (due and seen.rested) else "rest"
    if seen.welcomed and seen.with_next:
        return "promote"
    if seen.now >= due_at(seen.waiting, spread_ppm=seen.spread_ppm):
        return "drop"
    # While nothing connects, the pairs take turns by themselves.
    return "prove" if seen.asked or (seen.welcomed and seen.rested) else "rest"


def pair_for(*, waiting: bool, last_was_next: bool) -> Literal["current", "next"]:
    """Which pair the next connection is made with: by turns, so that a renewed pair which the
    broker does not take leaves the old one its chance."""
    return "next" if waiting and not last_was_next else "current"
