"""No line is wider than its paper, nothing is lost, amounts stay whole."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.documents.escpos import ColumnMeasure
from protocol.documents.flow import block_lines, flow
from protocol.documents.fonts import DotMeasure
from protocol.documents.layout import (
    CLOSE,
    ISOLATES,
    RIGHT_TO_LEFT,
    Align,
    Block,
    Column,
    Cut,
    Feed,
    Pair,
    Paper,
    Sides,
    Size,
    Table,
    Text,
    Together,
    printable,
)
from protocol.documents.lines import CutLine, Face, FeedLine, Line, Measure, TextLine
from protocol.documents.pdf import PageMeasure
from protocol.documents.wrapping import wrap

NARROW = ColumnMeasure(width=32)
MEASURES: list[Measure] = [NARROW, ColumnMeasure(width=48), DotMeasure(width=384), PageMeasure()]
LETTERS = "ab cdé ÀŒ€ 12,5\u202f\t\x00أب جد\u0651لا\u2067\u2069漢\U0001f600"
TEXTS = st.one_of(st.text(alphabet=LETTERS, max_size=60), st.text(max_size=30))
AMOUNTS = st.integers(-(10**12), 10**12).map(lambda minor: f"{minor / 100:,.2f}")


def shown(lines: Iterator[Line] | list[Line]) -> list[str]:
    """Each line's text in the order it lies on the paper."""
    return [
        " ".join(span.text for span in line.spans) for line in lines if isinstance(line, TextLine)
    ]


def of(block: Block, measure: Measure = NARROW, *, rtl: bool = False) -> list[str]:
    return shown(block_lines(block, measure, rtl=rtl))


def assert_fits(lines: list[Line], measure: Measure) -> None:
    for line in lines:
        if not isinstance(line, TextLine):
            continue
        edge = 0
        for span in line.spans:
            face = span.face or line.face
            assert measure.text_width(span.text, face) <= span.width
            assert edge <= span.x
            edge = span.x + span.width
        assert edge <= measure.width


def letters(text: str) -> str:
    return re.sub(f"[ {''.join(ISOLATES)}]", "", printable(text))


@pytest.mark.parametrize("measure", MEASURES, ids=lambda one: f"{type(one).__name__}-{one.width}")
@given(
    label=TEXTS,
    amount=AMOUNTS,
    cells=st.lists(st.tuples(TEXTS, AMOUNTS, AMOUNTS), min_size=1, max_size=3),
    size=st.sampled_from(["small", "normal", "large", "huge"]),
    align=st.sampled_from(["start", "center", "end"]),
    rtl=st.booleans(),
    indent=st.booleans(),
)
def test_any_text_fits_and_nothing_is_lost(
    measure: Measure,
    label: str,
    amount: str,
    cells: list[tuple[str, str, str]],
    size: Size,
    align: Align,
    rtl: bool,
    indent: bool,
) -> None:
    table = Table(
        columns=(
            Column(heading="Désignation"),
            Column(heading="Prix unitaire", figures=True),
            Column(heading="Montant", figures=True),
        ),
        rows=tuple(cells),
    )
    pair = Pair(label=label, amount=amount, size=size, indent=indent)
    text = Text(text=label, size=size, align=align, bold=True)
    sides = Sides(start=(text, pair), end=(pair,))
    for block in (text, pair, table, sides):
        lines = list(block_lines(block, measure, rtl=rtl))
        assert_fits(lines, measure)
        spans = {one.text for line in lines if isinstance(line, TextLine) for one in line.spans}
        if block is table:
            assert {figure for _, *figures in cells for figure in figures} <= spans
        elif block is not text:
            assert amount in spans
    read = "".join(wrap(label, Face(size=size), measure, width=measure.width))
    assert letters(read) == letters(label)


def test_text_wraps_between_words() -> None:
    long = Text(text="un deux trois quatre cinq six sept huit neuf")
    assert of(long) == ["un deux trois quatre cinq six", "sept huit neuf"]
    assert of(Text(text="a" * 70)) == ["a" * 32, "a" * 32, "a" * 6]
    assert of(Text(text="é\u0301" * 20)) == ["é\u0301" * 16, "é\u0301" * 4]
    assert of(Text(text=f"{'a' * 31}\u0301\u0301b")) == ["a" * 30, "a\u0301\u0301b"]
    assert of(Text(text="")) == [""]


def test_an_isolate_over_a_break_is_closed_and_opened_again() -> None:
    phrase = f"x {RIGHT_TO_LEFT}{'أب ' * 20}{CLOSE}"
    pieces = wrap(phrase, Face(), NARROW, width=32)
    assert len(pieces) > 1
    for piece in pieces:
        assert piece.count(RIGHT_TO_LEFT) == piece.count(CLOSE)
    assert pieces[1].startswith(RIGHT_TO_LEFT)


