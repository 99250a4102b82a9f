"""Pages opened by another program: their text, their sums, their letters in place."""

import re
from io import BytesIO

import msgspec
import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageStat

from protocol.documents.invoice import Named, invoice
from protocol.documents.layout import (
    Barcode,
    Block,
    Carried,
    Column,
    Cut,
    Feed,
    Pair,
    Paper,
    QrCode,
    Rule,
    Table,
    Text,
    Together,
)
from protocol.documents.pdf import to_pdf
from protocol.documents.pictures import to_png
from tests.unit.protocol.documents.examples import BUYER, context, issued, line, sale
from tests.unit.protocol.documents.test_pictures import inked, is_blank

A4 = (595, 842)


def paper(*blocks: Block, rtl: bool = False) -> Paper:
    return Paper(title="Facture F1", blocks=blocks, rtl=rtl, page_of="Page {page} / {pages}")


def opened(made: Paper) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(to_pdf(made))


def texts(made: Paper) -> list[str]:
    """Each page's text on one line."""
    return [" ".join(page.get_textpage().get_text_range().split()) for page in opened(made)]


def pictured(made: Paper, page: int = 0) -> Image.Image:
    image: Image.Image = opened(made)[page].render(scale=3).to_pil().convert("L")
    return image


def long_table(rows: int, *, carried: bool = True) -> Table:
    sums = tuple(f"{number},00" for number in range(1, rows + 1))
    return Table(
        columns=(Column(heading="Désignation"), Column(heading="Montant", figures=True)),
        rows=tuple((f"Article {number}", "1,00") for number in range(1, rows + 1)),
        carried=Carried(forward="À reporter", brought="Report", sums=sums) if carried else None,
    )


def test_a_page_is_a4_and_says_which_it_is() -> None:
    document = opened(paper(Text(text="Bonjour")))
    assert tuple(round(side) for side in document[0].get_size()) == A4
    (text,) = texts(paper(Text(text="Bonjour")))
    assert text.split() == ["Bonjour", "Page", "1", "/", "1"]


def test_the_same_paper_is_the_same_file() -> None:
    made = invoice(issued(), sale(), context=context("fr", "ar"), named=Named(buyer=BUYER))
    assert to_pdf(made) == to_pdf(made)


def test_a_table_carries_its_sum_from_page_to_page() -> None:
    first, second, third = texts(paper(long_table(120), Rule(), Text(text="Fin")))
    last = int(re.findall(r"Article (\d+)", first)[-1])
    assert f"À reporter {last},00" in first
    assert "Page 1 / 3" in first
    assert second.startswith("Facture F1")
    assert f"Report {last},00 Article {last + 1} 1,00" in second
    assert "Désignation" in second
    assert "Article 120" in third
    assert "Fin" in third
    everything = re.findall(r"Article (\d+)", first + second + third)
    assert everything == [str(number) for number in range(1, 121)]


def test_a_table_without_sums_carries_none() -> None:
    first, second = texts(paper(long_table(80, carried=False)))
    assert "reporter" not in first
    assert "Désignation" in second
    (empty,) = texts(paper(long_table(0)))
    assert "Montant" in empty


def test_what_belongs_together_is_not_parted() -> None:
    pairs = tuple(Pair(label=f"Somme {number}", amount="1,00") for number in range(10))
    first, second = texts(paper(Feed(lines=50), Together(blocks=pairs)))
    assert "Somme" not in first
    assert "Somme 0" in second
    assert "Somme 9" in second


def test_what_is_longer_than_a_page_is_parted_all_the_same() -> None:
    lines = tuple(Text(text=f"ligne {number}") for number in range(100))
    first, second = texts(paper(Together(blocks=lines)))
    assert "ligne 0" in first
    assert "ligne 99" in second


def test_blank_lines_open_no_page() -> None:
    assert len(texts(paper(Text(text="a"), Feed(lines=50), Feed(lines=50)))) == 1
    assert len(texts(paper(Together(blocks=(Text(text="a"), Feed(lines=90)))))) == 1
    assert len(texts(paper(Text(text="a"), Feed(lines=90), Text(text="b")))) == 2


def test_a_narrow_table_has_no_heading_to_repeat() -> None:
    wide = Table(
        columns=tuple(Column(heading=f"Colonne numéro {at}", figures=True) for at in range(12)),
        rows=(tuple("1 234 567 890,00" for _ in range(12)),) * 12,
    )
    pages = texts(paper(wide))
    assert len(pages) > 1
    assert "Colonne numéro 11" in pages[0]


def test_arabic_is_found_by_who_searches_it() -> None:
    (text,) = texts(paper(Text(text="فاتورة رقم 12"), rtl=True))
    assert "فاتورة" in text
    assert "12" in text


def test_marks_and_kerned_letters_are_put_in_place() -> None:
    (text,) = texts(paper(Text(text="AVATAR Tél. الله بَّ", bold=True)))
    assert "AVATAR" in text


def test_letters_on_pages_are_the_letters_of_pictures() -> None:
    """Two shapers and two orders of letters agree, to a few dots' edges."""
    for phrase in ("المجموع (د.ج) / Total 1\u202f234,50", "حق الطابع 26,00 %"):
        on_page = pictured(paper(Text(text=phrase, size="huge"), rtl=True))
        on_page = on_page.crop((0, 0, on_page.width, 400))
        made = Image.open(BytesIO(to_png(paper(Text(text=phrase, size="huge"), rtl=True), 2000)))
        page_ink, roll_ink = inked(on_page), inked(made)
        size = (640, 64)
        one = on_page.crop(page_ink).resize(size)
        other = made.crop(roll_ink).resize(size)
        difference = ImageStat.Stat(ImageChops.difference(one, other)).mean[0]
        assert difference < 30, phrase


def test_symbols_stand_on_pages_too() -> None:
    for block in (Barcode(content="F2026-C1"), Barcode(content="حانوت"), QrCode(content="x" * 50)):
        image = pictured(paper(block, Cut()))
        assert not is_blank(image.crop((0, 100, image.width, 400)))
    too_wide = pictured(paper(Barcode(content="A" * 60)))
    as_qr = pictured(paper(QrCode(content="A" * 60)))
    assert too_wide.tobytes() == as_qr.tobytes()


@pytest.mark.parametrize("languages", [("fr",), ("ar",), ("en",), ("fr", "ar")], ids="-".join)
def test_an_invoice_of_many_lines_has_every_line_and_sum(languages: tuple[str, ...]) -> None:
    lines = [line(number, f"Article {number:03d}") for number in range(1, 151)]
    tax = msgspec.structs.replace(
        sale().tax_lines[1], base_minor=12_605_04, tax_minor=2_394_96, gross_minor=15_000_00
    )
    ticket = sale(lines=lines, tax_lines=[tax], discounts=[])
    made = invoice(issued(), ticket, context=context(*languages), named=Named(buyer=BUYER))
    pages = texts(made)
    assert len(pages) >= 3
    read = "".join(pages)
    assert {f"{number:03d}" for number in range(1, 151)} <= set(re.findall(r"\b\d{3}\b", read))
    for number, page in enumerate(pages, start=1):
        assert re.search(rf"{number} / {len(pages)}|{len(pages)} / {number}", page)


def test_rules_are_drawn_single_and_double() -> None:
    single, double = pictured(paper(Rule())), pictured(paper(Rule(double=True)))
    assert inked(single) != inked(double)
