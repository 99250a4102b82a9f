"""Any file with Online Retail's columns is read; nothing in it stops the reading."""

import csv
import os
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import Malformed
from provisioning.demo.online_retail import count_rows
from provisioning.demo.online_retail_file import (
    read_online_retail,
    refused_tickets,
    write_refused,
)
from provisioning.demo.online_retail_tickets import (
    Entry,
    RefusedRow,
    SaleTicket,
    StockAdjustment,
)

# Written by pyarrow: types that polars itself cannot write, nor read.
FILES = Path(__file__).parent / "files"
NOON = datetime.fromisoformat("2011-07-04T12:00")
USUAL: dict[str, Any] = {
    "invoice_no": "536365",
    "stock_code": "85123A",
    "description": "HEART",
    "quantity": 6,
    "invoice_ts": NOON,
    "unit_price_gbp": 2.55,
    "customer_id": 17850,
    "country": "United Kingdom",
}


def read(folder: Path, frame: pl.DataFrame) -> list[Entry]:
    frame.write_parquet(folder / "lines.parquet")
    return read_online_retail(folder / "lines.parquet")


def read_one(folder: Path, **changed: object) -> Entry:
    columns = {**USUAL, **changed}
    [entry] = read(folder, pl.DataFrame({name: [value] for name, value in columns.items()}))
    return entry


def sale(entry: Entry) -> SaleTicket:
    assert isinstance(entry, SaleTicket), entry
    return entry


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"quantity": 6.0},
        {"quantity": " 6 "},
        {"quantity": "6.0"},
        {"quantity": Decimal("6.00")},
        {"unit_price_gbp": "2.55"},
        {"unit_price_gbp": Decimal("2.550")},
        {"customer_id": 17850.0},
        {"customer_id": "17850"},
        {"invoice_no": 536365},
        {"invoice_no": 536365.0},
        {"invoice_no": " 536365 "},
        {"invoice_no": b"536365"},
        {"invoice_ts": "2011-07-04 12:00:00"},
        {"description": "HEA\x00RT"[:3] + "RT\n"},
    ],
)
def test_other_types_are_taken_for_what_they_plainly_say(
    tmp_path: Path, changed: dict[str, object]
) -> None:
    ticket = sale(read_one(tmp_path, **changed))
    [line] = ticket.lines
    assert (ticket.invoice_no, ticket.at, ticket.customer_id) == ("536365", NOON, "17850")
    assert (line.stock_code, line.description) == ("85123A", "HEART")
    assert (line.quantity, line.unit_price_minor) == (6, 255)


@pytest.mark.parametrize("kind", [pl.Float32, pl.Categorical])
def test_narrow_columns_mean_the_same(tmp_path: Path, kind: Any) -> None:
    name = "unit_price_gbp" if kind == pl.Float32 else "stock_code"
    frame = pl.DataFrame({key: [value] for key, value in USUAL.items()})
    [entry] = read(tmp_path, frame.with_columns(pl.col(name).cast(kind)))
    assert sale(entry).gross_minor == 1530


