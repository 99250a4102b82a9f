"""How much memory every program holds, sampled as long as they run."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

# Kind of program → the most that one of them may ever hold, in MiB.
CEILINGS_MIB = {
    "agent": 160,
    "serve": 400,
    "ingest": 400,
    "work": 400,
    "admission": 250,
    "broker": 200,
    "pooler": 60,
}
_KIB = 1024
_GROWTH = 1.5
_GROWTH_SLACK_MIB = 24


class Memory:
    """`sample` writes a line per kind; `faults` says what grew without end."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._samples: dict[str, list[float]] = defaultdict(list)
        file.write_text("second\tkind\tmost_mib\n")

    def sample(self, second: float, pids: Mapping[str, int]) -> None:
        """The most that one program of each kind holds now."""
        most: dict[str, float] = defaultdict(float)
        for name, pid in pids.items():
            kind = _kind(name)
            if kind is not None:
                most[kind] = max(most[kind], _resident_mib(pid))
        with self._file.open("a") as out:
            for kind, mib in sorted(most.items()):
                self._samples[kind].append(mib)
                out.write(f"{second:.0f}\t{kind}\t{mib:.1f}\n")

    def table(self) -> dict[str, tuple[float, float, float]]:
        """Kind → the most in the first, in the middle, and in the last third of the run, MiB."""
        return {kind: _thirds(samples) for kind, samples in sorted(self._samples.items())}

    def faults(self) -> list[str]:
        """Empty when every kind stayed under its ceiling and did not grow all the time."""
        found = []
        for kind, (first, middle, last) in self.table().items():
            if max(first, middle, last) > CEILINGS_MIB[kind]:
                found.append(f"{kind} held {max(first, middle, last):.0f} MiB")
            if last > _GROWTH * max(first, middle) + _GROWTH_SLACK_MIB:
                found.append(f"{kind} grew from {middle:.0f} to {last:.0f} MiB")
        return found


def _kind(name: str) -> str | None:
    if name.startswith("agent-"):
        return "agent"
    if name.startswith("hub-in-"):
        return "ingest"
    if name.startswith("work-"):
        return "work"
    return name if name in CEILINGS_MIB else None


def _resident_mib(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    found = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(found[0]) / _KIB if found else 0.0


def _thirds(samples: list[float]) -> tuple[float, float, float]:
    size = max(1, len(samples) // 3)
    return (
        max(samples[:size]),
        max(samples[size : 2 * size] or [0.0]),
        max(samples[2 * size :] or [0.0]),
    )
