"""Bytes that a printer understands, of any text, for every printer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.documents.amounts import money
from protocol.documents.escpos import to_escpos
from protocol.documents.layout import (
    Barcode,
    Block,
    Cut,
    Feed,
    Pair,
    Paper,
    QrCode,
    Rule,
    Size,
    Text,
)
from protocol.documents.printers import PRINTERS, PrinterProfile, printer
from protocol.documents.receipt import receipt
from tests.unit.protocol.documents.examples import context, line, sale
from tests.unit.protocol.documents.reading import printed

WIDE, NARROW = printer("TM-T20III"), printer("generic-58")


def paper(*blocks: Block, rtl: bool = False) -> Paper:
    return Paper(title="", blocks=blocks, rtl=rtl)


def test_letters_of_the_code_page_go_as_letters() -> None:
    stream = to_escpos(paper(Text(text="Été à 5 €"), Rule(), Rule(double=True), Cut()), WIDE)
    assert stream == (
        b"\x1b@\x1bt\x13" + "Été à 5 €\n".encode("cp858") + b"-" * 48 + b"\n" + b"=" * 48 + b"\n"
        b"\x1dVA\x00"
    )


def test_typography_becomes_the_printers_own() -> None:
    stream = to_escpos(paper(Text(text="l\u2019été \u2013 1\u202f234,00\u00a0DA \u2026")), WIDE)
    assert printed(stream, WIDE).lines[0] == "l'été - 1 234,00 DA ..."


def test_large_and_bold_letters_are_switched_on_and_off() -> None:
    stream = to_escpos(paper(Pair(label="T", amount="9", bold=True, size="large")), NARROW)
    body = stream.removeprefix(b"\x1b@\x1c.\x1bt\x13")
    assert body == b"\x1bE\x01\x1d!\x11T" + b" " * 14 + b"9\n\x1d!\x00\x1bE\x00"


def test_a_printer_without_cutter_feeds_to_the_edge() -> None:
    assert to_escpos(paper(Text(text="a"), Cut()), NARROW).endswith(b"a\n\n\n\n\n")


def test_what_the_code_page_lacks_goes_as_dots_on_the_same_paper() -> None:
    blocks = (Text(text="Pain"), Text(text="خبز"), Text(text="Œuf"), Text(text="Lait"))
    stream = to_escpos(paper(*blocks, Feed()), WIDE)
    read = printed(stream, WIDE)
    assert [one for one in read.lines if one] == ["Pain", "Lait"]
    assert len(read.rasters) == 1
    assert stream.count(b"\x1bt\x13") == 2
    with_oe = printer("TM-m30III")
    assert printed(to_escpos(paper(Text(text="Œuf")), with_oe), with_oe).rasters == []


def test_pictures_come_in_slices() -> None:
    long = paper(*[Text(text="سطر") for _ in range(30)])
    read = printed(to_escpos(long, WIDE), WIDE)
    *full, last = [rows for _, rows in read.rasters]
    assert full == [255, 255, 255]
    assert 0 < last < 255


def test_symbols_are_dots() -> None:
    read = printed(
        to_escpos(paper(Barcode(content="C1-1-000001"), QrCode(content="x")), WIDE), WIDE
    )
    assert read.rasters
    assert read.lines == [""]


def test_a_printer_of_pictures_gets_nothing_else() -> None:
    pictures = printer("pictures-80")
    stream = to_escpos(paper(Text(text="a"), Cut(), Text(text="b"), Cut()), pictures)
    read = printed(stream, pictures)
    assert (len(read.rasters), read.cuts, read.lines) == (2, 2, [""])


@pytest.mark.parametrize("profile", PRINTERS, ids=lambda one: one.name)
@pytest.mark.parametrize("languages", [("fr",), ("ar",), ("fr", "ar")], ids="-".join)
def test_every_printer_prints_a_receipt(
    profile: PrinterProfile, languages: tuple[str, ...]
) -> None:
    made = receipt(sale(arabic=languages[0] == "ar"), context=context(*languages))
    read = printed(to_escpos(made, profile), profile)
    assert read.cuts == (1 if profile.cuts else 0)
    assert read.rasters


@given(
    text=st.text(max_size=80),
    amount_minor=st.integers(-(10**12), 10**12),
    narrow=st.booleans(),
    size=st.sampled_from(["normal", "large", "huge"]),
    rtl=st.booleans(),
)
def test_any_text_is_printed_in_known_commands(
    text: str, amount_minor: int, narrow: bool, size: Size, rtl: bool
) -> None:
    profile = NARROW if narrow else WIDE
    blocks = (Text(text=text, size=size), Pair(label=text, amount="1", size=size))
    printed(to_escpos(paper(*blocks, rtl=rtl), profile), profile)
    amount = money(amount_minor, "DZD", "fr")
    whole = to_escpos(paper(Pair(label="Net", amount=amount, size=size), rtl=rtl), profile)
    assert any(amount.replace("\u202f", " ") in one for one in printed(whole, profile).lines)


@given(
    prices=st.lists(st.integers(0, 10**12), min_size=1, max_size=5),
    names=st.lists(st.text(max_size=60), min_size=5, max_size=5),
)
def test_every_amount_of_a_receipt_is_whole(prices: list[int], names: list[str]) -> None:
    """Names that need dots take no amount with them: those stand on lines of their own."""
    lines = [
        line(at, name, unit_price_minor=price, gross_minor=price, amount_minor=price)
        for at, (price, name) in enumerate(zip(prices, names, strict=False), start=1)
    ]
    made = receipt(sale(lines=lines, discounts=[]), context=context("fr"))
    for profile in (NARROW, WIDE):
        on_paper = " ".join(printed(to_escpos(made, profile), profile).lines)
        for price in prices:
            assert money(price, "DZD", "fr").replace("\u202f", " ") in on_paper