def test_a_time_with_a_zone_becomes_the_shops_own(tmp_path: Path) -> None:
    frame = pl.DataFrame({name: [value] for name, value in USUAL.items()})
    zoned = frame.with_columns(pl.col("invoice_ts").dt.replace_time_zone("UTC"))
    [entry] = read(tmp_path, zoned)
    assert sale(entry).at == datetime.fromisoformat("2011-07-04T13:00")  # British summer time
    assert sale(read_one(tmp_path, invoice_ts="2011-07-04T12:00:00Z")).at.hour == 13
    assert sale(read_one(tmp_path, invoice_ts=date(2011, 7, 4))).at.hour == 0


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"quantity": 1.5}, "not whole"),
        ({"quantity": "six"}, "not a number"),
        ({"quantity": None}, "missing"),
        ({"quantity": float("nan")}, "not a number"),
        ({"quantity": True}, "not a number"),
        ({"quantity": [6]}, "not a number"),
        ({"quantity": "1e999999"}, "too large"),
        ({"quantity": "1e-999999"}, "not whole"),
        ({"unit_price_gbp": 0.001}, "finer"),
        ({"unit_price_gbp": 2.555}, "finer"),
        ({"unit_price_gbp": "1e-999999"}, "finer"),
        ({"unit_price_gbp": -11062.06}, "negative"),
        ({"unit_price_gbp": -0.001}, "negative"),
        ({"unit_price_gbp": float("inf")}, "not a number"),
        ({"unit_price_gbp": "free"}, "not a number"),
        ({"unit_price_gbp": None}, "missing"),
        ({"invoice_no": None}, "missing"),
        ({"invoice_no": "  "}, "missing"),
        ({"stock_code": None}, "missing"),
        ({"stock_code": "X" * 65}, "longer"),
        ({"invoice_ts": None}, "missing"),
        ({"invoice_ts": "yesterday"}, "not a time"),
        ({"invoice_ts": 20110704}, "not a time"),
        ({"invoice_ts": "0001-01-01T00:00:00"}, "out of range"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(
    tmp_path: Path, changed: dict[str, object], reason: str
) -> None:
    entry = read_one(tmp_path, **changed)
    assert isinstance(entry, RefusedRow)
    assert reason in entry.reason


def test_a_time_beyond_all_calendars_is_refused(tmp_path: Path) -> None:
    frame = pl.DataFrame({name: [value] for name, value in USUAL.items()})
    far = frame.with_columns(invoice_ts=pl.lit(2**61).cast(pl.Datetime("ms")))
    near = frame.with_columns(invoice_ts=pl.lit("2300-01-01").str.to_datetime())
    for beyond in (far, near):
        [entry] = read(tmp_path, beyond)
        assert isinstance(entry, RefusedRow)
        assert "out of range" in entry.reason


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (pl.lit("2300-01-01").str.to_datetime(), "2300-01-01 00:00:00"),
        (
            pl.lit("2300-01-01T12:00:00.5").str.to_datetime(time_unit="ms"),
            "2300-01-01 12:00:00.500",
        ),
        (pl.lit("2300-01-01").str.to_datetime(time_zone="UTC"), "2300-01-01 00:00:00+00:00"),
        (pl.lit("1800-01-01").str.to_date(), "1800-01-01"),
        (pl.lit("+20000-01-01").str.to_date("%Y-%m-%d"), "+20000-01-01"),
        (pl.lit(2**61).cast(pl.Datetime("ms")), str(2**61)),
        (pl.lit(2**30).cast(pl.Date), str(2**30)),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_refused_time_stands_in_the_refused_file(
    tmp_path: Path, value: pl.Expr, text: str
) -> None:
    frame = pl.DataFrame({key: [one] for key, one in USUAL.items()})
    entries = read(tmp_path, frame.with_columns(invoice_ts=value))
    assert write_refused(tmp_path / "refused.csv", entries) == 1
    with (tmp_path / "refused.csv").open(newline="", encoding="utf-8") as written:
        [row] = csv.DictReader(written)
    assert row["invoice_ts"] == text
    assert row["reason"] == "invoice_ts is out of range (1901 to 2199)"


def test_a_time_in_another_column_is_read_as_its_text(tmp_path: Path) -> None:
    frame = pl.DataFrame({key: [one] for key, one in USUAL.items()})
    late = pl.lit("2300-01-01").str.to_datetime()
    [entry] = read(tmp_path, frame.with_columns(description=late))
    assert sale(entry).lines[0].description == "2300-01-01 00:00:00"
    [entry] = read(tmp_path, frame.with_columns(quantity=late))
    assert isinstance(entry, RefusedRow)
    assert entry.columns["quantity"] == "2300-01-01 00:00:00"


@pytest.mark.parametrize("name", ["ok[1].parquet", "*.parquet", "o?.parquet", "a b{c}.parquet"])
def test_a_files_name_is_no_pattern(tmp_path: Path, name: str) -> None:
    frame = pl.DataFrame({key: [value] for key, value in USUAL.items()})
    frame.write_parquet(tmp_path / "ok.parquet")
    pl.concat([frame, frame]).write_parquet(tmp_path / name)
    [entry] = read_online_retail(tmp_path / name)
    assert sale(entry).row_count == 2


def test_a_ticket_that_no_shop_took_is_refused_row_by_row(tmp_path: Path) -> None:
    frame = pl.DataFrame({name: [value] * 2 for name, value in USUAL.items()})
    ticket = sale(read(tmp_path, frame)[0])
    refused = refused_tickets(tmp_path / "lines.parquet", [(ticket, "too large")])
    assert [(one.row_number, one.reason) for one in refused] == [(1, "too large"), (2, "too large")]
    assert refused[0].columns["description"] == "HEART"


def test_optional_columns_may_be_missing_and_others_present(tmp_path: Path) -> None:
    needed = ("invoice_no", "stock_code", "quantity", "invoice_ts", "unit_price_gbp")
    frame = pl.DataFrame({name: [USUAL[name]] for name in needed}).with_columns(till=pl.lit(1))
    ticket = sale(read(tmp_path, frame)[0])
    assert (ticket.customer_id, ticket.country, ticket.lines[0].description) == (None,) * 3


def test_the_sources_own_spelling_of_the_columns_is_known(tmp_path: Path) -> None:
    names = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice")
    renamed = dict(zip((*names, "Customer ID", "Country"), USUAL.values(), strict=True))
    frame = pl.DataFrame({name: [value] for name, value in renamed.items()})
    assert sale(read(tmp_path, frame)[0]).gross_minor == 1530


def test_a_file_without_the_needed_columns_is_refused_as_a_whole(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="quantity, unit_price_gbp"):
        read(tmp_path, pl.DataFrame({"invoice_no": ["1"], "stock_code": [""], "invoice_ts": [1]}))


@pytest.mark.parametrize("content", [b"", b"not parquet", None])
def test_what_is_no_parquet_file_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "lines.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Malformed):
        read_online_retail(path)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("wide_decimal", "UnitPrice has 50 digits; write it with at most 38 or as text"),
        ("unknown_zone", "InvoiceDate is in the unknown zone 'Mars/Olympus'; write it in UTC"),
        ("nested_unknown_zone", "Description is in the unknown zone 'Mars/Olympus'"),
    ],
)
def test_a_type_that_cannot_be_read_is_named_with_one_that_can(
    name: str, sentence: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Malformed, match=sentence):
        read_online_retail(FILES / f"{name}.parquet")
    assert capfd.readouterr().err == ""  # no panic was printed on the way


