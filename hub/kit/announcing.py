"""How a program says that it is ready."""

import json
import sys


def announce_ready(url: str | None) -> None:
    """One JSON line on standard output, for whoever started the program; no URL: none is served."""
    sys.stdout.write(json.dumps({"event": "ready", "url": url}) + "\n")
    sys.stdout.flush()
