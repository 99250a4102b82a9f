"""Returns: the shared vectors, and that goods come back for exactly what they cost."""

from collections import Counter
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from protocol.checkout import (
    BasketInput,
    OriginalLine,
    OriginalTicket,
    Quote,
    ReturnInput,
    ReturnLineInput,
    TenderInput,
    price_basket,
    price_return,
    price_return_without_ticket,
    quote,
    quote_return,
    quote_return_without_ticket,
)
from protocol.errors import HanoutError, Refused
from protocol.vocabulary.quantity import unit_scale
from tests.unit.protocol.checkout.baskets import (
    STEPS,
    a_basket,
    a_line,
    baskets,
    card,
    cash,
    checkout_vectors,
    read,
    shares,
    written,
)
from tests.unit.protocol.vocabulary.vectors import Vector


def sold(basket: BasketInput) -> OriginalTicket:
    """The basket as a sale that a return can refer to."""
    figures = quote(basket, cash_step_minor=1)
    inputs = {line.line_no: line for line in basket.lines}
    return OriginalTicket(
        prices_include_tax=basket.prices_include_tax,
        tax_lines=figures.tax_lines,
        lines=tuple(
            OriginalLine(
                line_no=line.line_no,
                quantity=inputs[line.line_no].quantity,
                unit=inputs[line.line_no].unit,
                tax_id=inputs[line.line_no].tax_id,
                tax_rate_ppm=inputs[line.line_no].tax_rate_ppm,
                line_discount_minor=line.line_discount_minor,
                ticket_discount_minor=line.ticket_discount_minor,
                amount_minor=line.amount_minor,
                promotion_minor=line.promotion_minor,
                tax_treatment=inputs[line.line_no].tax_treatment,
            )
            for line in figures.lines
        ),
    )


def come_back(original: OriginalTicket, coming: dict[int, Decimal]) -> tuple[Quote, OriginalTicket]:
    """The figures of a return, and the original with that much returned."""
    lines = tuple(
        ReturnLineInput(line_no=line_no, original_line_no=number, quantity=quantity)
        for line_no, (number, quantity) in enumerate(coming.items(), start=1)
    )
    figures = quote_return(ReturnInput(original=original, lines=lines), cash_step_minor=1)
    after = tuple(
        msgspec.structs.replace(
            line, returned_quantity=line.returned_quantity + coming.get(line.line_no, Decimal(0))
        )
        for line in original.lines
    )
    return figures, msgspec.structs.replace(original, lines=after)


def sums(figures: Quote) -> Counter[tuple[str, ...]]:
    """Every amount of a ticket under a name, for adding up several tickets."""
    found: Counter[tuple[str, ...]] = Counter()
    for line in figures.lines:
        found["gross",] += line.gross_minor
        found["promotions",] += line.promotion_minor
        found["line discount",] += line.line_discount_minor
        found["ticket discount",] += line.ticket_discount_minor
        found["amount",] += line.amount_minor
    for tax in figures.tax_lines:
        key = (tax.tax_id, str(tax.rate_ppm), tax.treatment)
        found["base", *key] += tax.base_minor
        found["tax", *key] += tax.tax_minor
    found["due",] += figures.due_minor
    return found


@pytest.mark.parametrize("vector", checkout_vectors("returns"), ids=lambda vector: vector["name"])
def test_return_vectors(vector: Vector) -> None:
    ticket_return = read(vector["return"], ReturnInput)
    step = vector["cash_step_minor"]
    if "error" in vector:
        with pytest.raises(HanoutError) as refusal:
            price_return(ticket_return, cash_step_minor=step)
        assert type(refusal.value).__name__ == vector["error"]["kind"]
        assert refusal.value.code == vector["error"]["code"]
        if "fields" in vector["error"]:
            assert sorted(refusal.value.fields) == vector["error"]["fields"]
        return
    assert written(price_return(ticket_return, cash_step_minor=step)) == vector["figures"]
    quoted = written(quote_return(ticket_return, cash_step_minor=step))
    assert isinstance(quoted, dict)
    assert vector["quote"].items() <= quoted.items()


@given(baskets(), STEPS)
def test_returning_everything_undoes_every_figure(basket: BasketInput, step: int) -> None:
    payable = quote(basket, cash_step_minor=step).cash_payable_minor
    paid = msgspec.structs.replace(basket, tenders=(cash(payable),))
    sale = price_basket(paid, cash_step_minor=step)
    lines = tuple(
        ReturnLineInput(line_no=line.line_no, original_line_no=line.line_no, quantity=line.quantity)
        for line in basket.lines
    )
    back = price_return(
        ReturnInput(original=sold(basket), lines=lines, tenders=(cash(payable),)),
        cash_step_minor=step,
    )
    assert back == msgspec.structs.replace(sale, ticket_discounts_minor=())


@given(baskets(), st.data())
def test_returns_in_any_portions_never_exceed_and_end_at_what_was_charged(
    basket: BasketInput, draw: st.DataObject
) -> None:
    original = sold(basket)
    charged = sums(quote(basket, cash_step_minor=1))
    refunded: Counter[tuple[str, ...]] = Counter()
    left = {line.line_no: line.quantity for line in original.lines}
    for _ in range(draw.draw(st.integers(0, 4))):
        numbers = draw.draw(st.sets(st.sampled_from(sorted(left)), min_size=1))
        coming = {number: _part(draw, left[number], basket, number) for number in sorted(numbers)}
        figures, original = come_back(original, coming)
        _is_a_sound_ticket(figures)
        refunded.update(sums(figures))
        assert all(refunded[name] <= charged[name] for name in refunded)
        left = {number: rest - coming.get(number, 0) for number, rest in left.items()}
        left = {number: rest for number, rest in left.items() if rest}
        if not left:
            break
    if left:
        figures, original = come_back(original, left)
        _is_a_sound_ticket(figures)
        refunded.update(sums(figures))
    assert +refunded == +charged


