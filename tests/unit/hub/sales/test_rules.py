"""What is derived from a ticket adds up to it, and what differs is named."""

from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.sales.rules import Ticket, differences, local_hour, settled_tenders, share_tax
from protocol.checkout import (
    RULES_VERSION,
    BasketInput,
    LineInput,
    TenderInput,
    price_basket,
)
from protocol.checkout.basket import PromotionShare
from protocol.checkout.duty import CashDutyTariff, DutyBracket
from protocol.errors import Malformed
from protocol.messages.ticket import (
    ReturnFinalised,
    SaleFinalised,
    TaxLine,
    Tender,
    TicketLine,
    TicketTotals,
)
from tests.fakes.shop_facts import ShopFacts

ON = date(2026, 11, 20)
STORE = UUID(int=7)


def ticket(seed: int, *, refund: bool = False, lines: int | None = None) -> Ticket:
    return ShopFacts(seed=seed, store_id=STORE).ticket(ON, lines=lines, refund=refund)


@given(seed=st.integers(0, 10_000), refund=st.booleans())
def test_shared_tax_adds_up_to_the_tax_lines(seed: int, refund: bool) -> None:
    made = ticket(seed, refund=refund)
    shares = share_tax(made)
    assert sum(tax for _, tax in shares) == sum(tax.tax_minor for tax in made.tax_lines)
    assert sum(net for net, _ in shares) == sum(tax.base_minor for tax in made.tax_lines)
    for tax in made.tax_lines:
        own = [
            share
            for line, (_, share) in zip(made.lines, shares, strict=True)
            if (line.tax_id, line.tax_rate_ppm) == (tax.tax_id, tax.rate_ppm)
        ]
        assert sum(own) == tax.tax_minor


@given(seed=st.integers(0, 10_000))
def test_with_tax_on_top_the_amount_is_net(seed: int) -> None:
    made = msgspec.structs.replace(ticket(seed), prices_include_tax=False)
    assert [net for net, _ in share_tax(made)] == [line.amount_minor for line in made.lines]


def test_a_tax_line_without_lines_has_nobody_to_take_it() -> None:
    made = ticket(1, lines=1)
    lost = msgspec.structs.replace(made.lines[0], tax_id="OTHER")
    made = msgspec.structs.replace(made, lines=[lost])
    assert share_tax(made) == [(lost.amount_minor, 0)]


@pytest.mark.parametrize(
    ("tenders", "change", "nets"),
    [
        ([("cash", 1000)], 250, [750]),
        ([("card", 600), ("cash", 500)], 100, [600, 400]),
        ([("cash", 300), ("cash", 500)], 100, [300, 400]),
        ([("cash", 300), ("cash", 500)], 600, [200, 0]),
        ([("card", 900)], 100, [900, -100]),
        ([("card", 900)], 0, [900]),
        ([], 100, [-100]),
        ([], 0, []),
    ],
)
def test_change_comes_off_the_cash(
    tenders: list[tuple[str, int]], change: int, nets: list[int]
) -> None:
    made = ticket(1)
    made = msgspec.structs.replace(
        made,
        tenders=[Tender(kind=kind, amount_minor=amount) for kind, amount in tenders],
        totals=msgspec.structs.replace(made.totals, change_minor=change),
    )
    settled = settled_tenders(made)
    assert [tender.net_minor for tender in settled] == nets
    given = [tender for tender in settled if tender.line_no == 0]
    assert [(tender.kind, tender.amount_minor) for tender in given] == [("cash", 0)] * (
        len(nets) - len(tenders)
    )


@given(seed=st.integers(0, 10_000), refund=st.booleans())
def test_net_tenders_add_up_to_what_was_payable(seed: int, refund: bool) -> None:
    made = ticket(seed, refund=refund)
    assert sum(tender.net_minor for tender in settled_tenders(made)) == made.totals.payable_minor


@given(seed=st.integers(0, 10_000), refund=st.booleans())
def test_a_ticket_by_the_shared_rules_has_no_differences(seed: int, refund: bool) -> None:
    assert differences(ticket(seed, refund=refund), on=ON) == []


@given(seed=st.integers(0, 2_000), by=st.integers(1, 500))
def test_every_wrong_total_is_named(seed: int, by: int) -> None:
    made = ticket(seed)
    name = Random(seed).choice(["lines_minor", "due_minor", "payable_minor", "change_minor"])
    wrong = getattr(made.totals, name) + by
    totals = msgspec.structs.replace(made.totals, **{name: wrong})
    found = differences(msgspec.structs.replace(made, totals=totals), on=ON)
    assert [(each.code, each.subject, each.found) for each in found] == [
        ("figure-differs", f"totals.{name}", str(wrong))
    ]
    assert found[0].expected == str(wrong - by)


