"""Golden papers: every kind in every language and on every width that it is printed on.

``python -m tests.unit.protocol.documents.golden`` writes tests/golden/paper anew; with a folder it
writes there the pictures that the documentation shows. Look at what changed before committing it.
"""

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pypdfium2
from msgspec import Struct, structs
from PIL import Image

from protocol.documents.escpos import to_escpos
from protocol.documents.invoice import Named, invoice
from protocol.documents.labels import ShelfPrice, price_labels, shelf_label
from protocol.documents.layout import Paper
from protocol.documents.notes import delivery_note, transfer_note
from protocol.documents.pdf import to_pdf
from protocol.documents.pictures import to_png
from protocol.documents.printers import printer
from protocol.documents.receipt import receipt
from protocol.documents.till_report import x_report, z_report
from tests.unit.protocol.documents.examples import (
    BUYER,
    MOVED,
    NAMES,
    SHOP,
    SHOP_AR,
    context,
    issued,
    label,
    line,
    returned,
    sale,
    terms,
    z,
)

FOLDER = Path(__file__).parents[3] / "golden" / "paper"
LANGUAGES = (("fr",), ("ar",), ("en",), ("fr", "ar"))
WIDTHS = {"58": "generic-58", "80": "TM-T20III"}
# What is larger than a roll, and what is smaller.
PAGES = ("invoice", "credit-note", "delivery-note", "transfer-note")
NARROW = ("shelf-label", "price-labels")
_POINTS_TO_DOTS = 1.6


class Golden(Struct, frozen=True):
    """One paper: `made` of what, in which languages, on which widths."""

    name: str
    languages: tuple[str, ...]
    widths: tuple[str, ...]
    made: Callable[[], Paper]


def goldens() -> Iterator[Golden]:
    """All of them; the names are the files'."""
    for languages in LANGUAGES:
        for kind, made in _papers(languages).items():
            widths = ("80",) if kind in PAGES else ("58",) if kind in NARROW else ("58", "80")
            yield Golden(f"{kind}-{'-'.join(languages)}", languages, widths, made)


def _papers(languages: tuple[str, ...]) -> dict[str, Callable[[], Paper]]:
    arabic = languages[0] == "ar"
    seller = SHOP_AR if arabic else SHOP
    told = context(*languages)
    shift = structs.replace(
        told,
        chain_hash=b"",
        opened_at=datetime(2026, 11, 24, 6, 2, tzinfo=UTC),
        closed_at=datetime(2026, 11, 24, 20, 15, tzinfo=UTC),
    )
    copy = structs.replace(told, duplicate=1, original="C1-1-001234")
    note = issued(kind="credit_note", seller=seller, number=3, payable_minor=220_00)
    cheese = label(
        name="جبن أحمر" if arabic else "Fromage rouge",
        unit="kg",
        price=ShelfPrice(unit_price_minor=1_600_00),
        code="CHEESE-9",
        sku="",
        old_price_minor=None,
        valid_from=None,
    )
    return {
        "sale": lambda: receipt(sale(arabic=arabic), context=told),
        "return": lambda: receipt(returned(arabic=arabic), context=copy),
        "x": lambda: x_report(z(), context=shift),
        "z": lambda: z_report(z(), context=shift),
        "invoice": lambda: invoice(
            issued(seller=seller), sale(arabic=arabic), context=told, named=Named(buyer=BUYER)
        ),
        "credit-note": lambda: invoice(
            note,
            returned(arabic=arabic),
            context=told,
            named=Named(buyer=BUYER, corrects="F2026-C1-1-000045"),
        ),
        "delivery-note": lambda: delivery_note(
            sale(arabic=arabic), context=told, terms=terms(number="BL-2026-000031")
        ),
        "transfer-note": lambda: transfer_note(MOVED, context=told, terms=terms(), names=NAMES),
        "shelf-label": lambda: shelf_label(label(code="6130000000015"), languages=languages),
        "price-labels": lambda: price_labels([label(), cheese], languages=languages),
    }


