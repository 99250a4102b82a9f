"""The arithmetic of a ticket (promise M): lines, discounts, tax, duty, cash rounding, change; and
before it what a line's price and tax are, and what promotions take off.

The package's law: the order of the steps is fixed, by `protocol/vectors/checkout_*.json` too, which
every implementation in any language must reproduce figure by figure.
"""

from protocol.checkout.basket import (
    CASH,
    PPM,
    BasketInput,
    Discount,
    Figures,
    LineFigures,
    LineInput,
    Quote,
    TaxFigures,
    TenderInput,
)
from protocol.checkout.promoted import PromotedBasket, PromotedLine, Reductions
from protocol.checkout.promotions import Promotion
from protocol.checkout.reductions import reduce_basket
from protocol.checkout.returns import (
    OriginalLine,
    OriginalTicket,
    ReturnInput,
    ReturnLineInput,
    price_return,
    price_return_without_ticket,
    quote_return,
    quote_return_without_ticket,
)
from protocol.checkout.sales import price_basket, quote
from protocol.checkout.versions import RULES_VERSION, Rules, rules

__all__ = [
    "CASH",
    "PPM",
    "RULES_VERSION",
    "BasketInput",
    "Discount",
    "Figures",
    "LineFigures",
    "LineInput",
    "OriginalLine",
    "OriginalTicket",
    "PromotedBasket",
    "PromotedLine",
    "Promotion",
    "Quote",
    "Reductions",
    "ReturnInput",
    "ReturnLineInput",
    "Rules",
    "TaxFigures",
    "TenderInput",
    "price_basket",
    "price_return",
    "price_return_without_ticket",
    "quote",
    "quote_return",
    "quote_return_without_ticket",
    "reduce_basket",
    "rules",
]
