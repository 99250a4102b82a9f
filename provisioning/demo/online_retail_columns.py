"""The columns of any parquet file of Online Retail's shape, whatever their types.

The law: only a file that is none, lacks a needed column or holds one in a type that nothing here
can read is refused as a whole, in a sentence that says what to mend.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import polars as pl

from protocol.errors import Malformed


class Columns(NamedTuple):
    """One row as it stands in the file, whatever the types."""

    invoice_no: object
    stock_code: object
    description: object
    quantity: object
    invoice_ts: object
    unit_price_gbp: object
    customer_id: object
    country: object


COLUMNS = Columns._fields
# The text of a time out of range, which Python may not be able to hold; null of any other.
BEYOND = "invoice_ts_beyond"
_REQUIRED = ("invoice_no", "stock_code", "quantity", "invoice_ts", "unit_price_gbp")
_OTHER_SPELLINGS = {
    "invoiceno": "invoice_no",
    "invoice": "invoice_no",
    "stockcode": "stock_code",
    "invoicets": "invoice_ts",
    "invoicedate": "invoice_ts",
    "unitpricegbp": "unit_price_gbp",
    "unitprice": "unit_price_gbp",
    "price": "unit_price_gbp",
    "customerid": "customer_id",
}
YEARS = (1900, 2200)
_CALENDAR = (-100_000, 100_000)
# What polars holds of a decimal, and its switch for zones it does not know.
_MOST_DIGITS = 38
_ALLOW_ZONES = "POLARS_IGNORE_TIMEZONE_PARSE_ERROR"


def read_columns(path: Path) -> pl.DataFrame:
    """The file under our names of its columns; an optional one that it lacks is null.

    Raises Malformed when it is no readable parquet file, lacks a required column, or has one of
    ours in a type that nothing here can read.
    """
    try:
        return _selected(path)
    # A panic is polars' own failure on a damaged file, and no Exception.
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise Malformed("unreadable-file", f"{path.name} is no readable parquet file.") from error


def _selected(path: Path) -> pl.DataFrame:
    file = pl.scan_parquet(path, glob=False)  # a name may hold `[1]` or `*`
    with _unknown_zones_allowed():
        schema = file.collect_schema()
    chosen = _columns_by_name(schema)
    missing = [name for name in _REQUIRED if name not in chosen]
    if missing:
        raise Malformed("missing-columns", f"{path.name} lacks the columns {', '.join(missing)}.")
    for name in chosen.values():
        if why := _unreadable(schema[name]):
            raise Malformed("unreadable-column", f"{path.name}: the column {name} {why}.")
    with _unknown_zones_allowed():
        frame = file.select(**{ours: pl.col(name) for ours, name in chosen.items()}).collect()
    absent = {name: pl.lit(None) for name in COLUMNS if name not in chosen}
    beyond = _beyond(frame.schema["invoice_ts"]).alias(BEYOND)
    return frame.with_columns(*_made_representable(frame.schema), beyond, **absent)


def _columns_by_name(found: Iterable[str]) -> dict[str, str]:
    """Our name → the file's column; the exact name wins over the source's own spelling of it."""
    chosen: dict[str, str] = {}
    for name in found:
        plain = "".join(letter for letter in name.lower() if letter.isalnum())
        ours = name if name in COLUMNS else _OTHER_SPELLINGS.get(plain, plain)
        if ours in COLUMNS and (ours not in chosen or name == ours):
            chosen[ours] = name
    return chosen


@contextmanager
def _unknown_zones_allowed() -> Iterator[None]:
    """Else polars panics on a zone that it does not know, even in a column nobody needs."""
    before = os.environ.get(_ALLOW_ZONES)
    os.environ[_ALLOW_ZONES] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_ALLOW_ZONES]
        else:
            os.environ[_ALLOW_ZONES] = before


def _unreadable(kind: object) -> str:
    """Why no value of the type can be read, and which type to use; empty when it can."""
    if isinstance(kind, pl.Decimal) and kind.precision > _MOST_DIGITS:
        return f"has {kind.precision} digits; write it with at most {_MOST_DIGITS} or as text"
    if isinstance(kind, pl.Datetime) and kind.time_zone and not _is_known(kind.time_zone):
        return f"is in the unknown zone {kind.time_zone!r}; write it in UTC or without a zone"
    parts = (part for part in ("inner", "key", "value") if hasattr(kind, part))
    inner = [getattr(kind, part) for part in parts]
    inner += [field.dtype for field in getattr(kind, "fields", ())]
    return next(filter(None, map(_unreadable, inner)), "")


def _is_known(zone: str) -> bool:
    """Whether polars, which reads the times, and Python, which tells them, both have it."""
    try:
        ZoneInfo(zone)
        pl.select(pl.lit(0).cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(zone))
    # No such name, a folder of names, no name at all; not in polars' own table.
    except (KeyError, OSError, ValueError, pl.exceptions.PolarsError):
        return False
    return True


def _made_representable(schema: pl.Schema) -> Iterator[pl.Expr]:
    """A 32-bit float by its own shortest digits; times of business within range, others as text."""
    for name, kind in schema.items():
        column = pl.col(name)
        if kind == pl.Float32:
            yield column.cast(pl.String)
        elif isinstance(kind, pl.Datetime | pl.Date):
            within = pl.when(_within_years(column)).then(column)
            yield within if name == "invoice_ts" else _as_text(column, kind).alias(name)


def _beyond(kind: pl.DataType) -> pl.Expr:
    if not isinstance(kind, pl.Datetime | pl.Date):
        return pl.lit(None)
    column = pl.col("invoice_ts")
    return pl.when(~_within_years(column)).then(_as_text(column, kind))


def _as_text(column: pl.Expr, kind: pl.Datetime | pl.Date) -> pl.Expr:
    """As Python writes it; the file's bare number for a year that polars panics at."""
    pattern = "%Y-%m-%d"
    if isinstance(kind, pl.Datetime):
        pattern += " %H:%M:%S%.f" + ("%:z" if kind.time_zone else "")
    written = pl.when(column.dt.year().is_between(*_CALENDAR)).then(column).dt.to_string(pattern)
    return pl.coalesce(written, column.to_physical().cast(pl.String))


def _within_years(column: pl.Expr) -> pl.Expr:
    return column.dt.year().is_between(*YEARS).fill_null(value=False)
