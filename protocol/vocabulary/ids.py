"""UUIDv7 (RFC 9562) from an injected clock and injected randomness, and a device's partition.

The file's law: ids are unique by their 74 random bits; their time is a courtesy to indexes and
people, never an order to rely on (DESIGN §4: no cursor runs over ids).
"""

from collections.abc import Callable
from uuid import UUID
from zlib import crc32

from protocol.errors import Malformed

PARTITIONS = 64
MAX_TIME_MS = (1 << 48) - 1
# A clock set back further than this was wrong before: follow it instead of the last id.
MAX_SETBACK_MS = 10_000

_RANDOM_BITS = 74
_RANDOM_MASK = (1 << _RANDOM_BITS) - 1


def uuid7(time_ms: int, random_bits: int) -> UUID:
    """The id of a Unix time in milliseconds and 74 random bits. Malformed if either is outside."""
    if not 0 <= time_ms <= MAX_TIME_MS or not 0 <= random_bits <= _RANDOM_MASK:
        raise Malformed("uuid7-range", "Give 48 bits of milliseconds and 74 bits of randomness.")
    high, low = random_bits >> 62, random_bits & ((1 << 62) - 1)
    return UUID(int=time_ms << 80 | 7 << 76 | high << 64 | 2 << 62 | low)


def time_ms_of(identifier: UUID) -> int:
    """The Unix milliseconds in a UUIDv7; Malformed `not-a-uuid7` for any other UUID."""
    if identifier.version != 7:
        raise Malformed("not-a-uuid7", "Make ids as UUID version 7.")
    return identifier.int >> 80


def partition_of(device_id: UUID) -> int:
    """Which of the 64 partitions a device's topics belong to: crc32 of its canonical text."""
    return crc32(str(device_id).encode("ascii")) % PARTITIONS


class Uuid7Source:
    """Makes rising ids: within one millisecond, or when the clock steps back a little, the next id
    is the last one plus a random step. Not thread-safe: give each thread its own.

    `clock_ms`: Unix time in milliseconds. `random_bytes(n)`: n unpredictable bytes.
    """

    def __init__(self, clock_ms: Callable[[], int], random_bytes: Callable[[int], bytes]) -> None:
        self._clock_ms = clock_ms
        self._random_bytes = random_bytes
        self._time_ms = -1
        self._random_bits = 0

    def next(self) -> UUID:
        """A new id, greater than the one before unless the clock was set back by over 10 s."""
        now_ms = self._clock_ms()
        if now_ms > self._time_ms or now_ms < self._time_ms - MAX_SETBACK_MS:
            self._start(now_ms)
        else:
            self._random_bits += 1 + int.from_bytes(self._random_bytes(4), "big")
            if self._random_bits > _RANDOM_MASK:
                self._start(self._time_ms + 1)
        return uuid7(self._time_ms, self._random_bits)

    def _start(self, time_ms: int) -> None:
        self._time_ms = time_ms
        self._random_bits = int.from_bytes(self._random_bytes(10), "big") & _RANDOM_MASK