def test_a_type_that_cannot_be_read_does_no_harm_in_a_column_nobody_needs() -> None:
    [entry] = read_online_retail(FILES / "both_elsewhere.parquet")
    assert (sale(entry).at, sale(entry).gross_minor) == (NOON, 1530)


def test_reading_leaves_the_environment_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "POLARS_IGNORE_TIMEZONE_PARSE_ERROR"
    for before in (None, "0"):
        monkeypatch.delenv(name, raising=False)
        if before is not None:
            monkeypatch.setenv(name, before)
        read_online_retail(FILES / "both_elsewhere.parquet")
        assert os.environ.get(name) == before


def test_an_empty_file_has_no_entries(tmp_path: Path) -> None:
    frame = pl.DataFrame({name: [value] for name, value in USUAL.items()}).clear()
    assert read(tmp_path, frame) == []


def test_a_row_without_a_time_stands_where_the_file_has_it(tmp_path: Path) -> None:
    columns = {name: [value] * 3 for name, value in USUAL.items()}
    columns["invoice_no"] = ["1", "2", "3"]
    columns["invoice_ts"] = [NOON, None, NOON.replace(hour=13)]
    entries = read(tmp_path, pl.DataFrame(columns))
    assert [type(entry) for entry in entries] == [SaleTicket, RefusedRow, SaleTicket]


@pytest.mark.parametrize(
    ("refused", "kind"),
    [
        ({"unit_price_gbp": "0.005"}, SaleTicket),
        ({"unit_price_gbp": "-5.00"}, SaleTicket),
        ({"unit_price_gbp": "1e-999999"}, SaleTicket),
        ({"unit_price_gbp": "2.55", "quantity": "1.5"}, SaleTicket),
        ({"unit_price_gbp": "2.55", "invoice_ts": None}, SaleTicket),
        ({"unit_price_gbp": None}, SaleTicket),
        ({"unit_price_gbp": "0.00", "quantity": "1.5"}, StockAdjustment),
        ({"unit_price_gbp": "-0.0", "stock_code": None}, StockAdjustment),
        ({"unit_price_gbp": "-5.00", "invoice_no": "536366"}, StockAdjustment),
        ({"unit_price_gbp": "-5.00", "invoice_no": None}, StockAdjustment),
    ],
)
def test_a_row_refused_in_reading_is_still_a_row_of_its_invoice(
    tmp_path: Path, refused: dict[str, object], kind: type[SaleTicket | StockAdjustment]
) -> None:
    free = {**USUAL, "quantity": "3", "unit_price_gbp": "0.00"}
    columns = {name: [{**free, **refused}[name], value] for name, value in free.items()}
    entries = read(tmp_path, pl.DataFrame(columns))
    [ticket] = [entry for entry in entries if not isinstance(entry, RefusedRow)]
    assert type(ticket) is kind
    assert len(entries) == 2
    assert [(line.row_number, line.quantity) for line in ticket.lines] == [(2, 3)]


def test_the_refused_file_tells_row_columns_and_reason(tmp_path: Path) -> None:
    columns = {name: [value] * 3 for name, value in USUAL.items()}
    columns["unit_price_gbp"] = [2.55, 0.001, -1.0]
    columns["description"] = ["HEART", 'a "quoted", one', None]
    entries = read(tmp_path, pl.DataFrame(columns))
    assert write_refused(tmp_path / "refused.csv", entries) == 2
    with (tmp_path / "refused.csv").open(newline="", encoding="utf-8") as written:
        rows = list(csv.DictReader(written))
    assert [(one["row"], one["reason"]) for one in rows] == [
        ("2", "the price is finer than a penny"),
        ("3", "the price is negative"),
    ]
    assert rows[0]["description"] == 'a "quoted", one'
    assert list(rows[0]) == ["row", *USUAL, "reason"]


ANYTHING = st.one_of(
    st.none(), st.integers(-(2**40), 2**40), st.floats(), st.text(max_size=20), st.booleans()
)


@given(column=st.sampled_from(sorted(USUAL)), values=st.lists(ANYTHING, min_size=1, max_size=8))
def test_no_value_of_any_type_stops_the_reading(
    tmp_path_factory: pytest.TempPathFactory, column: str, values: list[object]
) -> None:
    kind = type(values[0])
    alike = [value for value in values if type(value) is kind]
    columns = {name: [value] * len(alike) for name, value in USUAL.items()} | {column: alike}
    entries = read(tmp_path_factory.mktemp("any"), pl.DataFrame(columns))
    assert sum(count_rows(entries).values()) == len(alike)
