"""How failed attempts slow the next ones down, counted under several keys at once.

In this process only, in bounded memory: when full, the key that was longest quiet is forgotten.
"""

import ipaddress
from collections import OrderedDict, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from hub.kit.clock import Clock
from protocol.errors import Throttled

_MOST_KEYS = 20_000
# Who has one IPv6 address has its whole network.
_NETWORK_BITS = 64


@dataclass(frozen=True)
class Allowance:
    """At most `attempts` failures in `window_s` seconds."""

    attempts: int
    window_s: int


Keys = Mapping[str, Allowance]
"""What an attempt counts under → how often that may fail."""


class Throttle:
    """Counts failures per key."""

    def __init__(self, clock: Clock, *, most_keys: int = _MOST_KEYS) -> None:
        self._clock = clock
        self._most_keys = most_keys
        self._failures: OrderedDict[str, deque[int]] = OrderedDict()

    @property
    def key_count(self) -> int:
        """How many keys are remembered."""
        return len(self._failures)

    def check(self, keys: Keys) -> None:
        """Raises Throttled `too-many-attempts` while another attempt is not allowed."""
        now_ms = self._now_ms()
        waits_s = max(
            wait_s(list(self._failures.get(key, ())), allowance=allowance, now_ms=now_ms)
            for key, allowance in keys.items()
        )
        if waits_s:
            raise Throttled(
                "too-many-attempts", f"Try again in {waits_s} seconds.", retry_after_s=waits_s
            )

    @contextmanager
    def attempt(self, keys: Keys, *, wrong: tuple[type[Exception], ...]) -> Iterator[None]:
        """An attempt, which counts from its beginning, so that many at once gain nothing; given
        back unless it ends in one of `wrong`. Raises Throttled `too-many-attempts`."""
        self.check(keys)
        at_ms = self.failed(keys)
        try:
            yield
        except wrong:
            raise
        except BaseException:
            self._give_back(keys, at_ms)
            raise
        self._give_back(keys, at_ms)

    def failed(self, keys: Keys) -> int:
        """The attempt was wrong; under what time it is counted."""
        at_ms = self._now_ms()
        for key, allowance in keys.items():
            failures = self._failures.setdefault(key, deque(maxlen=allowance.attempts))
            failures.append(at_ms)
            self._failures.move_to_end(key)
        while len(self._failures) > self._most_keys:
            self._failures.popitem(last=False)
        return at_ms

    def forgive(self, key: str) -> None:
        """What failed under this key is forgotten."""
        self._failures.pop(key, None)

    def _give_back(self, keys: Keys, at_ms: int) -> None:
        for key in keys:
            failures = self._failures.get(key, deque())
            with suppress(ValueError):
                failures.remove(at_ms)
            if not failures:
                self._failures.pop(key, None)

    def _now_ms(self) -> int:
        return int(self._clock.monotonic() * 1000)


def wait_s(failures_ms: list[int], *, allowance: Allowance, now_ms: int) -> int:
    """Seconds until another attempt is allowed, 0 when it is now. The failures rise in time."""
    window_ms = allowance.window_s * 1000
    recent = [at for at in failures_ms if at > now_ms - window_ms]
    if len(recent) < allowance.attempts:
        return 0
    return max(1, (recent[-allowance.attempts] + window_ms - now_ms) // 1000)


def network_of(address: str) -> str:
    """By what one sender is told apart: its IPv4 address, its IPv6 network, or the text."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(parsed), _NETWORK_BITS), strict=False))
