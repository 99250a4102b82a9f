"""Asks the running agent of a box to renew its certificate now.

By a file in the agent's folder: who can write there is who owns the box, and nobody on the shop's
network can ask.
"""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

from protocol.errors import Refused, Unavailable
from provisioning.box_configuration import read_configuration

REQUEST, RESULT = "renew-request", "renew-result"
_POLL_S = 0.2


def rotate(
    configuration: Path,
    *,
    request_id: str,
    timeout_s: float,
    monotonic_s: Callable[[], float] = time.monotonic,
) -> str:
    """What the agent says when the hub has welcomed it with the new certificate.

    Raises Refused `not-renewed` with the agent's reason, Unavailable `no-answer`, Malformed.
    """
    folder = read_configuration(configuration).data_dir
    request = folder / REQUEST
    _put(request, request_id)
    deadline = monotonic_s() + timeout_s
    while monotonic_s() < deadline:
        told = _result(folder / RESULT)
        if told.get("request") == request_id:
            if not told.get("ok"):
                raise Refused("not-renewed", str(told.get("message")))
            return str(told.get("message"))
        time.sleep(_POLL_S)
    taken = not request.exists()
    request.unlink(missing_ok=True)
    if taken:
        raise Unavailable(
            "no-answer",
            "The agent is at it, but the hub has not welcomed it with a new certificate in time."
            " The old one stays in force; the agent goes on trying. Run the doctor.",
        )
    raise Unavailable("no-answer", "No agent runs on this folder: start it, then try again.")


def _put(request: Path, request_id: str) -> None:
    fresh = request.with_name(f".{request.name}.new")
    try:
        fresh.write_text(request_id)
        os.replace(fresh, request)
    except OSError as error:
        raise Unavailable("folder", f"{request.parent} cannot be written: {error}") from error


def _result(path: Path) -> dict[str, object]:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
