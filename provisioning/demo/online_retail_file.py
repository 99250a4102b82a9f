"""Reading any parquet file with Online Retail's columns, and writing what was refused of it.

The law: a value of another type is taken for what it plainly says (`6.0` is six) or its row is
refused with the reason.
"""

import csv
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache
from math import isnan
from pathlib import Path
from sys import intern
from zoneinfo import ZoneInfo

from provisioning.demo.online_retail import arrange
from provisioning.demo.online_retail_columns import BEYOND, COLUMNS, YEARS, Columns, read_columns
from provisioning.demo.online_retail_tickets import Entry, RefusedRow, Row, Ticket

_LONGEST_CODE = 64
_LONGEST_TEXT = 120
_LARGEST_EXPONENT = 12
_SMALLEST_EXPONENT = -60
_OUT_OF_RANGE = f"invoice_ts is out of range ({YEARS[0] + 1} to {YEARS[1] - 1})"
_DAWN = datetime.fromisoformat("1900-01-01")


class _Unfit(ValueError):
    """A value that cannot be what its column says; the text is the reason."""


def read_online_retail(path: Path, *, timezone: str = "Europe/London") -> list[Entry]:
    """All entries of the file in time order; times with a zone become the shop's own.

    Raises Malformed as `read_columns` does.
    """
    frame = read_columns(path)
    zone = ZoneInfo(timezone)
    rows: list[Row] = []
    refused: list[RefusedRow] = []
    priced: set[str] = set()
    latest = _DAWN
    for number, values in enumerate(frame.select(*COLUMNS, BEYOND).iter_rows(), 1):
        *cells, beyond = values
        columns = Columns._make(cells)
        try:
            if beyond is not None:
                columns = columns._replace(invoice_ts=beyond)
                raise _Unfit(_OUT_OF_RANGE)
            row = _row(number, columns, zone=zone)
        except _Unfit as unfit:
            priced.add(_priced_invoice(columns))
            refused.append(
                RefusedRow(
                    row_number=number,
                    at=_time_or(latest, columns.invoice_ts, zone=zone),
                    columns=columns._asdict(),
                    reason=str(unfit),
                )
            )
        else:
            latest = row.at
            rows.append(row)
    return arrange(
        rows,
        refused,
        priced=priced,
        columns_of=lambda number: frame.row(number - 1, named=True),
    )


def refused_tickets(path: Path, refused: Iterable[tuple[Ticket, str]]) -> list[RefusedRow]:
    """The rows of tickets that a shop did not take, each with the reason, as the file has them."""
    frame = read_columns(path)
    return [
        RefusedRow(
            row_number=line.row_number,
            at=ticket.at,
            columns=frame.row(line.row_number - 1, named=True),
            reason=reason,
        )
        for ticket, reason in refused
        for line in ticket.lines
    ]


def write_refused(path: Path, entries: Iterable[Entry]) -> int:
    """A CSV of each refused row: its number in the file from 1, its columns, the reason.

    Returns how many there are.
    """
    refused = sorted(
        (entry for entry in entries if isinstance(entry, RefusedRow)),
        key=lambda one: one.row_number,
    )
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(("row", *COLUMNS, "reason"))
        for one in refused:
            values = (one.columns.get(name) for name in COLUMNS)
            writer.writerow((one.row_number, *values, one.reason))
    return len(refused)


def _row(number: int, columns: Columns, *, zone: ZoneInfo) -> Row:
    return Row(
        number=number,
        invoice_no=_code(columns.invoice_no, "invoice_no"),
        stock_code=_code(columns.stock_code, "stock_code"),
        description=_text(columns.description),
        quantity=_quantity(columns.quantity),
        at=_time(columns.invoice_ts, zone=zone),
        unit_price_minor=_price_minor(columns.unit_price_gbp),
        customer_id=_text(columns.customer_id),
        country=_text(columns.country),
    )


def _priced_invoice(columns: Columns) -> str:
    """The invoice of a row whose price is anything but zero, an unreadable one included; or ""."""
    try:
        invoice_no = _code(columns.invoice_no, "invoice_no")
    except _Unfit:
        return ""
    try:
        return invoice_no if _price_minor(columns.unit_price_gbp) else ""
    except _Unfit:
        return invoice_no


def _code(value: object, name: str) -> str:
    text = _text(value)
    if text is None:
        raise _Unfit(f"{name} is missing")
    if len(text) > _LONGEST_CODE:
        raise _Unfit(f"{name} is longer than {_LONGEST_CODE} characters")
    return text


def _text(value: object) -> str | None:
    """One line of printable text; a whole number that came as a float is written as one."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, float):
        if isnan(value):
            return None
        value = int(value) if value.is_integer() else value
    if value is None:
        return None
    text = str(value)
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    return intern(text.strip()[:_LONGEST_TEXT]) or None


def _digits(value: object, name: str) -> str:
    if value is None:
        raise _Unfit(f"{name} is missing")
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise _Unfit(f"{name} is not a number")
    return str(value).strip()


@lru_cache(maxsize=100_000)
def _exact(digits: str, name: str) -> Fraction | None:
    """The exact value; None for one so fine that it is neither whole nor a price."""
    try:
        number = Decimal(digits)
    except InvalidOperation:
        raise _Unfit(f"{name} is not a number") from None
    if not number.is_finite():
        raise _Unfit(f"{name} is not a number")
    if number and number.adjusted() > _LARGEST_EXPONENT:
        raise _Unfit(f"{name} is too large")
    if number < 0 and name == "unit_price_gbp":
        raise _Unfit("the price is negative")
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int), "finite numbers have one"
    return Fraction(number) if exponent >= _SMALLEST_EXPONENT or not number else None


def _quantity(value: object) -> int:
    exact = _exact(_digits(value, "quantity"), "quantity")
    if exact is None or exact.denominator != 1:
        raise _Unfit("the quantity is not whole")
    return exact.numerator


def _price_minor(value: object) -> int:
    exact = _exact(_digits(value, "unit_price_gbp"), "unit_price_gbp")
    if exact is None or 100 % exact.denominator != 0:
        raise _Unfit("the price is finer than a penny")
    return int(exact * 100)


def _time(value: object, *, zone: ZoneInfo) -> datetime:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            raise _Unfit("invoice_ts is not a time") from None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time.min)
    if value is None:
        raise _Unfit("invoice_ts is missing")
    if not isinstance(value, datetime):
        raise _Unfit("invoice_ts is not a time")
    if not YEARS[0] < value.year < YEARS[1]:
        raise _Unfit(_OUT_OF_RANGE)
    return value if value.tzinfo is None else value.astimezone(zone).replace(tzinfo=None)


def _time_or(fallback: datetime, value: object, *, zone: ZoneInfo) -> datetime:
    """A row without a readable time stands where the file has it."""
    try:
        return _time(value, zone=zone)
    except _Unfit:
        return fallback
