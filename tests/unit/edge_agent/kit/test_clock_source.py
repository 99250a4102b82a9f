"""Who sets this machine's clock."""

from pathlib import Path

import pytest

from edge_agent.kit.clock_source import clock_source


@pytest.mark.parametrize(
    ("kernel_state", "battery", "source"),
    [
        (0, True, "ntp"),
        (0, False, "ntp"),
        (1, False, "ntp"),  # a leap second is announced
        (5, True, "rtc"),
        (5, False, "unsync"),
        (-1, True, "rtc"),
        (-1, False, "unsync"),
    ],
)
def test_it_is_named_as_on_the_wire(
    kernel_state: int, battery: bool, source: str, tmp_path: Path
) -> None:
    rtc = tmp_path / "time"
    if battery:
        rtc.touch()
    assert clock_source(lambda: kernel_state, rtc=rtc) == source


def test_this_machine_answers() -> None:
    assert clock_source() in ("ntp", "rtc", "unsync")
