"""What people may know of the sync: is there a hub, how far did it come, what went wrong lately."""

from collections import Counter, deque

from msgspec import Struct

# Enough to see a pattern; the log has them all.
_ALARMS_KEPT = 20


class AlarmSeen(Struct, frozen=True, kw_only=True):
    """An alarm and when it was raised, in Unix milliseconds."""

    code: str
    detail: str
    at_ms: int


class SyncStatus(Struct, frozen=True, kw_only=True):
    """A snapshot. `hub_offset_ms` = hub clock − ours, None before the first welcome.

    `hub_time_ms`: what the hub's clock said when it was last heard.
    """

    connected: bool
    welcomed: bool
    wanted: dict[str, int]
    last_ack_at_ms: int | None
    hub_offset_ms: int | None
    hub_time_ms: int | None
    dropped: dict[str, int]
    alarms: list[AlarmSeen]


class StatusBoard:
    """Where the shell notes what happens. Bounded."""

    def __init__(self) -> None:
        self.connected = False
        self.welcomed = False
        self.wanted: dict[str, int] = {}
        self.last_ack_at_ms: int | None = None
        self.hub_offset_ms: int | None = None
        self.hub_time_ms: int | None = None
        self._dropped: Counter[str] = Counter()
        self._alarms: deque[AlarmSeen] = deque(maxlen=_ALARMS_KEPT)

    def dropped(self, code: str) -> None:
        """A message could not be read and was dropped. `code` is one of ours, hence few."""
        self._dropped[code] += 1

    def alarm(self, code: str, detail: str, *, at_ms: int) -> None:
        """Note an alarm."""
        self._alarms.append(AlarmSeen(code=code, detail=detail, at_ms=at_ms))

    def snapshot(self) -> SyncStatus:
        """What to show."""
        return SyncStatus(
            connected=self.connected,
            welcomed=self.welcomed,
            wanted=dict(self.wanted),
            last_ack_at_ms=self.last_ack_at_ms,
            hub_offset_ms=self.hub_offset_ms,
            hub_time_ms=self.hub_time_ms,
            dropped=dict(self._dropped),
            alarms=list(self._alarms),
        )
