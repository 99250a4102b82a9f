"""Every line that real shops sold, through the arithmetic: to the cent what was paid.

What is expected comes from the columns by another way than what is priced. What cannot be a line of
a ticket is counted under its reason; nothing else is left out.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import polars as pl
import pytest

from protocol.checkout import (
    BasketInput,
    Figures,
    LineInput,
    TenderInput,
    price_basket,
    price_return_without_ticket,
    quote,
)
from protocol.checkout.basket import PromotionShare
from protocol.errors import Refused
from provisioning.demo.sample_files import ONLINE_RETAIL

pytestmark = pytest.mark.slow
BESIDE_THE_REPOSITORY = Path(__file__).parents[4] / "shared" / "data" / "transactions"
ONLINE = [ONLINE_RETAIL, *BESIDE_THE_REPOSITORY.glob("online_retail*.parquet")]
JOURNEY = [*BESIDE_THE_REPOSITORY.glob("complete_journey_lines*.parquet")]
LOYALTY, COUPON_MATCH = UUID(int=1), UUID(int=2)


def pence(column: str) -> pl.Expr:
    """Whole minor units of a column that holds binary fractions."""
    return (pl.col(column) * 100).round().cast(pl.Int64)


def is_conserved(figures: Figures) -> bool:
    given = figures.tendered_minor - figures.change_minor
    return figures.lines_minor == figures.payable_minor == given


# Online Retail: prices without discounts, some of them overridden, and goods coming back.


@dataclass(frozen=True)
class Account:
    """Rows by what became of them (DESIGN §10), and the pence of what was sold and returned."""

    rows: dict[str, int]
    sold_minor: int
    returned_minor: int


ACCOUNTS = {
    "online_retail": Account(
        rows={
            "sold": 71_589,
            "returned": 1_307,
            "adjusted: nothing paid on the whole invoice": 114,
            "adjusted: nothing paid, goods gone": 160,
            "refused: a negative price": 2,
            "refused: a price finer than a penny": 1,
        },
        sold_minor=145_865_212,
        returned_minor=9_169_634,
    ),
    "online_retail_2010-12_2011-09": Account(
        rows={
            "sold": 321_180,
            "returned": 5_928,
            "adjusted: nothing paid on the whole invoice": 505,
            "adjusted: nothing paid, goods gone": 939,
            "refused: a negative price": 2,
            "refused: a price finer than a penny": 2,
        },
        sold_minor=646_714_487,
        returned_minor=52_213_255,
    ),
}


@pytest.fixture(scope="module", params=ONLINE, ids=lambda path: path.stem)
def invoices(request: pytest.FixtureRequest) -> tuple[str, pl.DataFrame]:
    price, quantity = pl.col("unit_price_gbp"), pl.col("quantity")
    is_return = pl.col("invoice_no").str.starts_with("C")
    fate = (
        pl.when(price < 0)
        .then(pl.lit("refused: a negative price"))
        .when((price * 1000).round() % 10 != 0)
        .then(pl.lit("refused: a price finer than a penny"))
        .when(is_return)
        .then(pl.lit("returned"))
        .when((price == 0) & (quantity < 0))
        .then(pl.lit("adjusted: nothing paid, goods gone"))
        .when((price == 0) & (price == 0).all().over("invoice_no"))
        .then(pl.lit("adjusted: nothing paid on the whole invoice"))
        .otherwise(pl.lit("sold"))
    )
    path: Path = request.param
    frame = pl.read_parquet(path).with_columns(fate=fate, price_minor=pence("unit_price_gbp"))
    return path.stem, frame


def baskets_of(frame: pl.DataFrame) -> Iterator[tuple[str, BasketInput]]:
    """One per invoice, paid by card to the penny; prices stay free where they were."""
    columns = ["quantity", "price_minor", "row_minor"]
    for (invoice,), rows in frame.group_by(["invoice_no"], maintain_order=True):
        lines = tuple(
            LineInput(
                line_no=number,
                quantity=Decimal(abs(quantity)),
                unit="piece",
                unit_price_minor=price_minor,
                tax_id="vat",
                tax_rate_ppm=200_000,
            )
            for number, (quantity, price_minor) in enumerate(
                rows.select(columns[:2]).iter_rows(), start=1
            )
        )
        due = int(rows["row_minor"].sum())
        yield (
            str(invoice),
            BasketInput(
                currency="GBP",
                prices_include_tax=True,
                business_date=rows["invoice_ts"][0].date(),
                lines=lines,
                tenders=(TenderInput(kind="card", amount_minor=due),) if due else (),
            ),
        )


def with_rows(frame: pl.DataFrame, fate: str) -> pl.DataFrame:
    """The rows of that fate; `row_minor` from the floating columns, rounded once per row."""
    amount = (pl.col("unit_price_gbp") * pl.col("quantity").abs() * 100).round().cast(pl.Int64)
    return frame.filter(pl.col("fate") == fate).with_columns(row_minor=amount)


def test_online_retail_comes_to_what_was_paid(invoices: tuple[str, pl.DataFrame]) -> None:
    stem, frame = invoices
    account = ACCOUNTS[stem]
    assert dict(Counter(frame["fate"])) == account.rows
    sold = with_rows(frame, "sold")
    total = 0
    for _, basket in baskets_of(sold):
        figures = price_basket(basket, cash_step_minor=1)
        assert is_conserved(figures)
        total += figures.payable_minor
    assert total == account.sold_minor == sold["row_minor"].sum()


def test_online_retail_goes_back_for_what_was_refunded(invoices: tuple[str, pl.DataFrame]) -> None:
    stem, frame = invoices
    returned = with_rows(frame, "returned")
    total = 0
    for _, basket in baskets_of(returned):
        figures = price_return_without_ticket(basket, cash_step_minor=1)
        assert is_conserved(figures)
        total += figures.payable_minor
    assert total == ACCOUNTS[stem].returned_minor == returned["row_minor"].sum()


# Complete Journey: shelf prices less loyalty discounts and matched coupons; a manufacturer's coupon
# pays like money, for the shop gets it back.

EXCEPTIONS = {
    "no goods: quantity zero": 296,
    "sold as one piece: the unit's price is finer than a cent": 1_206,
}
# Their coupons are of goods that the sample of lines does not hold.
BASKETS_WITH_MORE_COUPONS_THAN_GOODS = 8


@pytest.fixture(scope="module")
def journey() -> pl.DataFrame:
    if not JOURNEY:
        pytest.skip("The Complete Journey's lines do not ship and are not beside this repository")
    (path,) = JOURNEY
    return (
        pl.read_parquet(path)
        .with_columns(
            received=pence("sales_value_usd"),
            loyalty=pence("retail_disc_usd"),
            match=pence("coupon_match_disc_usd"),
            coupon=pence("coupon_disc_usd"),
        )
        .with_columns(shelf=pl.sum_horizontal("received", "loyalty", "match"))
        .with_columns(
            is_fine=(pl.col("quantity") > 0) & (pl.col("shelf") % pl.col("quantity") != 0)
        )
    )


@dataclass(frozen=True)
class Bought:
    """One basket, and what its columns say of it."""

    basket: BasketInput
    received_minor: int
    off_minor: int
    coupons_minor: int


def bought(frame: pl.DataFrame) -> Iterator[Bought]:
    columns = ["quantity", "shelf", "loyalty", "match", "is_fine"]
    for _, rows in frame.group_by(["basket_id"], maintain_order=True):
        lines = tuple(
            LineInput(
                line_no=number,
                quantity=Decimal(1 if is_fine else quantity),
                unit="piece",
                unit_price_minor=shelf if is_fine else shelf // quantity,
                tax_id="none",
                tax_rate_ppm=0,
                promotions=tuple(
                    PromotionShare(promotion_id=promotion_id, amount_minor=off)
                    for promotion_id, off in ((LOYALTY, loyalty), (COUPON_MATCH, match))
                    if off
                ),
            )
            for number, (quantity, shelf, loyalty, match, is_fine) in enumerate(
                rows.select(columns).iter_rows(), start=1
            )
        )
        received, coupons = int(rows["received"].sum()), int(rows["coupon"].sum())
        tenders = [("coupon", coupons), ("card", received - coupons)]
        yield Bought(
            basket=BasketInput(
                currency="USD",
                prices_include_tax=True,
                business_date=rows["ts_local"][0].date(),
                lines=lines,
                tenders=tuple(
                    TenderInput(kind=kind, amount_minor=amount)
                    for kind, amount in tenders
                    if amount > 0
                ),
            ),
            received_minor=received,
            off_minor=int(rows["loyalty"].sum()) + int(rows["match"].sum()),
            coupons_minor=coupons,
        )


def test_complete_journey_comes_to_what_was_paid(journey: pl.DataFrame) -> None:
    assert journey.height == 55_876
    exceptions = {
        "no goods: quantity zero": journey.filter(pl.col("quantity") == 0).height,
        "sold as one piece: the unit's price is finer than a cent": journey["is_fine"].sum(),
    }
    assert exceptions == EXCEPTIONS
    goods = journey.filter(pl.col("quantity") > 0)
    assert goods["quantity"].min() == 1
    total, too_many = 0, 0
    for each in bought(goods):
        goods_alone = quote(each.basket, cash_step_minor=1)
        assert goods_alone.due_minor == each.received_minor
        assert sum(line.promotion_minor for line in goods_alone.lines) == each.off_minor
        total += goods_alone.due_minor
        if each.coupons_minor > each.received_minor:
            too_many += 1
            with pytest.raises(Refused) as refusal:
                price_basket(each.basket, cash_step_minor=1)
            assert refusal.value.code == "overpaid"
        else:
            figures = price_basket(each.basket, cash_step_minor=1)
            assert is_conserved(figures)
            assert figures.payable_minor == each.received_minor
    assert too_many == BASKETS_WITH_MORE_COUPONS_THAN_GOODS
    assert total == goods["received"].sum() == 17_267_308
