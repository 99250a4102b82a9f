"""Named SQL files."""

import sys
from pathlib import Path

import pytest

from hub.kit.queries import load_queries


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "some_slice"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    sys.modules.pop("some_slice", None)
    return folder / "queries.sql"


def test_queries_by_name(package: Path) -> None:
    package.write_text(
        "-- what it is\n-- name: one\nselect 1;\n\n-- name: two\n-- why\nselect\n 2\n"
    )
    assert load_queries("some_slice") == {"one": "select 1", "two": "-- why\nselect\n 2"}


@pytest.mark.parametrize(
    "text", ["-- name: a\nselect 1\n-- name: a\nselect 2", "-- name: a\n-- name: b\nselect 1"]
)
def test_a_name_twice_or_without_query_is_an_error(package: Path, text: str) -> None:
    package.write_text(text)
    with pytest.raises(ValueError, match="empty or there twice"):
        load_queries("some_slice")
