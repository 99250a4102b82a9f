import pytest

from edge_agent.kit.languages import preferred_language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("de", "en"),
        ("fr", "fr"),
        ("ar-DZ,fr;q=0.8", "ar"),
        ("de, FR-fr;q=0.5, ar;q=0.7", "ar"),
        ("fr;q=0, ar;q=0.1", "ar"),
        ("fr;q=x, ar;q=0.1", "ar"),
        ("fr;q=nan", "en"),
        (";;,,=", "en"),
        ("en;q=0.9," * 1000, "en"),
    ],
)
def test_the_best_of_three(header: str | None, language: str) -> None:
    assert preferred_language(header) == language
