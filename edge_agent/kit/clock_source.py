"""Who sets this machine's wall clock: what it says is worth as much.

Named as on the wire: `ntp` (the kernel says that something keeps it right), `rtc` (a battery kept
it through the last power cut), `unsync` (it began anew, or nobody knows).
"""

import ctypes
from collections.abc import Callable
from pathlib import Path
from typing import Literal

ClockSource = Literal["ntp", "rtc", "unsync"]

_RTC = Path("/sys/class/rtc/rtc0/time")
# <sys/timex.h>: what adjtimex answers while the clock is not kept right.
_TIME_ERROR = 5
# Over the size of struct timex on every machine; all zeros only ask.
_TIMEX_BYTES = 512


def clock_source(kernel_state: Callable[[], int] | None = None, *, rtc: Path = _RTC) -> ClockSource:
    """As of now. `kernel_state`: what adjtimex answers; negative where it cannot be asked."""
    state = (kernel_state or _kernel_state)()
    if 0 <= state < _TIME_ERROR:
        return "ntp"
    return "rtc" if rtc.exists() else "unsync"


def _kernel_state() -> int:
    try:
        ask = ctypes.CDLL(None, use_errno=True).adjtimex
    except (AttributeError, OSError):  # no Linux
        return -1
    return int(ask(ctypes.create_string_buffer(_TIMEX_BYTES)))
