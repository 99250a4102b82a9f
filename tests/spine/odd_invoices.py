"""A small file of Online Retail's shape with one of every oddity, and each row's due fate."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

_BEGAN = datetime.fromisoformat("2011-03-01T09:00:00")

# invoice, code, description, quantity, price, customer, fate
_ROWS: tuple[
    tuple[str | None, str | None, str | None, int | None, float | None, int | None, str], ...
] = (
    ("1", "A", "TEA CUP", 6, 2.55, 7, "sold"),
    ("1", "B", "SAUCER", 6, 3.39, 7, "sold"),
    ("1", "B", "SAUCER", 6, 3.39, 7, "sold"),  # an exact duplicate is a real line
    ("1", "POST", "POSTAGE", 1, 18.0, 7, "sold"),
    ("2", "A", "TEA CUP", 600, 2.10, 8, "sold"),  # not the code's usual price
    ("2", "C", None, 1, 0.0, 8, "sold"),  # free among paid ones
    ("2", "a", "another code: letter case matters", 2, 1.25, 8, "sold"),
    ("3", "D", "فنجان شاي", 1, 9.99, None, "sold"),
    ("3", " E ", " blanks  around ", 3, 0.01, None, "sold"),
    ("3", "F/é?&=%2F#", "a code of odd letters", 1, 4.0, None, "sold"),
    ("3", "رمز", "an Arabic code", 1, 4.0, None, "sold"),
    ("C4", "A", "TEA CUP", -6, 2.55, 7, "returned"),  # of invoice 1, beyond doubt
    ("C4", "A", "TEA CUP", -6, 2.55, 7, "returned"),  # the same line again: without ticket
    ("C5", "D", None, -1, 9.99, None, "returned"),  # nobody's same customer
    ("C6", "G", "NEVER SOLD", -2, 5.0, 9, "returned"),
    ("C6", "A", "TEA CUP", -1, 0.0, 9, "returned"),  # nothing to pay back
    ("7", "A", "thrown away", -40, 0.0, None, "adjusted"),
    ("8", "A", "found", 5, 0.0, None, "adjusted"),
    ("8", "H", "", 1, 0.0, None, "adjusted"),
    ("9", "A", "TEA CUP", 1, -2.55, 7, "refused"),
    ("9", "A", "TEA CUP", 1, 0.001, 7, "refused"),
    ("9", "A", "TEA CUP", 0, 2.55, 7, "refused"),
    ("9", "A", "TEA CUP", -1, 2.55, 7, "refused"),
    ("C9", "A", "TEA CUP", 1, 2.55, 7, "refused"),
    (None, "A", "TEA CUP", 1, 2.55, 7, "refused"),
    ("10", None, "TEA CUP", 1, 2.55, 7, "refused"),
    ("10", "A", "TEA CUP", None, 2.55, 7, "refused"),
    ("10", "A", "TEA CUP", 1, None, 7, "refused"),
    ("10", "A", "TEA CUP", 1, float("nan"), 7, "refused"),
    ("10", "A", "TEA CUP", 1, float("inf"), 7, "refused"),
    ("11", "A", "TEA CUP", 2_000_000_000, 9_999_999.99, 7, "refused"),
    ("12", "A", "TEA CUP", 80_995, 2.08, 7, "sold"),
    ("C12", "A", "TEA CUP", -80_995, 2.08, 7, "returned"),
    ("C14", "A", "TEA CUP", -1, 0.0, 9, "returned"),  # a whole ticket with nothing to pay back
    ("15", "A", "lost count", -2_000_000_000, 0.0, None, "refused"),
    ("16", "A", "TEA CUP", 2_000_000_000, 1.0, None, "refused"),
)
TICKETS = 13
"""Sale and return tickets: invoices 1, 2, 3, 12 and C4, C5, C6, C12, C14, the three of
equal GTINs, and the long one."""

_LONG = 200

_UPC = "012345678905"
EQUAL_GTINS = (f"00{_UPC}", _UPC, f"0{_UPC}")
"""Equal as GTINs, but three products of the source."""


def write_odd_invoices(path: Path) -> Counter[str]:
    """Write the file, its columns named as the source spells them; fate → how many rows."""
    rows = list(_ROWS)
    rows += [
        (f"17{number}", code, "CUP", number, 1.0, 7, "sold")
        for number, code in enumerate(EQUAL_GTINS, 1)
    ]
    rows += [("13", f"L{number}", "LONG", 1, 1.0, 7, "sold") for number in range(_LONG)]
    _write(path, rows)
    return Counter(row[-1] for row in rows)


UNSOLD = 12
"""Rows of a file without anything to sell."""


def write_unsold_invoices(path: Path) -> None:
    """Write a file that has only rows to refuse."""
    _write(path, [row for row in _ROWS if row[-1] == "refused"][:UNSOLD])


def _write(path: Path, rows: Sequence[tuple[object, ...]]) -> None:
    names = ("InvoiceNo", "StockCode", "Description", "Quantity", "UnitPrice", "CustomerID")
    columns: dict[str, list[object]] = {
        name: [row[index] for row in rows] for index, name in enumerate(names)
    }
    columns["InvoiceDate"] = [_BEGAN + timedelta(minutes=number) for number in range(len(rows))]
    columns["Country"] = ["United Kingdom"] * len(rows)
    pl.DataFrame(columns).write_parquet(path)
