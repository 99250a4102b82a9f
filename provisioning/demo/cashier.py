"""A simulated cashier: makes tickets of invoices and baskets, and takes what the agent quotes."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from msgspec import Struct, structs

from protocol.checkout import (
    CASH,
    BasketInput,
    Discount,
    LineInput,
    OriginalLine,
    OriginalTicket,
    Quote,
    ReturnInput,
    ReturnLineInput,
    TaxFigures,
    TenderInput,
    quote_return,
    quote_return_without_ticket,
)
from protocol.checkout.settlement import cash_rounding
from protocol.vocabulary.currencies import cash_step_minor
from protocol.vocabulary.ids import Uuid7Source
from provisioning.demo.baskets import Basket
from provisioning.demo.online_retail_tickets import (
    Line,
    ReturnTicket,
    SaleTicket,
    StockAdjustment,
)
from provisioning.demo.tablet import Tablet

# Gift-ware in bulk is paid by card, the rest in cash.
_CARD_FROM_MINOR = 20_000
_NOTES_MINOR = {"GBP": (500, 1_000, 2_000), "DZD": (50_000, 100_000, 200_000)}


class _Item(Struct, frozen=True, kw_only=True):
    """A line as both the arithmetic and the request need it."""

    line: LineInput
    product_id: UUID
    code: str
    list_price_minor: int


class _Payment(Struct, frozen=True, kw_only=True):
    """What is given, and what is taken of it."""

    tenders: list[TenderInput]
    payable_minor: int


class Cashier:
    """Works one tablet. Every method returns the agent's answer."""

    def __init__(self, tablet: Tablet, *, currency: str, ids: Uuid7Source, rng: Random) -> None:
        self._tablet = tablet
        self._currency = currency
        self._ids = ids
        self._rng = rng
        self.shift_id = UUID(int=0)

    async def open_shift(self) -> None:
        """Find or open the register's shift."""
        self.shift_id = await self._tablet.open_shift(self._ids.next(), float_minor=500_000)

    async def close_shift(self) -> None:
        """Count what should be there, and close: the agent makes the Z."""
        x = await self._tablet.get("/v1/shifts/current/x")
        counted = {"counted_cash_minor": max(0, x["cash"]["expected_minor"])}
        await self._tablet.post(f"/v1/shifts/{self.shift_id}/close", counted)

    async def sell_invoice(self, ticket: SaleTicket) -> dict[str, Any]:
        """Sell the lines of an invoice at its prices."""
        items = [await self._invoice_item(line) for line in ticket.lines]
        return await self._sell(items, discount=None, pays="cash")

    async def sell_basket(self, basket: Basket) -> dict[str, Any]:
        """Sell a customer's basket."""
        items = []
        for line_no, line in enumerate(basket.lines, 1):
            items.append(
                await self._item(line.code, line.quantity, line_no=line_no, discount=line.discount)
            )
        return await self._sell(items, discount=basket.discount, pays=basket.pays)

    async def return_invoice(
        self, ticket: ReturnTicket, original: dict[str, Any] | None
    ) -> dict[str, Any]:
        """Take an invoice's lines back: against the sale if it is known, else without ticket."""
        if original is not None:
            numbers = [line.original[1] for line in ticket.lines if line.original]
            return await self.return_lines(original, numbers, reason="brought back")
        items = [await self._invoice_item(line) for line in ticket.lines]
        due = quote_return_without_ticket(self._basket(items, None), cash_step_minor=self._step())
        body = {
            **self._head(),
            "reason": "brought back without ticket",
            "lines": [_request_line(item) for item in items],
            **_refund(due),
        }
        return await self._tablet.post("/v1/returns", body)

    async def return_lines(
        self, original: dict[str, Any], line_numbers: Sequence[int], *, reason: str
    ) -> dict[str, Any]:
        """Take whole lines of a ticket back that nobody returned before."""
        sold = {line["line_no"]: line for line in original["lines"]}
        lines = tuple(
            ReturnLineInput(
                line_no=i, original_line_no=no, quantity=Decimal(str(sold[no]["quantity"]))
            )
            for i, no in enumerate(line_numbers, 1)
        )
        due = quote_return(
            ReturnInput(original=_original(original), lines=lines), cash_step_minor=self._step()
        )
        body = {
            **self._head(),
            "original_sale_id": original["id"],
            "reason": reason,
            "lines": [
                {
                    "line_no": line.line_no,
                    "original_line_no": line.original_line_no,
                    "product_id": sold[line.original_line_no]["product_id"],
                    "quantity": str(line.quantity),
                }
                for line in lines
            ],
            **_refund(due),
        }
        return await self._tablet.post("/v1/returns", body)

    async def adjust(self, adjustment: StockAdjustment) -> dict[str, Any]:
        """Write goods off, or find some."""
        lines = []
        for line in adjustment.lines:
            product = await self._tablet.product(line.stock_code)
            lines.append({"product_id": str(product.product_id), "quantity": str(line.quantity)})
        body = {
            "id": str(self._ids.next()),
            "kind": "adjustment",
            "reason": (adjustment.lines[0].description or "stock check").strip()[:100] or "check",
            "lines": lines,
        }
        return await self._tablet.post("/v1/stock-movements", body)

    async def _sell(
        self, items: Sequence[_Item], *, discount: Discount | None, pays: str
    ) -> dict[str, Any]:
        """At what the agent quotes: prices, promotions and duty are its affair."""
        asked: dict[str, Any] = {"lines": [_request_line(item) for item in items]}
        if discount is not None:
            asked["discounts"] = [{"percent_ppm": discount.percent_ppm, "reason": "neighbour"}]
        head = self._head()
        told = {name: head[name] for name in ("currency", "rung_at")}
        due = await self._tablet.post("/v1/quotes", {**told, **asked})
        prices = {line["line_no"]: line["unit_price_minor"] for line in due["lines"]}
        payment = self._payment(due, pays)
        tendered_minor = sum(tender.amount_minor for tender in payment.tenders)
        body = {
            **head,
            **asked,
            "lines": [
                {**line, "unit_price_minor": prices[line["line_no"]]} for line in asked["lines"]
            ],
            "tenders": [structs.asdict(tender) for tender in payment.tenders],
            "totals": {
                "payable_minor": payment.payable_minor,
                "change_minor": tendered_minor - payment.payable_minor,
            },
        }
        return await self._tablet.post("/v1/sales", body)

    def _payment(self, due: dict[str, Any], pays: str) -> _Payment:
        due_minor, cash = due["due_minor"], due["cash"]
        if due_minor == 0:
            return _Payment(tenders=[TenderInput(kind=CASH, amount_minor=0)], payable_minor=0)
        if pays == "card" or (self._currency == "GBP" and due_minor >= _CARD_FROM_MINOR):
            card = TenderInput(kind="card", amount_minor=due_minor)
            return _Payment(tenders=[card], payable_minor=due_minor)
        if pays == "mixed" and due_minor > 10_000 and not cash["duty_minor"]:
            card = TenderInput(kind="card", amount_minor=due_minor // 2 // 10_000 * 10_000 or 5_000)
            rest = due_minor - card.amount_minor
            notes = TenderInput(kind=CASH, amount_minor=-(-rest // 10_000) * 10_000)
            rounding = cash_rounding(rest, cash["step_minor"])
            return _Payment(tenders=[card, notes], payable_minor=due_minor + rounding)
        note = self._rng.choice(_NOTES_MINOR[self._currency])
        given = -(-cash["payable_minor"] // note) * note
        return _Payment(
            tenders=[TenderInput(kind=CASH, amount_minor=given)],
            payable_minor=cash["payable_minor"],
        )

    def _head(self) -> dict[str, Any]:
        return {
            "id": str(self._ids.next()),
            "mode": "live",
            "shift_id": str(self.shift_id),
            "currency": self._currency,
            "rung_at": datetime.now(UTC).isoformat(),
        }

    def _step(self) -> int:
        return cash_step_minor(self._currency, _today())

    def _basket(self, items: Sequence[_Item], discount: Discount | None) -> BasketInput:
        return BasketInput(
            currency=self._currency,
            prices_include_tax=True,
            business_date=_today(),
            lines=tuple(item.line for item in items),
            ticket_discounts=(discount,) if discount else (),
        )

    async def _invoice_item(self, line: Line) -> _Item:
        return await self._item(
            line.stock_code,
            Decimal(line.quantity),
            line_no=line.line_no,
            unit_price_minor=line.unit_price_minor,
        )

    async def _item(
        self,
        code: str,
        quantity: Decimal,
        *,
        line_no: int,
        unit_price_minor: int | None = None,
        discount: Discount | None = None,
    ) -> _Item:
        product = await self._tablet.product(code)
        price = product.unit_price_minor if unit_price_minor is None else unit_price_minor
        return _Item(
            line=LineInput(
                line_no=line_no,
                quantity=quantity,
                unit=product.unit,
                unit_price_minor=price,
                tax_id=product.tax_id,
                tax_rate_ppm=product.tax_rate_ppm,
                discount=discount,
            ),
            product_id=product.product_id,
            code=code,
            list_price_minor=product.unit_price_minor,
        )


def _today() -> date:
    return datetime.now(UTC).date()


def _request_line(item: _Item) -> dict[str, Any]:
    line = item.line
    asked: dict[str, Any] = {
        "line_no": line.line_no,
        "product_id": str(item.product_id),
        "code": item.code,
        "quantity": str(line.quantity),
    }
    if line.unit_price_minor != item.list_price_minor:
        asked |= {"unit_price_minor": line.unit_price_minor, "price_reason": "agreed price"}
    if line.discount is not None:
        asked["discount"] = {"percent_ppm": line.discount.percent_ppm, "reason": "short date"}
    return asked


def _refund(due: Quote) -> dict[str, Any]:
    """By card: what comes back is what was charged, without cash rounding."""
    paid = {"kind": "card", "amount_minor": due.due_minor}
    return {
        "tenders": [paid] if due.due_minor else [],
        "totals": {"payable_minor": due.due_minor},
    }


def _original(answer: dict[str, Any]) -> OriginalTicket:
    return OriginalTicket(
        prices_include_tax=True,
        lines=tuple(
            OriginalLine(
                line_no=line["line_no"],
                quantity=Decimal(str(line["quantity"])),
                unit=line["unit"],
                tax_id=line["tax_id"],
                tax_rate_ppm=line["tax_rate_ppm"],
                line_discount_minor=line.get("line_discount_minor", 0),
                ticket_discount_minor=line.get("ticket_discount_minor", 0),
                amount_minor=line["amount_minor"],
                promotion_minor=line.get("promotion_minor", 0),
                tax_treatment=line.get("tax_treatment", "taxed"),
            )
            for line in answer["lines"]
        ),
        tax_lines=tuple(TaxFigures(**line) for line in answer["tax_lines"]),
    )
