"""What happened, in order: for people when a schedule fails, and as one hash to compare runs."""

from hashlib import sha256

from tests.simulation.virtual_time import now_ms

_KEPT = 20_000


class Trace:
    """Lines `minute:second.millis who what`. The digest covers every line, kept or not."""

    def __init__(self, *, kept: bool) -> None:
        self._kept = kept
        self._digest = sha256()
        self.lines: list[str] = []

    def note(self, who: str, what: str) -> None:
        """Something happened now."""
        line = f"{now_ms()} {who} {what}"
        self._digest.update(line.encode())
        if self._kept and len(self.lines) < _KEPT:
            seconds, ms = divmod(now_ms(), 1000)
            self.lines.append(f"{seconds // 60:3}:{seconds % 60:02}.{ms:03}  {who:<10} {what}")

    @property
    def digest(self) -> str:
        """Equal for two runs of one seed."""
        return self._digest.hexdigest()
