"""When the edge tries again. Waits are drawn, so that a street's shops do not come back as one."""

from random import Random

from msgspec import Struct


class Timing(Struct, frozen=True, kw_only=True):
    """Milliseconds. Defaults are the sync reference's; tests and the demo wait less.

    `silence_ms`: after so long without an ack a shop that owes nothing asks where the hub stands.
    """

    linger_ms: int = 250
    answer_initial_ms: int = 10_000
    answer_max_ms: int = 300_000
    silence_ms: int = 900_000
    clone_wait_ms: int = 300_000


def backoff_ms(rng: Random, *, attempt: int, initial_ms: int, max_ms: int) -> int:
    """The wait before repetition `attempt` (0 = the first): exponential, full jitter.

    Drawn from [ceiling/10, ceiling]: never zero, else an unlucky draw would hammer the hub.
    """
    ceiling = min(max_ms, initial_ms << min(attempt, 30))
    return rng.randint(max(1, ceiling // 10), ceiling)
