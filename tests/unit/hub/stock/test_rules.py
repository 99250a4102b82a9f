"""Goods go out with a sale and come back with a return."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from hub.stock.rules import movements
from protocol.messages.stock import StockLine, StockMoved
from protocol.messages.ticket import ReturnFinalised
from tests.fakes.shop_facts import ShopFacts

SHOP = ShopFacts(seed=1, store_id=UUID(int=1))
ON = date(2026, 11, 20)


def test_a_sale_takes_out_every_line() -> None:
    sale = SHOP.ticket(ON, lines=4)
    made = list(movements(sale))
    assert [move.quantity for move in made] == [-line.quantity for line in sale.lines]
    assert [move.product_id for move in made] == [line.product_id for line in sale.lines]
    assert {move.kind for move in made} == {"sale"}


def test_a_return_brings_back_and_says_why() -> None:
    back = SHOP.ticket(ON, lines=2, refund=True)
    assert isinstance(back, ReturnFinalised)
    made = list(movements(back))
    assert [move.quantity for move in made] == [line.quantity for line in back.lines]
    assert {(move.kind, move.reason) for move in made} == {("return", "changed mind")}


def test_a_stock_fact_is_a_signed_delta_already() -> None:
    moved = StockMoved(
        kind="waste",
        reason="broken",
        lines=[StockLine(line_no=3, product_id=UUID(int=2), quantity=Decimal("-1.5"), unit="kg")],
    )
    (move,) = movements(moved)
    assert (move.line_no, move.quantity, move.kind, move.reason) == (
        3,
        Decimal("-1.5"),
        "waste",
        "broken",
    )
