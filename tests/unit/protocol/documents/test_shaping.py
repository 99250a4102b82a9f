"""Glyphs for pages: joined, in order, none without its text."""

from protocol.documents.layout import isolated
from protocol.documents.shaping import own_advance, shape, subset


def text_of(line: str) -> str:
    return "".join(one.text for one in shape(line, bold=False))


def test_latin_reads_as_it_is_written() -> None:
    glyphs = shape("Été 12", bold=False)
    assert [one.text for one in glyphs] == list("Été 12")
    assert all(one.advance == own_advance(one.number, bold=False) for one in glyphs)
    assert shape("", bold=False) == ()


def test_arabic_is_joined_and_comes_from_the_left_last_letter_first() -> None:
    alone = {one.number for letter in "بيت" for one in shape(letter, bold=False)}
    joined = shape("بيت", bold=False)
    assert {one.number for one in joined}.isdisjoint(alone)
    assert [one.text for one in joined] == list("تيب")


def test_numbers_run_to_the_right_among_arabic() -> None:
    assert text_of("أب 1\u202f234,50") == "1\u202f234,50 بأ"
    assert text_of(f"Total / {isolated('أب 5', rtl=True)}") == "Total / 5 بأ"
    assert text_of(isolated("ab", rtl=False)) == "ab"


def test_brackets_face_the_way_of_their_script() -> None:
    latin = shape("(", bold=False)[0].number
    arabic = shape("أ(ب", bold=False)[1].number
    assert latin != arabic


def test_marks_stand_on_their_letter() -> None:
    placed = shape("بَّ", bold=True)
    assert any(one.x_offset or one.y_offset for one in placed)
    assert sum(one.advance > 0 for one in placed) == 1
    assert "".join(one.text for one in placed) == "بَّ"


def test_a_subset_is_a_fraction_of_the_font_and_the_same_each_time() -> None:
    glyphs = frozenset(one.number for one in shape("Total 12,50", bold=False))
    font = subset(glyphs, bold=False)
    assert font[:4] == b"\x00\x01\x00\x00"
    assert len(font) < 60_000
    assert font == subset(glyphs, bold=False)
