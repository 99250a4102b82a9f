"""A shop's day as facts: what a real agent would write, from a seed, by the shared arithmetic."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from protocol.checkout import (
    BasketInput,
    Discount,
    Figures,
    LineInput,
    TenderInput,
    price_basket,
    price_return_without_ticket,
)
from protocol.checkout.versions import RULES_VERSION
from protocol.codec.facts import encode_fact
from protocol.messages.facts import Body
from protocol.messages.invoice import InvoiceIssued, LegalIds, Party
from protocol.messages.proposal import CustomerProposed
from protocol.messages.stock import StockLine, StockMoved
from protocol.messages.ticket import (
    ReturnFinalised,
    SaleFinalised,
    TaxLine,
    Tender,
    TicketDiscount,
    TicketLine,
    TicketTotals,
)
from protocol.messages.till import CashCount, CashMoved, ShiftClosed, ShiftOpened, TaxSum, TenderSum
from protocol.vocabulary.currencies import cash_step_minor
from protocol.vocabulary.ids import uuid7

TAXES = (("TVA19", 190_000), ("TVA9", 90_000), ("EXO", 0))
_OPENING = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


class ShopFacts:
    """One register of one shop. Facts come as bytes in journal order."""

    def __init__(self, *, seed: int, store_id: UUID, currency: str = "DZD", products: int = 40):
        self._random = Random(seed)
        self.store_id = store_id
        self.currency = currency
        self.register_id = self.new_id()
        self.staff_id = self.new_id()
        self.product_ids = [self.new_id() for _ in range(products)]
        self._prices = [self._random.randrange(1_000, 90_000, 500) for _ in range(products)]
        self._at = _OPENING
        self._receipts = 0
        self._z_numbers = 0

    def new_id(self) -> UUID:
        """A repeatable UUIDv7."""
        return uuid7(self._random.getrandbits(40), self._random.getrandbits(74))

    def day(self, tickets: int, *, on: date = date(2026, 11, 20)) -> list[bytes]:
        """A whole shift: opening, tickets (one in eight a return), cash, stock, and the Z."""
        shift = ShiftFacts(self, on)
        facts = [shift.opened()]
        for number in range(tickets):
            facts.append(shift.refund() if number % 8 == 7 else shift.sale())
            if number % 50 == 25:
                facts.append(shift.cash())
                facts.append(self.stock(on))
        return [*facts, shift.closed()]

    def sales(self, tickets: int, *, lines: int, on: date = date(2026, 11, 20)) -> Iterator[bytes]:
        """Sales alone, each of so many lines."""
        shift = ShiftFacts(self, on)
        for _ in range(tickets):
            yield shift.sale(lines=lines)

    def stock(self, on: date) -> bytes:
        """Goods received."""
        moved = StockMoved(
            kind="goods_receipt",
            reason="delivery",
            lines=[
                StockLine(line_no=1, product_id=self.pick()[0], quantity=Decimal(24), unit="piece")
            ],
        )
        return self.fact(moved, business_date=on)

    def customer(self, on: date, *, customer_id: UUID | None = None) -> bytes:
        """A person, sealed."""
        who = customer_id or self.new_id()
        return self.fact(
            CustomerProposed(customer_id=who, sealed=self._random.randbytes(60)), business_date=on
        )

    def invoice(self, ticket_id: UUID, *, on: date, number: int = 1) -> bytes:
        """The paper for a ticket."""
        issued = InvoiceIssued(
            kind="invoice",
            legal_entity_id=self.store_id,
            seller=Party(name="EURL El Baraka", ids=LegalIds(nif="000016001234567")),
            year=on.year,
            series_epoch=1,
            number=number,
            issued_on=on,
            ticket_id=ticket_id,
            currency="DZD",
            payable_minor=12_000,
            buyer_id=self.new_id(),
            buyer=self._random.randbytes(60),
        )
        return self.fact(issued, business_date=on)

    def fact(self, body: Body, **envelope: Any) -> bytes:
        """The body in an envelope of this shop, a minute after the last one."""
        self._at += timedelta(seconds=self._random.randrange(5, 90))
        fields: dict[str, Any] = {
            "id": self.new_id(),
            "at": self._at,
            "store_id": self.store_id,
            "register_id": self.register_id,
            "staff_id": self.staff_id,
            **envelope,
        }
        return encode_fact(body=body, **fields)

    def pick(self) -> tuple[UUID, int]:
        """Some product and its price."""
        index = self._random.randrange(len(self.product_ids))
        return self.product_ids[index], self._prices[index]

    def ticket(
        self, on: date, *, lines: int | None, refund: bool = False
    ) -> SaleFinalised | ReturnFinalised:
        """A ticket whose figures are right."""
        chance = self._random
        inputs = tuple(self._line(number + 1) for number in range(lines or chance.randint(1, 7)))
        discounts = (Discount(percent_ppm=100_000),) if chance.random() < 0.2 else ()
        basket = BasketInput(
            currency=self.currency,
            prices_include_tax=True,
            business_date=on,
            lines=tuple(line for line, _ in inputs),
            ticket_discounts=discounts,
            tenders=(TenderInput(kind="cash", amount_minor=10**9),),
        )
        step = cash_step_minor(self.currency, on)
        cash = chance.random() < 0.8
        goods = price_basket(basket, cash_step_minor=step)
        exact = goods.payable_minor if cash else goods.lines_minor
        given = exact if refund or not cash else exact + step * chance.randrange(40)
        kind = "cash" if cash else "card"
        tenders = (TenderInput(kind=kind, amount_minor=given),) if given or cash else ()
        paid = BasketInput(
            currency=basket.currency,
            prices_include_tax=True,
            business_date=on,
            lines=basket.lines,
            ticket_discounts=discounts,
            tenders=tenders,
        )
        price = price_return_without_ticket if refund else price_basket
        return self._body(paid, price(paid, cash_step_minor=step), [p for _, p in inputs], refund)

    def _line(self, number: int) -> tuple[LineInput, UUID]:
        product_id, price = self.pick()
        tax_id, rate = TAXES[product_id.int % len(TAXES)]
        weighed = product_id.int % 5 == 0
        quantity = (
            Decimal(self._random.randrange(50, 3000)).scaleb(-3)
            if weighed
            else Decimal(self._random.randint(1, 4))
        )
        line = LineInput(
            line_no=number,
            quantity=quantity,
            unit="kg" if weighed else "piece",
            unit_price_minor=price,
            tax_id=tax_id,
            tax_rate_ppm=rate,
            discount=Discount(amount_minor=10) if self._random.random() < 0.1 else None,
        )
        return line, product_id

    def _body(
        self, basket: BasketInput, figures: Figures, products: list[UUID], refund: bool
    ) -> SaleFinalised | ReturnFinalised:
        self._receipts += 1
        common: dict[str, Any] = {
            "mode": "live",
            "currency": self.currency,
            "prices_include_tax": True,
            "rules_version": RULES_VERSION,
            "price_version": 7,
            "series_epoch": 1,
            "receipt_number": self._receipts,
            "rung_at": self._at,
            "lines": _ticket_lines(basket, figures, products),
            "tax_lines": [
                TaxLine(
                    tax_id=tax.tax_id,
                    rate_ppm=tax.rate_ppm,
                    base_minor=tax.base_minor,
                    tax_minor=tax.tax_minor,
                    gross_minor=tax.gross_minor,
                )
                for tax in figures.tax_lines
            ],
            "tenders": [
                Tender(kind=tender.kind, amount_minor=tender.amount_minor)
                for tender in basket.tenders
            ],
            "totals": TicketTotals(
                **{name: getattr(figures, name) for name in TicketTotals.__struct_fields__}
            ),
            "discounts": [
                TicketDiscount(percent_ppm=discount.percent_ppm)
                for discount in basket.ticket_discounts
            ],
        }
        return (
            ReturnFinalised(reason="changed mind", **common) if refund else SaleFinalised(**common)
        )


class ShiftFacts:
    """One shift of a shop's register, with its Z in the making."""

    def __init__(self, shop: ShopFacts, on: date) -> None:
        self._shop = shop
        self._on = on
        self.shift_id = shop.new_id()
        self._tickets: list[SaleFinalised | ReturnFinalised] = []
        self._paid_out = 0

    def opened(self) -> bytes:
        """With a float."""
        return self._fact(ShiftOpened(currency=self._shop.currency, float_minor=500_000))

    def sale(self, *, lines: int | None = None) -> bytes:
        """A sale of so many lines, or of some."""
        return self.booked(self._shop.ticket(self._on, lines=lines))

    def refund(self) -> bytes:
        """A return without ticket."""
        return self.booked(self._shop.ticket(self._on, lines=1, refund=True))

    def booked(self, ticket: SaleFinalised | ReturnFinalised) -> bytes:
        """A ticket of this shift that its Z counts."""
        self._tickets.append(ticket)
        return self._fact(ticket)

    def cash(self) -> bytes:
        """Bread for the staff."""
        self._paid_out += 20_000
        return self._fact(
            CashMoved(
                kind="paid_out", currency=self._shop.currency, amount_minor=20_000, reason="bread"
            )
        )

    def closed(self) -> bytes:
        """The Z of all that was booked."""
        sales = [each for each in self._tickets if isinstance(each, SaleFinalised)]
        returns = [each for each in self._tickets if isinstance(each, ReturnFinalised)]
        gross = sum(each.totals.payable_minor for each in sales)
        back = sum(each.totals.payable_minor for each in returns)
        cash_in = _cash(sales) - sum(each.totals.change_minor for each in sales)
        expected = 500_000 + cash_in - _cash(returns) - self._paid_out
        self._shop._z_numbers += 1
        z = ShiftClosed(
            z_number=self._shop._z_numbers,
            currency=self._shop.currency,
            sales_count=len(sales),
            returns_count=len(returns),
            gross_minor=gross,
            returns_minor=back,
            net_minor=gross - back,
            tenders=_tender_sums(self._tickets),
            taxes=_tax_sums(self._tickets),
            cash=CashCount(
                float_minor=500_000,
                sales_minor=cash_in,
                returns_minor=_cash(returns),
                paid_in_minor=0,
                paid_out_minor=self._paid_out,
                pickup_minor=0,
                loan_minor=0,
                expected_minor=expected,
                counted_minor=expected - 500,
                over_short_minor=-500,
            ),
            series_epoch=1,
        )
        return self._fact(z)

    def _fact(self, body: Body) -> bytes:
        return self._shop.fact(body, shift_id=self.shift_id, business_date=self._on)


