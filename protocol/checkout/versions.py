"""The rules by version, so that a ticket can be recomputed by the rules it was made under.

The file's law: a released version's functions and vectors never change; a new rule is a new
version beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from protocol.checkout import reductions, returns, sales
from protocol.checkout.basket import BasketInput, Figures, Quote
from protocol.checkout.duty import NO_DUTY, CashDutyTariff
from protocol.checkout.promoted import PromotedBasket, Reductions
from protocol.checkout.promotions import Promotion
from protocol.checkout.returns import ReturnInput
from protocol.errors import Malformed

RULES_VERSION = "2026.1"


class PriceSale(Protocol):
    """A basket with its tenders → all figures of a sale."""

    def __call__(
        self,
        basket: BasketInput,
        /,
        *,
        cash_step_minor: int,
        tariffs: Sequence[CashDutyTariff] = NO_DUTY,
    ) -> Figures: ...


class QuoteSale(Protocol):
    """A basket → what is to pay."""

    def __call__(
        self,
        basket: BasketInput,
        /,
        *,
        cash_step_minor: int,
        tariffs: Sequence[CashDutyTariff] = NO_DUTY,
    ) -> Quote: ...


class PriceBasket(Protocol):
    """A basket with its tenders → all figures, without duty."""

    def __call__(self, basket: BasketInput, /, *, cash_step_minor: int) -> Figures: ...


class QuoteBasket(Protocol):
    """A basket → what is to refund."""

    def __call__(self, basket: BasketInput, /, *, cash_step_minor: int) -> Quote: ...


class ReduceBasket(Protocol):
    """A basket before any reduction → what promotions take off."""

    def __call__(
        self, basket: PromotedBasket, promotions: Sequence[Promotion], /
    ) -> Reductions: ...


class PriceReturn(Protocol):
    """A return with ticket → all figures."""

    def __call__(self, ticket_return: ReturnInput, /, *, cash_step_minor: int) -> Figures: ...


class QuoteReturn(Protocol):
    """A return with ticket → what is to refund."""

    def __call__(self, ticket_return: ReturnInput, /, *, cash_step_minor: int) -> Quote: ...


@dataclass(frozen=True, kw_only=True)
class Rules:
    """One version's arithmetic; the functions are documented where they are defined."""

    version: str
    reduce_basket: ReduceBasket
    price_basket: PriceSale
    quote: QuoteSale
    price_return: PriceReturn
    quote_return: QuoteReturn
    price_return_without_ticket: PriceBasket
    quote_return_without_ticket: QuoteBasket


_RELEASED = (
    Rules(
        version="2026.1",
        reduce_basket=reductions.reduce_basket,
        price_basket=sales.price_basket,
        quote=sales.quote,
        price_return=returns.price_return,
        quote_return=returns.quote_return,
        price_return_without_ticket=returns.price_return_without_ticket,
        quote_return_without_ticket=returns.quote_return_without_ticket,
    ),
)


def rules(version: str = RULES_VERSION) -> Rules:
    """The rules of a version; Malformed `unknown-rules-version` if this release has none such."""
    for released in _RELEASED:
        if released.version == version:
            return released
    raise Malformed(
        "unknown-rules-version",
        "Update this program, or check the ticket's rules version.",
        fields={"rules_version": f"{version[:16]!r} is not known"},
    )