def test_a_wrong_line_and_a_missing_tax_line_are_named() -> None:
    made = ticket(3, lines=2)
    line = msgspec.structs.replace(made.lines[1], amount_minor=made.lines[1].amount_minor + 1)
    made = msgspec.structs.replace(made, lines=[made.lines[0], line], tax_lines=made.tax_lines[:0])
    subjects = {each.subject for each in differences(made, on=ON)}
    assert "lines.1.amount_minor" in subjects
    assert any(subject.startswith("tax_lines.") for subject in subjects)


def test_what_the_shop_read_otherwise_is_named_in_the_tablets_words() -> None:
    told = {"currency": "dzd", "lines.0.quantity": "1e0"}
    found = differences(msgspec.structs.replace(ticket(5), told=told), on=ON)
    assert {each.code for each in found} == {"read-otherwise"}
    assert {each.subject: each.found for each in found} == told


def test_a_ticket_that_cannot_be_recomputed_says_why() -> None:
    made = ticket(4)
    short = msgspec.structs.replace(made, tenders=[Tender(kind="card", amount_minor=1)])
    assert [each.subject for each in differences(short, on=ON)] == ["short-tender"]
    old = msgspec.structs.replace(made, rules_version="1999.1")
    assert [each.subject for each in differences(old, on=ON)] == ["unknown-rules-version"]


def linked_return(seed: int) -> ReturnFinalised:
    made = ticket(seed, refund=True)
    assert isinstance(made, ReturnFinalised)
    return msgspec.structs.replace(made, original_sale_id=UUID(int=9))


@given(seed=st.integers(0, 2_000))
def test_a_return_with_ticket_is_held_to_its_sums(seed: int) -> None:
    made = linked_return(seed)
    assert differences(made, on=ON) == []
    line = msgspec.structs.replace(made.lines[0], amount_minor=made.lines[0].amount_minor + 1)
    wrong = msgspec.structs.replace(made, lines=[line, *made.lines[1:]])
    subjects = [each.subject for each in differences(wrong, on=ON)]
    assert subjects[:2] == ["lines.0.amount_minor", "totals.lines_minor"]
    assert [subject.partition("@")[0] for subject in subjects[2:]] == [f"tax_lines.{line.tax_id}"]


def test_the_tax_lines_of_a_return_with_ticket_cover_its_lines() -> None:
    made = linked_return(5)
    none = differences(msgspec.structs.replace(made, tax_lines=[]), on=ON)
    assert {each.found for each in none} == {None}
    assert len(none) == len(made.tax_lines)
    tax = made.tax_lines[0]
    less = msgspec.structs.replace(tax, tax_minor=tax.tax_minor - 1)
    wrong = msgspec.structs.replace(made, tax_lines=[less, *made.tax_lines[1:]])
    (found,) = differences(wrong, on=ON)
    assert found.subject.endswith(".tax_minor")
    assert (found.expected, found.found) == (str(tax.tax_minor), str(tax.tax_minor - 1))


def test_returns_make_up_for_the_rounding_of_those_before() -> None:
    """What was given back too much before is taken off now."""
    made = linked_return(5)
    due_minor = made.totals.due_minor
    step = 500
    over = (due_minor % step) or step
    totals = msgspec.structs.replace(
        made.totals,
        cash_rounding_minor=-over,
        payable_minor=due_minor - over,
        tendered_minor=due_minor - over,
        change_minor=0,
    )
    paid = msgspec.structs.replace(
        made,
        totals=totals,
        tenders=[Tender(kind="cash", amount_minor=due_minor - over)],
        cash_step_minor=step,
        rounded_before_minor=over,
    )
    assert differences(paid, on=ON) == []


def test_a_return_with_ticket_may_have_a_price_of_its_own() -> None:
    made = linked_return(5)
    line = msgspec.structs.replace(made.lines[0], quantity=Decimal(77))
    assert differences(msgspec.structs.replace(made, lines=[line, *made.lines[1:]]), on=ON) == []


def test_the_hour_is_the_shops() -> None:
    made = ticket(1)
    assert isinstance(made, SaleFinalised)
    assert local_hour(made, ZoneInfo("Africa/Algiers")) == (made.rung_at.hour + 1) % 24
    naive = msgspec.structs.replace(made, rung_at=made.rung_at.replace(tzinfo=None))
    with pytest.raises(Malformed, match="time-without-zone"):
        local_hour(naive, ZoneInfo("UTC"))


