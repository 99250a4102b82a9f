"""The demo where Mosquitto is not and cannot be installed: it sells over NATS (DESIGN §2.1)."""

from pathlib import Path

import pytest

from tests.spine.demo_run import demo_run, left_running, without_mosquitto

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
_TICKETS = 36


def test_it_falls_back_and_its_books_agree(tmp_path: Path) -> None:
    """Link, agent and the broker itself fail on the way, as they may on Mosquitto."""
    folder = tmp_path / "folder"
    arguments = ("--once", "--sales", str(_TICKETS), "--seed", "7", "--outages", "2")
    with demo_run(folder, *arguments, wrapper=without_mosquitto()) as run:
        code, lines = run.finish()
        assert (code, len(lines)) == (0, 1), run.log_tail()
    (line,) = lines
    assert line["ok"] is True
    assert (line["sales_accepted"], line["sales_at_hub"]) == (_TICKETS, _TICKETS)
    assert line["gross_minor_accepted"] == line["gross_minor_at_hub"]
    assert (folder / "nats").is_dir()
    assert not (folder / "mosquitto").exists()
    assert left_running(folder) == []
