"""How failed sign-ins slow the next ones down: per person and address, per person, per address.

In this process only, in bounded memory: when full, the key that was longest quiet is forgotten.
"""

from collections import OrderedDict, deque

from hub.identity import rules
from hub.identity.models import Caller
from hub.kit.clock import Clock
from protocol.errors import Throttled

_MOST_KEYS = 20_000


class SignInThrottle:
    """Counts failures; success forgives the person at that address."""

    def __init__(self, clock: Clock, *, most_keys: int = _MOST_KEYS) -> None:
        self._clock = clock
        self._most_keys = most_keys
        self._failures: OrderedDict[str, deque[int]] = OrderedDict()

    @property
    def key_count(self) -> int:
        """How many keys are remembered."""
        return len(self._failures)

    def check(self, email: str, caller: Caller) -> None:
        """Raises Throttled `too-many-attempts` while another attempt is not allowed."""
        now_ms = int(self._clock.monotonic() * 1000)
        wait_s = max(
            rules.wait_s(list(self._failures.get(key, ())), allowance=allowance, now_ms=now_ms)
            for key, allowance in _keys(email, caller)
        )
        if wait_s:
            raise Throttled(
                "too-many-attempts", f"Try again in {wait_s} seconds.", retry_after_s=wait_s
            )

    def failed(self, email: str, caller: Caller) -> None:
        """The password was wrong."""
        now_ms = int(self._clock.monotonic() * 1000)
        for key, allowance in _keys(email, caller):
            failures = self._failures.setdefault(key, deque(maxlen=allowance.attempts))
            failures.append(now_ms)
            self._failures.move_to_end(key)
        while len(self._failures) > self._most_keys:
            self._failures.popitem(last=False)

    def succeeded(self, email: str, caller: Caller) -> None:
        """The password was right."""
        (key, _), *_others = _keys(email, caller)
        self._failures.pop(key, None)


def _keys(email: str, caller: Caller) -> list[tuple[str, rules.Allowance]]:
    return [
        (f"both {email} {caller.address}", rules.PERSON_AND_ADDRESS),
        (f"person {email}", rules.PERSON),
        (f"address {caller.address}", rules.ADDRESS),
    ]