@pytest.mark.parametrize(
    ("block", "lines"),
    [
        (Pair(label="Total", amount="12,00"), ["Total 12,00"]),
        (Pair(label="Remise fidélité du mois de novembre", amount="-1 200,00"),
         ["Remise fidélité du", "mois de novembre -1 200,00"]),
        (Pair(label="Client", amount="Établissements Ben Mohamed et fils"),
         ["Client", "Établissements Ben Mohamed et", "fils"]),
        (Pair(label="Total (DA)", amount="181 870,00", size="large"),
         ["Total (DA)", "181 870,00"]),
        (Pair(label="Total", amount="10 000 000 000,00", size="large"),
         ["Total 10 000 000 000,00"]),
        (Pair(label="Total", amount="1 234,00", size="huge"), ["Total", "1 234,00"]),
        (Pair(label="", amount="5"), ["5"]),
    ],
)  # fmt: skip
def test_an_amount_stays_whole(block: Pair, lines: list[str]) -> None:
    assert of(block) == lines


def test_amounts_stand_at_the_end_of_reading() -> None:
    (line,) = block_lines(Pair(label="Total", amount="12,00", indent=True), NARROW, rtl=False)
    assert isinstance(line, TextLine)
    assert [(one.x, one.text) for one in line.spans] == [(2, "Total"), (27, "12,00")]
    (line,) = block_lines(Pair(label="Total", amount="12,00"), NARROW, rtl=True)
    assert isinstance(line, TextLine)
    assert [(one.x, one.text) for one in line.spans] == [(5, "12,00"), (27, "Total")]
    (line,) = block_lines(Pair(label="Total", amount="10 000 000,00"), NARROW, rtl=True)
    assert isinstance(line, TextLine)
    assert line.spans[0].x == 0
    (line,) = block_lines(Text(text="abcd", align="center"), NARROW, rtl=True)
    assert isinstance(line, TextLine)
    assert line.spans[0].x == 14


TABLE = Table(
    columns=(
        Column(heading="Taux"),
        Column(heading="Base", figures=True),
        Column(heading="TVA", figures=True),
    ),
    rows=(("19 %", "100,00", "19,00"), ("Exonéré", "7,00", "")),
)


def test_a_table_stands_in_columns() -> None:
    assert of(TABLE) == ["Taux Base TVA", "19 % 100,00 19,00", "Exonéré 7,00"]
    assert of(TABLE, rtl=True) == ["TVA Base Taux", "19,00 100,00 19 %", "7,00 Exonéré"]


def test_a_table_on_a_narrow_paper_is_stacked() -> None:
    assert of(TABLE, ColumnMeasure(width=18)) == [
        *("19 %", "Base 100,00", "TVA 19,00"),
        *("Exonéré", "Base 7,00"),
    ]


def test_stacked_figures_are_indented_on_the_side_of_reading() -> None:
    narrow = ColumnMeasure(width=18)
    _, base, *_ = block_lines(TABLE, narrow, rtl=False)
    assert isinstance(base, TextLine)
    assert [one.x for one in base.spans] == [2, 12]
    _, turned, amount, *_ = block_lines(TABLE, narrow, rtl=True)
    assert isinstance(turned, TextLine)
    assert isinstance(amount, TextLine)
    assert [(one.x, one.text) for one in turned.spans] == [(12, "Base")]
    assert [(one.x, one.text) for one in amount.spans] == [(4, "100,00")]


def test_a_table_of_figures_needs_no_text() -> None:
    figures = Table(columns=TABLE.columns[1:], rows=(("1", "2"),))
    assert of(figures) == ["Base TVA", "1 2"]
    empty = Table(columns=TABLE.columns, rows=())
    assert of(empty) == ["Taux Base TVA"]


def test_halves_stand_beside_each_other_on_a_page() -> None:
    sides = Sides(
        start=(Text(text="Vendeur", bold=True), Text(text="Alger")),
        end=(Text(text="Facture", size="large"),),
    )
    first, second = block_lines(sides, PageMeasure(), rtl=False)
    assert isinstance(first, TextLine)
    assert isinstance(second, TextLine)
    assert [one.text for one in first.spans] == ["Vendeur", "Facture"]
    assert first.face.size == "large"
    assert [one.face for one in first.spans] == [Face(bold=True), Face(size="large")]
    assert [one.text for one in second.spans] == ["Alger"]
    assert of(sides) == ["Vendeur", "Alger", "Facture"]


def test_blocks_that_stay_together_are_laid_out_like_others() -> None:
    inner = (Text(text="a"), Feed(lines=2), Text(text="b"))
    paper = Paper(title="", blocks=(Together(blocks=inner), Cut()))
    lines = list(flow(paper, NARROW))
    assert shown(lines) == ["a", "b"]
    assert lines[1] == FeedLine(lines=2)
    assert lines[-1] == CutLine()
