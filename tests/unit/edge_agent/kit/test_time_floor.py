from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge_agent.kit.time_floor import FILENAME, TimeFloor

NOW = datetime(2026, 11, 23, tzinfo=UTC)
LIMIT = NOW + timedelta(days=90)


@pytest.mark.fault(26, "E")
def test_the_floor_only_rises_and_outlives_the_agent(tmp_path: Path) -> None:
    """What the hub once said stays known over restarts, whatever the box's own clock says."""
    floor = TimeFloor(tmp_path)
    assert floor.at is None
    floor.raise_to(NOW, limit=LIMIT)
    floor.raise_to(NOW - timedelta(days=9), limit=LIMIT)
    assert floor.at == TimeFloor(tmp_path).at == NOW


def test_the_card_is_not_written_for_every_ack(tmp_path: Path) -> None:
    floor = TimeFloor(tmp_path)
    floor.raise_to(NOW, limit=LIMIT)
    written = (tmp_path / FILENAME).stat().st_ino
    floor.raise_to(NOW + timedelta(minutes=59), limit=LIMIT)
    assert (tmp_path / FILENAME).stat().st_ino == written
    floor.raise_to(NOW + timedelta(hours=1), limit=LIMIT)
    assert TimeFloor(tmp_path).at == NOW + timedelta(hours=1)


def test_a_hub_years_ahead_cannot_carry_it_beyond_our_certificate(tmp_path: Path) -> None:
    TimeFloor(tmp_path).raise_to(NOW + timedelta(days=3650), limit=LIMIT)
    assert TimeFloor(tmp_path).at == LIMIT


@pytest.mark.parametrize("text", ["", "soon", "9" * 40])
def test_a_torn_file_is_no_floor(tmp_path: Path, text: str) -> None:
    (tmp_path / FILENAME).write_text(text)
    assert TimeFloor(tmp_path).at is None
