"""Two boxes under one name: what the hellos of a device tell. Pure decisions.

Every run of an agent has a boot id of its own, drawn at its start. Once another run has begun, an
earlier one is over: if it speaks again, there are two boxes (a copied card). One late message could
look so too, hence it takes several returns.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

CLONED = "cloned"
HARDWARE_CHANGED = "hardware-changed"

RETURNS = 3
WITHIN = timedelta(hours=1)


class Run(NamedTuple):
    """A run of the agent, as far as its hellos say. `fingerprint`: of the hardware, or empty."""

    boot: str
    fingerprint: str
    sess: int
    first_at: datetime
    last_at: datetime
    returned_at: tuple[datetime, ...] = ()


class Sign(NamedTuple):
    """What to tell people. `keeper`: the hardware that keeps the name; empty when both boxes look
    alike, and then none is refused."""

    kind: str
    keeper: str


def heard(known: Sequence[Run], now: Run) -> Run:
    """The run as it is to be remembered after this hello. `known`: oldest first, by last hello."""
    before = next((run for run in known if run.boot == now.boot), None)
    if before is None:
        return now
    returned = before.returned_at
    if known[-1].boot != now.boot and now.sess > before.sess:
        returned = (*returned, now.last_at)[-RETURNS:]
    return now._replace(
        first_at=before.first_at, sess=max(now.sess, before.sess), returned_at=returned
    )


def sign_of(known: Sequence[Run], now: Run) -> Sign | None:
    """What the device's runs, this one among them, amount to.

    `known`: oldest first, by last hello; `now` as `heard` gave it.
    """
    runs = [*(run for run in known if run.boot != now.boot), now]
    named = [run for run in runs if run.fingerprint]
    keeper = min(named, key=lambda run: run.first_at).fingerprint if named else ""
    returns = [at for run in runs for at in run.returned_at if now.last_at - at <= WITHIN]
    if len(returns) >= RETURNS:
        alike = len({run.fingerprint for run in named}) < 2
        return Sign(CLONED, "" if alike else keeper)
    if now.fingerprint and keeper != now.fingerprint:
        return Sign(HARDWARE_CHANGED, keeper)
    return None


def may_speak(keeper: str, fingerprint: str) -> bool:
    """Whether a box may speak for a cloned device."""
    return not keeper or fingerprint == keeper
