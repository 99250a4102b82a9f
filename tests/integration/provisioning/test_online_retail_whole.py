"""Real files in whole: the shipped sample, and the ten months it is cut from where they are.

The expected figures come from the columns alone, by another way than the reader's.
"""

from pathlib import Path

import polars as pl
import pytest

from provisioning.demo.online_retail import arrange, catalogue, count_rows
from provisioning.demo.online_retail_file import read_online_retail, write_refused
from provisioning.demo.online_retail_tickets import Entry, RefusedRow, ReturnTicket, SaleTicket
from provisioning.demo.sample_files import ONLINE_RETAIL

pytestmark = pytest.mark.slow
BESIDE_THE_REPOSITORY = Path(__file__).parents[4] / "shared" / "data" / "transactions"
FILES = [ONLINE_RETAIL, *BESIDE_THE_REPOSITORY.glob("online_retail*.parquet")]


@pytest.fixture(scope="module", params=FILES, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    chosen: Path = request.param
    return chosen


@pytest.fixture(scope="module")
def entries(path: Path) -> list[Entry]:
    return read_online_retail(path)


@pytest.fixture(scope="module")
def judged(path: Path) -> pl.DataFrame:
    price, quantity = pl.col("unit_price_gbp"), pl.col("quantity")
    too_fine = ((price * 1000).round() % 10) != 0
    all_free = (price == 0).all().over("invoice_no")
    fate = (
        pl.when((price < 0) | too_fine)
        .then(pl.lit("refused"))
        .when(pl.col("invoice_no").str.starts_with("C"))
        .then(pl.lit("returned"))
        .when((price == 0) & ((quantity < 0) | all_free))
        .then(pl.lit("adjusted"))
        .otherwise(pl.lit("sold"))
    )
    pence = (price * 100).round().cast(pl.Int64) * quantity.abs()
    return pl.read_parquet(path).with_columns(fate=fate, pence=pence)


def test_every_row_has_its_fate(entries: list[Entry], judged: pl.DataFrame) -> None:
    expected = dict(judged.group_by("fate").len().iter_rows())
    assert count_rows(entries) == expected
    assert sum(expected.values()) == judged.height


def test_money_agrees_to_the_penny(entries: list[Entry], judged: pl.DataFrame) -> None:
    pence = dict(judged.group_by("fate").agg(pl.col("pence").sum()).iter_rows())
    for kind, fate in ((SaleTicket, "sold"), (ReturnTicket, "returned")):
        assert sum(one.gross_minor for one in entries if isinstance(one, kind)) == pence[fate]


def test_there_is_a_ticket_per_invoice_in_time_order(
    entries: list[Entry], judged: pl.DataFrame
) -> None:
    expected = judged.filter(pl.col("fate").is_in(["sold", "returned"]))["invoice_no"].n_unique()
    tickets = [one for one in entries if isinstance(one, SaleTicket | ReturnTicket)]
    assert len(tickets) == expected >= 2_500
    times = [one.at for one in entries]
    assert times == sorted(times)


def test_returns_are_linked_to_what_was_sold_before(entries: list[Entry]) -> None:
    sold: dict[tuple[str, int], tuple[str, int, int]] = {}
    linked = 0
    for entry in entries:
        if isinstance(entry, RefusedRow):
            continue
        for line in entry.lines:
            same = (line.stock_code, line.quantity, line.unit_price_minor)
            if isinstance(entry, SaleTicket):
                sold[entry.invoice_no, line.line_no] = same
            elif line.original is not None:
                assert sold.pop(line.original) == same
                linked += 1
    assert linked > 100


def test_the_catalogue_and_the_refused_file_are_complete(
    entries: list[Entry], judged: pl.DataFrame, tmp_path: Path
) -> None:
    kept = judged.filter(pl.col("fate") != "refused")
    assert {one.stock_code for one in catalogue(entries)} == set(
        kept["stock_code"].str.strip_chars()
    )
    refused = judged.height - kept.height
    assert write_refused(tmp_path / "refused.csv", entries) == refused > 0
    assert arrange([]) == []
