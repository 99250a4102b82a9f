"""docs/reliability.md says what the tests show; every row is shown or left out with a reason."""

import textwrap

from tests.architecture.fault_matrix import (
    DOCUMENT,
    FAULTS,
    LEFT_OUT,
    Shown,
    all_shown,
    document,
    shown_in,
)

_TEST = '''
import pytest

@pytest.mark.slow
@pytest.mark.fault(9, "A, D")
async def test_a_cut():
    """Power is cut; the sale is there.

    More.
    """
'''


def test_a_marked_test_is_found_with_its_words() -> None:
    found = list(shown_in("tests/x/test_y.py", textwrap.dedent(_TEST)))
    assert found == [
        Shown(
            row=9,
            promises="AD",
            test="tests/x/test_y.py::test_a_cut",
            says="Power is cut; the sale is there.",
        )
    ]


def test_a_line_begins_with_its_rows_number() -> None:
    text = document(shown_in("tests/x/test_y.py", textwrap.dedent(_TEST)))
    assert "\n| 9 | Power is cut at any write to the disk | A, D | `tests/x" in text


def test_every_row_is_shown_or_left_out_with_a_reason() -> None:
    shown = {item.row for item in all_shown()}
    assert shown - set(FAULTS) == set()
    assert set(FAULTS) - shown - set(LEFT_OUT) == set()


def test_what_is_shown_is_not_said_to_be_left_out() -> None:
    assert {item.row for item in all_shown()} & set(LEFT_OUT) == set()


def test_every_marked_test_says_in_words_what_is_seen() -> None:
    assert [item.test for item in all_shown() if not item.says] == []


def test_the_document_is_what_the_tests_show() -> None:
    assert DOCUMENT.read_text() == document(all_shown())