def _ticket_lines(basket: BasketInput, figures: Figures, products: list[UUID]) -> list[TicketLine]:
    rows = zip(basket.lines, figures.lines, products, strict=True)
    return [
        TicketLine(
            line_no=asked.line_no,
            product_id=product_id,
            name=f"Produit {product_id.int % 997} منتج",
            quantity=asked.quantity,
            unit=asked.unit,
            unit_price_minor=asked.unit_price_minor,
            list_price_minor=asked.unit_price_minor,
            tax_id=asked.tax_id,
            tax_rate_ppm=asked.tax_rate_ppm,
            gross_minor=charged.gross_minor,
            amount_minor=charged.amount_minor,
            discount=TicketDiscount(amount_minor=asked.discount.amount_minor)
            if asked.discount
            else None,
            line_discount_minor=charged.line_discount_minor,
            ticket_discount_minor=charged.ticket_discount_minor,
        )
        for asked, charged, product_id in rows
    ]


def _cash(tickets: list[SaleFinalised] | list[ReturnFinalised]) -> int:
    return sum(
        tender.amount_minor
        for ticket in tickets
        for tender in ticket.tenders
        if tender.kind == "cash"
    )


def _tender_sums(tickets: list[SaleFinalised | ReturnFinalised]) -> list[TenderSum]:
    sums: dict[str, list[int]] = {}
    for ticket in tickets:
        sign = -1 if isinstance(ticket, ReturnFinalised) else 1
        for tender in ticket.tenders:
            into = sums.setdefault(tender.kind, [0, 0])
            into[0] += 1
            into[1] += sign * tender.amount_minor
        if ticket.totals.change_minor:
            sums["cash"][1] -= ticket.totals.change_minor
    return [TenderSum(kind=k, count=c, amount_minor=a) for k, (c, a) in sorted(sums.items())]


def _tax_sums(tickets: list[SaleFinalised | ReturnFinalised]) -> list[TaxSum]:
    sums: dict[tuple[str, int], list[int]] = {}
    for ticket in tickets:
        sign = -1 if isinstance(ticket, ReturnFinalised) else 1
        for tax in ticket.tax_lines:
            into = sums.setdefault((tax.tax_id, tax.rate_ppm), [0, 0])
            into[0] += sign * tax.base_minor
            into[1] += sign * tax.tax_minor
    return [
        TaxSum(tax_id=tax_id, rate_ppm=rate, base_minor=base, tax_minor=tax)
        for (tax_id, rate), (base, tax) in sorted(sums.items())
    ]
