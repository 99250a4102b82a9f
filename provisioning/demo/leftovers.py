"""Programs that an earlier launcher left running, found beyond doubt and ended.

A pid alone proves nothing after a while: a record keeps start time and boot beside it.
"""

import json
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from protocol.errors import Unavailable

_POLL_S = 0.02


def write_record(record: Path, *, pid: int) -> None:
    """Notes which program runs, so that the next launcher recognises it beyond doubt."""
    noted = {"pid": pid, "started": _start_ticks(pid), "boot": _boot_id()}
    fresh = record.with_suffix(".new")
    fresh.write_text(json.dumps(noted))
    fresh.replace(record)


def end_leftovers(record_dir: Path, *, timeout_s: float = 10.0) -> list[str]:
    """Ends every program recorded in the folder that still runs; returns their names."""
    records = sorted(record_dir.glob("*.pid"))
    return [one.stem for one in records if end_leftover(one, timeout_s=timeout_s)]


def end_leftover(record: Path, *, timeout_s: float) -> bool:
    """Ends the recorded program and its session if it still runs; True when something was ended."""
    try:
        noted = json.loads(record.read_text())
        pid, started, boot = int(noted["pid"]), noted["started"], noted["boot"]
    except FileNotFoundError:
        return False
    except (ValueError, KeyError, TypeError):
        record.unlink(missing_ok=True)
        return False
    leader = _start_ticks(pid)
    ours = boot == _boot_id() and leader in (None, started)
    found = ours and end_pids(lambda: _session_members(pid), timeout_s=timeout_s)
    record.unlink(missing_ok=True)
    return found


def end_pids(
    find: Callable[[], list[int]], *, timeout_s: float, first: signal.Signals = signal.SIGTERM
) -> bool:
    """Ends all that `find` keeps naming: `first`, and after `timeout_s` SIGKILL.

    True when there was anything. Raises Unavailable when something survives SIGKILL as long again.
    """
    found = False
    for number in (first, signal.SIGKILL):
        deadline = time.monotonic() + timeout_s
        told: set[int] = set()
        while time.monotonic() < deadline:
            pids = find()
            if not pids:
                return found
            found = True
            for pid in set(pids) - told:
                told.add(pid)
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
            time.sleep(_POLL_S)
    raise Unavailable("leftover-stuck", f"These programs cannot be ended: {find()}.")


def _session_members(session: int) -> list[int]:
    return [pid for pid in all_pids() if _stat_field(pid, 3) == session]


def all_pids() -> list[int]:
    """Every pid that /proc shows."""
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _start_ticks(pid: int) -> int | None:
    return _stat_field(pid, 19)


def _stat_field(pid: int, index: int) -> int | None:
    """A field of /proc/PID/stat counted from the state, which is 0; None when gone or a zombie."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if after_name[0] in "ZX" else int(after_name[index])


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
