"""What the superette's customers buy: groceries in baskets of real shape, discounts, returns."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from random import Random

from msgspec import Struct

from protocol.checkout import Discount
from provisioning.demo.goods import Product
from provisioning.demo.sample_files import BasketShape

# The source is a sample of lines, so real baskets were larger: two or three visits make one.
_SHAPES_PER_BASKET = (1, 2, 2, 3, 4)
_PERCENT = 10_000  # parts per million in a percent


class BasketLine(Struct, frozen=True, kw_only=True):
    """Something the cashier scans."""

    code: str
    quantity: Decimal
    discount: Discount | None = None


class Basket(Struct, frozen=True, kw_only=True):
    """A customer's purchase and how they pay: `cash`, `card`, or `mixed`."""

    lines: tuple[BasketLine, ...]
    discount: Discount | None
    pays: str


class ReturnWish(Struct, frozen=True):
    """Somebody brings back one line of an earlier ticket of the shop."""


def customers(
    goods: Sequence[Product], shapes: Sequence[BasketShape], rng: Random
) -> Iterator[Basket | ReturnWish]:
    """Without end; every thirtieth or so wants a return."""
    at = rng.randrange(len(shapes))
    while True:
        if rng.random() < 1 / 30:
            yield ReturnWish()
            continue
        chosen: dict[str, int] = {}
        for _ in range(rng.choice(_SHAPES_PER_BASKET)):
            for rank, quantity in shapes[at % len(shapes)].lines:
                code = goods[(rank - 1) % len(goods)].codes[0]
                chosen[code] = chosen.get(code, 0) + quantity
            at += 1
        yield Basket(
            lines=tuple(
                BasketLine(
                    code=code,
                    quantity=Decimal(quantity),
                    discount=Discount(percent_ppm=10 * _PERCENT) if rng.random() < 0.03 else None,
                )
                for code, quantity in chosen.items()
            ),
            discount=Discount(percent_ppm=5 * _PERCENT) if rng.random() < 0.04 else None,
            pays=rng.choices(("cash", "card", "mixed"), (80, 15, 5))[0],
        )
