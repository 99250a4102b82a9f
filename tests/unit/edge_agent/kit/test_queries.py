from pathlib import Path

import pytest

from edge_agent.kit.queries import load_queries


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / f"sql_of_{tmp_path.name}"  # Imported names outlive a test.
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    return folder


def test_queries_by_name(package: Path) -> None:
    (package / "queries.sql").write_text(
        "-- What this is.\n\n-- name: one\nSELECT 1;\n\n-- name: two\n-- Why.\nSELECT\n    2;\n"
    )
    queries = load_queries(package.name)
    assert dict(queries) == {"one": "SELECT 1", "two": "-- Why.\nSELECT\n    2"}


@pytest.mark.parametrize(
    "text", ["-- name: one\nSELECT 1;\n-- name: one\nSELECT 2;", "-- name: one\n"]
)
def test_a_name_means_one_query(package: Path, text: str) -> None:
    (package / "queries.sql").write_text(text)
    with pytest.raises(ValueError, match="one"):
        load_queries(package.name)
