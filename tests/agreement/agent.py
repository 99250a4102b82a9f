"""The same questions answered by Python: figures as JSON shows them, or the error."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import msgspec
from msgspec import Struct

from protocol.checkout import (
    BasketInput,
    LineInput,
    ReturnInput,
    price_basket,
    price_return,
    price_return_without_ticket,
    quote,
    quote_return,
)
from protocol.checkout.duty import CashDutyTariff
from protocol.checkout.prices import PricePoint, lists_in_force, price_in_force
from protocol.checkout.promoted import PromotedBasket
from protocol.checkout.promotions import Promotion
from protocol.checkout.reductions import reduce_basket
from protocol.checkout.tax import RatePoint, RegimePoint, line_tax, regime_on, without_tax
from protocol.errors import HanoutError
from protocol.vocabulary.currencies import CashStep, cash_step_minor


class Sale(Struct, frozen=True, kw_only=True, tag_field="of", tag="sale"):
    """A paid basket."""

    basket: BasketInput
    cash_step_minor: int
    tariffs: tuple[CashDutyTariff, ...] = ()

    def answer(self) -> object:
        return price_basket(self.basket, cash_step_minor=self.cash_step_minor, tariffs=self.tariffs)


class SaleQuote(Struct, frozen=True, kw_only=True, tag_field="of", tag="quote"):
    """A basket before it is paid."""

    basket: BasketInput
    cash_step_minor: int
    tariffs: tuple[CashDutyTariff, ...] = ()

    def answer(self) -> object:
        return quote(self.basket, cash_step_minor=self.cash_step_minor, tariffs=self.tariffs)


class Return(Struct, frozen=True, kw_only=True, tag_field="of", tag="return"):
    """Goods that come back, with their ticket."""

    ticket_return: ReturnInput = msgspec.field(name="return")
    cash_step_minor: int

    def answer(self) -> object:
        return price_return(self.ticket_return, cash_step_minor=self.cash_step_minor)


class ReturnQuote(Struct, frozen=True, kw_only=True, tag_field="of", tag="return-quote"):
    """The same before the money goes back."""

    ticket_return: ReturnInput = msgspec.field(name="return")
    cash_step_minor: int

    def answer(self) -> object:
        return quote_return(self.ticket_return, cash_step_minor=self.cash_step_minor)


class ReturnWithoutTicket(
    Struct, frozen=True, kw_only=True, tag_field="of", tag="return-without-ticket"
):
    """Goods that come back, nobody knows whence."""

    basket: BasketInput
    cash_step_minor: int

    def answer(self) -> object:
        return price_return_without_ticket(self.basket, cash_step_minor=self.cash_step_minor)


class Reduce(Struct, frozen=True, kw_only=True, tag_field="of", tag="reduce"):
    """What promotions take off a basket."""

    basket: PromotedBasket
    promotions: tuple[Promotion, ...]

    def answer(self) -> object:
        return reduce_basket(self.basket, self.promotions)


class Promoted(Struct, frozen=True, kw_only=True, tag_field="of", tag="promoted"):
    """What a basket costs with what promotions take off it."""

    basket: PromotedBasket
    promotions: tuple[Promotion, ...]
    cash_step_minor: int

    def answer(self) -> object:
        asked = self.basket
        found = reduce_basket(asked, self.promotions)
        lines = tuple(
            LineInput(
                line_no=line.line_no,
                quantity=line.quantity,
                unit=line.unit,
                unit_price_minor=line.unit_price_minor,
                tax_id="tva",
                tax_rate_ppm=line.tax_rate_ppm,
                promotions=found.shares.get(line.line_no, ()),
            )
            for line in asked.lines
        )
        basket = BasketInput(
            currency=asked.currency,
            prices_include_tax=asked.prices_include_tax,
            business_date=asked.business_date,
            lines=lines,
        )
        return quote(basket, cash_step_minor=self.cash_step_minor)


class CashStepRow(Struct, frozen=True, kw_only=True):
    """A shop's own row, as JSON has it."""

    currency: str
    valid_from: date
    step_minor: int


class Step(Struct, frozen=True, kw_only=True, tag_field="of", tag="cash-step"):
    """The cash step of a day; by our own table where no rows are given."""

    currency: str
    on: date
    rows: tuple[CashStepRow, ...] | None = None

    def answer(self) -> object:
        if self.rows is None:
            return cash_step_minor(self.currency, self.on)
        rows = [CashStep(row.currency, row.valid_from, row.step_minor) for row in self.rows]
        return cash_step_minor(self.currency, self.on, rows)


class Price(Struct, frozen=True, kw_only=True, tag_field="of", tag="price"):
    """What a product costs a customer."""

    points: tuple[PricePoint, ...]
    at: datetime
    quantity: Decimal
    price_lists: tuple[UUID, ...] = ()

    def answer(self) -> object:
        return price_in_force(
            self.points, at=self.at, quantity=self.quantity, price_lists=self.price_lists
        )


class Terms(Struct, frozen=True, kw_only=True):
    """A price list's, as `lists_in_force` asks for them."""

    price_list_id: UUID
    everybody: bool = False
    customer_ids: tuple[UUID, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None


class Lists(Struct, frozen=True, kw_only=True, tag_field="of", tag="price-lists"):
    """Which price lists hold for a customer."""

    lists: tuple[Terms, ...]
    customer_id: UUID | None
    on: date

    def answer(self) -> object:
        return lists_in_force(self.lists, customer_id=self.customer_id, on=self.on)


class Tax(Struct, frozen=True, kw_only=True, tag_field="of", tag="tax"):
    """What tax a line bears, and its price without it."""

    tax_id: str
    schedule: tuple[RatePoint, ...]
    regimes: tuple[RegimePoint, ...]
    on: date
    exempt_customer: bool
    unit_price_minor: int

    def answer(self) -> object:
        regime = regime_on(self.regimes, self.on)
        found = line_tax(
            self.tax_id,
            self.schedule,
            on=self.on,
            regime=regime,
            exempt_customer=self.exempt_customer,
        )
        return {
            "regime": regime,
            "tax": found,
            "without_tax_minor": without_tax(self.unit_price_minor, found.rate_ppm),
        }


Question = (
    Sale
    | SaleQuote
    | Return
    | ReturnQuote
    | ReturnWithoutTicket
    | Reduce
    | Promoted
    | Step
    | Price
    | Lists
    | Tax
)

_read: Callable[[bytes], Question] = msgspec.json.Decoder(Question).decode


def answer(question: bytes) -> object:
    """Plain objects: the figures, or `{"error": {"code": …, "fields": […]}}`."""
    try:
        return msgspec.json.decode(msgspec.json.encode(_read(question).answer()))
    except HanoutError as error:
        return {"error": {"code": error.code, "fields": sorted(error.fields)}}
