"""What a line costs and bears, and who may say otherwise."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from msgspec.structs import replace

from edge_agent.catalog.models import PricedItem
from edge_agent.checkout.rules.handed_over import price_as_told
from edge_agent.checkout.rules.live import price_live
from edge_agent.checkout.rules.offers import offers_of
from edge_agent.checkout.rules.orders import Offer, OrderLine, Terms
from protocol.checkout.duty import ALGERIAN_CASH_DUTY
from protocol.checkout.prices import PricePoint
from protocol.checkout.tax import RatePoint
from protocol.errors import Forbidden, Malformed
from protocol.messages.collections import CatalogueItem, PriceItem, TaxRate
from protocol.messages.ticket import TicketDiscount
from tests.unit.edge_agent.checkout.orders import MILK, OFFERS, TERMS, line, sale

LIST = UUID(int=91)
TVA = TaxRate(tax_id="tva19", name="TVA 19 %", rate_ppm=190_000)


@pytest.mark.parametrize(
    ("name", "sold_as"),
    [("Lait demi-écrémé", "Lait demi-écrémé"), ("é" * 700_000, "é" * 1_000)],
)
def test_an_office_that_writes_a_novel_costs_no_sale_its_place(name: str, sold_as: str) -> None:
    """A ticket with a text of over 2,000 characters is parked at the hub."""
    milk = PricedItem(
        item=CatalogueItem(
            product_id=MILK, sku="6130000000015", names={"fr": name, "ar": "حليب"}, unit="piece"
        ),
        price=None,
        tax=None,
        price_version=7,
        proposed=False,
    )
    offers = offers_of([milk], [line()], terms=TERMS, languages=["fr", "ar"])
    assert offers.by_product[MILK].name == sold_as
    assert offers.version == 7


PRICES = [
    PricePoint(unit_price_minor=11_900),
    PricePoint(unit_price_minor=10_000, price_list_id=LIST),
    PricePoint(unit_price_minor=9_000, min_quantity=Decimal(6)),
]


def priced(tax: TaxRate | None = TVA, **more: object) -> PricedItem:
    return PricedItem(
        item=CatalogueItem(product_id=MILK, sku="M", names={}, unit="piece", **more),  # type: ignore[arg-type]
        price=PriceItem(product_id=MILK, currency="DZD", tax_id="tva19", schedule=PRICES),
        tax=tax,
        price_version=1,
        proposed=False,
    )


def offer(terms: Terms, *lines: OrderLine, item: PricedItem | None = None) -> Offer:
    found = offers_of([item or priced()], lines or [line()], terms=terms, languages=["fr"])
    return found.by_product[MILK]


def test_the_lowest_price_of_the_customers_lists_and_of_all_pieces_on_the_ticket() -> None:
    assert (offer(TERMS).unit_price_minor, offer(TERMS).price_list_id) == (11_900, None)
    customer = replace(TERMS, price_lists=(LIST,))
    assert (offer(customer).unit_price_minor, offer(customer).price_list_id) == (10_000, LIST)
    six = [line(1, quantity="2"), line(2, quantity="4")]
    assert (offer(customer, *six).unit_price_minor, offer(customer, *six).price_list_id) == (
        9_000,
        None,
    )
    assert offer(replace(TERMS, currency="EUR")).unit_price_minor is None


def test_a_customer_with_a_certificate_pays_the_price_without_its_tax() -> None:
    exempt = offer(replace(TERMS, exempt=True))
    assert (exempt.unit_price_minor, exempt.tax_rate_ppm) == (10_000, 0)
    assert exempt.tax_treatment == "exempt"
    on_top = offer(replace(TERMS, exempt=True, prices_include_tax=False))
    assert (on_top.unit_price_minor, on_top.tax_treatment) == (11_900, "exempt")


def test_under_ifu_prices_are_as_they_are_and_bear_no_tax() -> None:
    for exempt in (False, True):
        outside = offer(replace(TERMS, regime="ifu", exempt=exempt))
        assert (outside.unit_price_minor, outside.tax_rate_ppm) == (11_900, 0)
        assert (outside.tax_id, outside.tax_treatment) == ("tva19", "outside")


def test_a_tax_without_a_rate_on_the_day_has_none() -> None:
    dated = replace(TVA, schedule=[RatePoint(valid_from=date(2027, 1, 1), rate_ppm=1)])
    for exempt in (False, True):
        found = offer(replace(TERMS, exempt=exempt), item=priced(dated))
        assert (found.tax_id, found.tax_rate_ppm) == ("tva19", None)
        assert found.unit_price_minor == 11_900
    with pytest.raises(Malformed) as refusal:
        price_live(sale(), {MILK: found}, terms=TERMS)
    assert refusal.value.code == "no-tax-rate-on-day"
    assert price_as_told(sale(), {MILK: found}, terms=TERMS).flags == (
        "price-differs",
        "unknown-tax",
    )


def test_a_price_or_discount_beyond_what_a_cashier_may_is_a_managers() -> None:
    nothing = replace(TERMS, may=frozenset())
    cheap = sale([line(unit_price_minor=10_000, price_reason="dented")], payable=10_000)
    off = sale(
        [line(discount=TicketDiscount(amount_minor=1_000))],
        discounts=[TicketDiscount(amount_minor=1_000)],
        payable=10_000,
    )
    for order, where in (
        (cheap, {"lines.0.unit_price_minor"}),
        (off, {"lines.0.discount", "discounts.0"}),
    ):
        with pytest.raises(Forbidden) as refusal:
            price_live(order, OFFERS, terms=nothing)
        assert refusal.value.code == "needs-manager"
        assert set(refusal.value.fields) == where
        assert price_as_told(order, OFFERS, terms=nothing).flags == ("needs-manager",)
        assert price_live(order, OFFERS, terms=TERMS).flags == ()
    back = replace(cheap, kind="return", reason="sour")
    assert price_live(back, OFFERS, terms=nothing).flags == ()


def test_the_duty_of_the_tariffs_is_asked_at_both_doors() -> None:
    terms = replace(TERMS, tariffs=(replace(ALGERIAN_CASH_DUTY, exempt_up_to_minor=0),))
    order = sale([line(quantity="10")], payable=121_000)  # 1200.00 and 12.00, in steps of 5
    live = price_live(order, OFFERS, terms=terms)
    assert (live.totals.duty_minor, live.totals.cash_rounding_minor) == (1_200, -200)
    assert price_as_told(order, OFFERS, terms=terms) == live
    broken = replace(terms, tariffs=(replace(ALGERIAN_CASH_DUTY, brackets=()),))
    with pytest.raises(Malformed) as refusal:
        price_live(order, OFFERS, terms=broken)
    assert refusal.value.code == "malformed-tariff"
    told = price_as_told(sale([line(quantity="10")], payable=120_000), OFFERS, terms=broken)
    assert told.flags == ("malformed-tariff",)