def long_invoice(languages: tuple[str, ...]) -> Paper:
    """Three pages, with sums carried over."""
    lines = [
        line(number, f"{'مادة' if languages[0] == 'ar' else 'Article'} {number:03d}")
        for number in range(1, 101)
    ]
    tax = structs.replace(
        sale().tax_lines[1], base_minor=8_403_36, tax_minor=1_596_64, gross_minor=10_000_00
    )
    totals = structs.replace(
        sale().totals,
        lines_minor=10_000_00,
        duty_minor=0,
        due_minor=10_000_00,
        cash_rounding_minor=0,
        payable_minor=10_000_00,
    )
    ticket = sale(lines=lines, tax_lines=[tax], totals=totals, discounts=[], tenders=[])
    return invoice(
        issued(payable_minor=10_000_00),
        ticket,
        context=context(*languages),
        named=Named(buyer=BUYER),
    )


def pages(paper: Paper) -> list[Image.Image]:
    """A paper's pages as pictures."""
    document = pypdfium2.PdfDocument(to_pdf(paper))
    return [page.render(scale=_POINTS_TO_DOTS).to_pil().convert("L") for page in document]


def layouts() -> Iterator[tuple[str, bytes]]:
    """Names and contents of the golden layouts: a file a language, a line a block."""
    for languages in LANGUAGES:
        lines = []
        for kind, made in _papers(languages).items():
            paper = made()
            lines += [f"== {kind}", f"{paper.title!r} {paper.rtl} {paper.page_of!r}"]
            lines += [repr(block) for block in paper.blocks]
        yield f"layouts-{'-'.join(languages)}.txt", "\n".join([*lines, ""]).encode()


def letters() -> Iterator[tuple[str, bytes]]:
    """Names and contents of what goes to printers as letters."""
    for golden in goldens():
        if golden.languages in (("fr",), ("en",)):
            for width in golden.widths:
                stream = to_escpos(golden.made(), printer(WIDTHS[width]))
                yield f"{golden.name}-{width}.bin", stream


def files() -> Iterator[tuple[str, bytes]]:
    """Names and contents of all golden files."""
    yield from layouts()
    for golden in goldens():
        paper = golden.made()
        for width in golden.widths:
            profile = printer(WIDTHS[width])
            yield f"{golden.name}-{width}.bin", to_escpos(paper, profile)
            yield f"{golden.name}-{width}.png", to_png(paper, profile.dots)
        if golden.name.startswith(PAGES):
            for number, page in enumerate(pages(paper), start=1):
                yield f"{golden.name}-a4-{number}.png", _png(page)
    for languages in (("fr",), ("ar",)):
        for number, page in enumerate(pages(long_invoice(languages)), start=1):
            yield f"long-invoice-{languages[0]}-a4-{number}.png", _png(page)


def shown(folder: Path) -> None:
    """The documentation's pictures: receipts beside each other, and an invoice."""
    receipts = [_papers(languages)["sale"]() for languages in (("fr",), ("ar",), ("fr", "ar"))]
    _beside([_opened(to_png(paper, 576)) for paper in receipts], folder / "paper-receipts.png")
    reports = [_papers(("fr",))["z"](), _papers(("ar",))["z"]()]
    _beside([_opened(to_png(paper, 576)) for paper in reports], folder / "paper-z.png")
    invoices = [_papers(languages)["invoice"]() for languages in (("fr",), ("ar",))]
    _beside([pages(paper)[0] for paper in invoices], folder / "paper-invoice.png")
    labels = [_papers(languages)["price-labels"]() for languages in (("fr",), ("ar",))]
    _beside([_opened(to_png(paper, 384)) for paper in labels], folder / "paper-labels.png")


def _beside(pictures: list[Image.Image], path: Path) -> None:
    gap = 24
    width = sum(one.width + gap for one in pictures) + gap
    sheet = Image.new("L", (width, max(one.height for one in pictures) + 2 * gap), 200)
    left = gap
    for one in pictures:
        sheet.paste(one, (left, gap))
        left += one.width + gap
    sheet.save(path, optimize=True)


def _opened(png: bytes) -> Image.Image:
    return Image.open(BytesIO(png))


def _png(image: Image.Image) -> bytes:
    buffer = BytesIO()
    image.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def write(folder: Path) -> None:
    """All golden files anew; what is none of them goes."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.*"):
        old.unlink()
    for name, content in files():
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        shown(Path(sys.argv[1]))
    else:
        write(FOLDER)
