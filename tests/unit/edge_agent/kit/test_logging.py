import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from edge_agent.kit.logging import configure_logging


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def test_one_json_object_a_line_from_all_loggers() -> None:
    stream = io.StringIO()
    configure_logging("info", stream=stream)
    with structlog.contextvars.bound_contextvars(trace_id="ab"):
        structlog.get_logger("ours").info("sold", store="حانوت")
        logging.getLogger("theirs").warning("slow %s", "disk")
    structlog.get_logger("ours").debug("unseen")
    ours, theirs = map(json.loads, stream.getvalue().splitlines())
    assert (ours["event"], ours["store"], ours["trace_id"]) == ("sold", "حانوت", "ab")
    assert (theirs["event"], theirs["level"], theirs["logger"]) == (
        "slow disk",
        "warning",
        "theirs",
    )
    assert "حانوت" in stream.getvalue()


def test_an_exception_stays_on_its_line() -> None:
    stream = io.StringIO()
    configure_logging("info", stream=stream)
    try:
        raise ValueError("broken")
    except ValueError:
        structlog.get_logger("ours").exception("failed")
    [line] = stream.getvalue().splitlines()
    assert "broken" in json.loads(line)["exception"][0]["exc_value"]


def test_a_traceback_says_where_and_never_what_was_in_the_variables() -> None:
    stream = io.StringIO()
    configure_logging(stream=stream)
    pin = "2580-secret"
    try:
        raise ValueError(f"length {len(pin)}")
    except ValueError:
        structlog.get_logger("test").exception("sign_in_crashed")
    assert "test_logging" in stream.getvalue()
    assert pin not in stream.getvalue()
