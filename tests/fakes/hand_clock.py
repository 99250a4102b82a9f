"""A clock whose steady time moves only by hand; what time it is, the machine says."""

from hub.kit.clock import SystemClock


class HandClock(SystemClock):
    """Steady seconds stand where the hand left them."""

    seconds = 0.0

    def monotonic(self) -> float:
        """Where the hand left it."""
        return self.seconds
