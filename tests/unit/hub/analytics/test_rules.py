"""What tickets add to the rollups: sums over SKUs, taxes and tenders all come to the same money."""

from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from hub.analytics.rules import deltas
from hub.events.models import ReceivedFact
from protocol.codec.facts import decode_fact
from protocol.messages.ticket import ReturnFinalised, SaleFinalised
from tests.fakes.shop_facts import ShopFacts

STORE = UUID(int=7)
ON = date(2026, 11, 20)


def received(raw: bytes, seq: int) -> ReceivedFact:
    fact = decode_fact(raw)
    return ReceivedFact(
        device_id=UUID(int=1),
        epoch=1,
        seq=seq,
        received_at=datetime(2026, 11, 23, tzinfo=UTC),
        business_date=ON,
        moved=None,
        zone=ZoneInfo("Africa/Algiers"),
        envelope=fact.envelope,
        body=fact.body,
        raw=raw,
    )


def tickets(seed: int, count: int) -> list[ReceivedFact]:
    facts = ShopFacts(seed=seed, store_id=STORE, products=5).day(count, on=ON)
    all_of_them = [received(raw, seq) for seq, raw in enumerate(facts, start=1)]
    return [fact for fact in all_of_them if isinstance(fact.body, SaleFinalised | ReturnFinalised)]


@given(seed=st.integers(0, 500), count=st.integers(1, 40))
def test_every_rollup_comes_to_the_same_money(seed: int, count: int) -> None:
    sums = deltas(tickets(seed, count))
    (day,) = sums.days.values()
    assert day.payable_minor == day.sales_minor - day.returns_minor
    assert sum(tender.net_minor for tender in sums.tenders.values()) == day.payable_minor
    assert sum(tax.tax_minor for tax in sums.taxes.values()) == day.tax_minor
    assert sum(sku.tax_minor for sku in sums.skus.values()) == day.tax_minor
    goods = sum(sku.net_minor + sku.tax_minor for sku in sums.skus.values())
    assert goods + day.duty_minor + day.cash_rounding_minor == day.payable_minor
    gross = sum(sku.gross_minor - sku.discount_minor for sku in sums.skus.values())
    assert gross == goods
    assert day.sales_count + day.returns_count == count


@given(seed=st.integers(0, 500), cut=st.integers(0, 20))
def test_groups_add_up_to_the_whole(seed: int, cut: int) -> None:
    facts = tickets(seed, 20)
    whole, first, rest = deltas(facts), deltas(facts[:cut]), deltas(facts[cut:])
    for key, sku in whole.skus.items():
        parts = [part.skus[key] for part in (first, rest) if key in part.skus]
        assert sku.quantity == sum(part.quantity for part in parts)
        assert sku.net_minor == sum(part.net_minor for part in parts)
        assert sku.tickets == sum(part.tickets for part in parts)
        assert sku.returns == sum(part.returns for part in parts)


def test_a_product_on_two_lines_is_one_ticket_in_its_hour() -> None:
    shop = ShopFacts(seed=2, store_id=STORE, products=1)
    (raw,) = shop.sales(1, lines=3, on=ON)
    fact = received(raw, 1)
    ((key, sku),) = deltas([fact]).skus.items()
    assert isinstance(fact.body, SaleFinalised)
    local = fact.body.rung_at.astimezone(ZoneInfo("Africa/Algiers"))
    assert key == (STORE, ON, local.hour, shop.product_ids[0], "DZD")
    assert (sku.tickets, sku.returns) == (1, 0)
    assert sku.quantity == sum(line.quantity for line in fact.body.lines)