def _part(draw: st.DataObject, left: Decimal, basket: BasketInput, number: int) -> Decimal:
    unit = next(line.unit for line in basket.lines if line.line_no == number)
    scale = unit_scale(unit)
    return Decimal(draw.draw(st.integers(1, int(left.scaleb(scale))))).scaleb(-scale)


def _is_a_sound_ticket(figures: Quote) -> None:
    for line in figures.lines:
        offs = (line.promotion_minor, line.line_discount_minor, line.ticket_discount_minor)
        assert min(*offs, line.amount_minor) >= 0
        assert line.gross_minor - sum(offs) == line.amount_minor
    for tax in figures.tax_lines:
        assert min(tax.base_minor, tax.tax_minor) >= 0
        assert tax.base_minor + tax.tax_minor == tax.gross_minor
    assert sum(tax.gross_minor for tax in figures.tax_lines) == figures.due_minor


@given(baskets(), STEPS)
def test_without_ticket_a_return_is_priced_like_a_sale(basket: BasketInput, step: int) -> None:
    payable = quote(basket, cash_step_minor=step).cash_payable_minor
    paid = msgspec.structs.replace(basket, tenders=(cash(payable),))
    assert price_return_without_ticket(paid, cash_step_minor=step) == price_basket(
        paid, cash_step_minor=step
    )
    assert quote_return_without_ticket(basket, cash_step_minor=step) == quote(
        basket, cash_step_minor=step
    )


@pytest.mark.parametrize(
    ("tenders", "code"), [((cash(1001),), "overpaid"), ((card(999),), "short-tender")]
)
def test_without_ticket_the_refund_is_exact_too(
    tenders: tuple[TenderInput, ...], code: str
) -> None:
    with pytest.raises(Refused) as refusal:
        price_return_without_ticket(a_basket(tenders=tenders), cash_step_minor=1)
    assert refusal.value.code == code


def test_promotions_come_back_with_the_goods() -> None:
    """Three at 10.00, one free: 20.00 paid. One by one 6.67, 6.66, 6.67 come back."""
    basket = a_basket(a_line(quantity=Decimal(3), promotions=shares(1000)))
    original = sold(basket)
    found = []
    for _ in range(3):
        figures, original = come_back(original, {1: Decimal(1)})
        [line] = figures.lines
        found.append((line.gross_minor, line.promotion_minor, line.amount_minor))
    assert found == [(1000, 333, 667), (1000, 334, 666), (1000, 333, 667)]


def test_a_return_after_a_rate_change_gives_back_the_tax_of_the_sale() -> None:
    """Sold at 19 %; whatever the rate is on the day of the return, nothing asks for it."""
    basket = a_basket(a_line(unit_price_minor=11_900, tax_id="tva", tax_rate_ppm=190_000))
    figures, _ = come_back(sold(basket), {1: Decimal(1)})
    [tax] = figures.tax_lines
    assert (tax.rate_ppm, tax.base_minor, tax.tax_minor) == (190_000, 10_000, 1_900)


def test_exempt_goods_come_back_as_exempt() -> None:
    lines = (a_line(1, tax_treatment="exempt"), a_line(2))
    figures, _ = come_back(sold(a_basket(*lines)), {1: Decimal(1), 2: Decimal(1)})
    assert [(tax.treatment, tax.gross_minor) for tax in figures.tax_lines] == [
        ("exempt", 1000),
        ("taxed", 1000),
    ]


def test_a_returned_line_cannot_return_again() -> None:
    _, original = come_back(sold(a_basket()), {1: Decimal(1)})
    with pytest.raises(Refused) as refusal:
        come_back(original, {1: Decimal(1)})
    assert refusal.value.code == "already-returned"


@given(
    pieces=st.integers(1, 60),
    price=st.integers(1, 2_000),
    portions=st.lists(st.integers(1, 7), min_size=1, max_size=60),
    step=STEPS,
)
def test_many_cash_returns_refund_what_one_would(
    pieces: int, price: int, portions: list[int], step: int
) -> None:
    """Each is rounded to coins, their sum too: nothing is gained by returning piece by piece."""
    line = OriginalLine(
        line_no=1,
        quantity=Decimal(pieces),
        unit="piece",
        tax_id="t",
        tax_rate_ppm=0,
        line_discount_minor=0,
        ticket_discount_minor=0,
        amount_minor=pieces * price,
    )
    back = rounded = refunded = 0
    for portion in portions:
        if back + portion > pieces:
            break
        coming = ReturnInput(
            original=OriginalTicket(
                prices_include_tax=True,
                lines=(replace(line, returned_quantity=Decimal(back)),),
                tax_lines=(),
            ),
            lines=(ReturnLineInput(line_no=1, original_line_no=1, quantity=Decimal(portion)),),
            rounded_before_minor=rounded,
        )
        payable = quote_return(coming, cash_step_minor=step).cash_payable_minor
        paid = price_return(replace(coming, tenders=(cash(payable),)), cash_step_minor=step)
        assert paid.payable_minor == payable >= 0
        back, refunded = back + portion, refunded + payable
        rounded += paid.cash_rounding_minor
        assert 2 * abs(refunded - back * price) <= step