@pytest.mark.parametrize("at", ["0001-01-01T00:30:00+00:00", "9999-12-31T23:30:00+00:00"])
def test_at_the_ends_of_time_the_hour_is_as_written(at: str) -> None:
    odd = msgspec.structs.replace(ticket(1), rung_at=datetime.fromisoformat(at))
    for zone in ("America/New_York", "Asia/Tokyo"):
        assert 0 <= local_hour(odd, ZoneInfo(zone)) <= 23


TARIFF = CashDutyTariff(
    currency="DZD",
    valid_from=date(2025, 1, 1),
    brackets=(DutyBracket(above_minor=0, tranche_minor=100_00, duty_minor=1_00),),
    exempt_up_to_minor=300_00,
)


def fiscal_sale(**changes: Any) -> SaleFinalised:
    """Promotions, an exempt line beside one at 0 %, duty on cash, a cash step of its own."""
    taken = (PromotionShare(promotion_id=UUID(int=5), amount_minor=10_00),)
    common: dict[str, Any] = {
        "quantity": Decimal(3),
        "unit": "piece",
        "tax_id": "TVA",
        "tax_rate_ppm": 0,
    }
    basket = BasketInput(
        currency="DZD",
        prices_include_tax=True,
        business_date=ON,
        paper="invoice",
        lines=(
            LineInput(line_no=1, unit_price_minor=170_13, tax_treatment="exempt", **common),
            LineInput(line_no=2, unit_price_minor=99_99, promotions=taken, **common),
        ),
        tenders=(TenderInput(kind="cash", amount_minor=2_000_00),),
    )
    figures = price_basket(basket, cash_step_minor=100, tariffs=(TARIFF,))
    names = ("line_no", "quantity", "unit", "unit_price_minor", "tax_id", "tax_rate_ppm")
    lines = [
        TicketLine(
            product_id=UUID(int=8),
            name="Huile 1 L",
            promotions=list(asked.promotions),
            tax_treatment=asked.tax_treatment,
            **{name: getattr(asked, name) for name in names},
            **{
                name: getattr(charged, name)
                for name in msgspec.structs.asdict(charged)
                if name != "line_no"
            },
        )
        for asked, charged in zip(basket.lines, figures.lines, strict=True)
    ]
    made = SaleFinalised(
        mode="live",
        currency="DZD",
        prices_include_tax=True,
        rules_version=RULES_VERSION,
        price_version=1,
        series_epoch=1,
        receipt_number=1,
        rung_at=datetime(2026, 11, 20, 9, tzinfo=UTC),
        lines=lines,
        tax_lines=[TaxLine(**msgspec.structs.asdict(tax)) for tax in figures.tax_lines],
        tenders=[Tender(kind="cash", amount_minor=2_000_00)],
        totals=TicketTotals(
            **{name: getattr(figures, name) for name in TicketTotals.__struct_fields__}
        ),
        paper="invoice",
        cash_step_minor=100,
        duty_tariff=TARIFF,
    )
    return msgspec.structs.replace(made, **changes)


def test_a_sale_gives_its_own_figures_again_by_what_it_says_itself() -> None:
    made = fiscal_sale()
    assert differences(made, on=ON) == []
    assert made.totals.duty_minor == 9_00
    assert [tax.treatment for tax in made.tax_lines] == ["exempt", "taxed"]
    assert share_tax(made) == [(510_39, 0), (289_97, 0)]


@pytest.mark.parametrize(
    ("changes", "subjects"),
    [
        ({"duty_tariff": None}, {"totals.duty_minor", "totals.due_minor"}),
        ({"cash_step_minor": 500}, {"totals.cash_rounding_minor", "totals.payable_minor"}),
        ({"cash_step_minor": 0}, {"cash-step-not-positive"}),
        (
            {"duty_tariff": msgspec.structs.replace(TARIFF, brackets=())},
            {"malformed-tariff"},
        ),
    ],
)
def test_what_the_settlement_did_not_follow_from_is_named(
    changes: dict[str, Any], subjects: set[str]
) -> None:
    found = {each.subject for each in differences(fiscal_sale(**changes), on=ON)}
    assert subjects <= found


def test_promotions_and_treatments_are_inputs_that_count() -> None:
    made = fiscal_sale()
    plain = msgspec.structs.replace(made.lines[1], promotions=[])
    found = {
        each.subject
        for each in differences(msgspec.structs.replace(made, lines=[made.lines[0], plain]), on=ON)
    }
    assert {"lines.1.promotion_minor", "lines.1.amount_minor", "totals.lines_minor"} <= found
    taxed = [msgspec.structs.replace(tax, treatment="taxed") for tax in made.tax_lines]
    found = {
        each.subject for each in differences(msgspec.structs.replace(made, tax_lines=taxed), on=ON)
    }
    assert "tax_lines.TVA@0.exempt.base_minor" in found
