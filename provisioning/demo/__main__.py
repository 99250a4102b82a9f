"""`python -m provisioning.demo`. Ctrl-C ends it quietly from the first moment on."""

import signal
import sys
from types import FrameType

_INTERRUPTED = 130


def _end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what signal hands over
    sys.exit(_INTERRUPTED)


if __name__ == "__main__":
    # Until the event loop takes over, which is after a second or two of imports.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    import typer

    from provisioning.demo.command import demo

    typer.run(demo)
