"""What time it is at the hub, and so whether a command comes too late.

The shop's own clock may be years off: the hub's word is kept against the monotonic one.
"""

from protocol.messages.sync import Command
from protocol.session.outputs import HubClock, RunCommand


class HubTime:
    """`heard` with every welcome and ack; `run` only after the first."""

    def __init__(self) -> None:
        self._ahead_ms = 0

    def heard(self, hub_time_ms: int, now_ms: int) -> HubClock:
        """The hub said what time it is there."""
        self._ahead_ms = hub_time_ms - now_ms
        return HubClock(hub_time_ms)

    def run(self, command: Command, now_ms: int) -> RunCommand:
        """What to do with a command that came now."""
        return RunCommand(command=command, late=now_ms + self._ahead_ms > command.not_after_ms)
