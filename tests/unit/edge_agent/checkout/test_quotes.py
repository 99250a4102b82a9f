"""A quote over HTTP is what a sale comes to, and says why."""

from datetime import date, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from msgspec.structs import replace

from hub.sales.rules import differences
from protocol.checkout.duty import ALGERIAN_CASH_DUTY
from protocol.checkout.prices import PricePoint
from protocol.checkout.promotions import GoodsSelector, Promotion
from protocol.checkout.tax import RegimePoint
from protocol.codec.facts import decode_fact
from protocol.messages.collections import (
    CashTerms,
    Item,
    LegalEntity,
    PriceItem,
    PriceList,
    PromotionItem,
    StoreSettings,
)
from protocol.messages.invoice import Party
from protocol.messages.ticket import SaleFinalised
from tests.integration.edge_agent.shop_seed import CHEESE, MANAGER, MILK, collections
from tests.unit.edge_agent.embedded_till import Json, Till, open_till
from tests.unit.edge_agent.pages import page

ENTITY, LIST, CUSTOMER = UUID(int=7), UUID(int=91), UUID(int=8)
THREE_FOR_TWO, TENTH = UUID(int=11), UUID(int=12)


def promotion(promotion_id: UUID, **more: object) -> PromotionItem:
    return PromotionItem(
        promotion=Promotion(
            promotion_id=promotion_id,
            names={"fr": "Promo"},
            currency="DZD",
            starts_on=date(2026, 3, 1),
            ends_on=date(2026, 3, 31),
            **more,  # type: ignore[arg-type]
        )
    )


OFFICE: list[Item] = [
    PriceList(price_list_id=LIST, name="Fidèles", customer_ids=[CUSTOMER]),
    promotion(
        THREE_FOR_TWO, kind="n_for_m", buy=3, pay=2, goods=GoodsSelector(product_ids=(MILK,))
    ),
    promotion(TENTH, kind="ticket_percent", percent_ppm=100_000, coupon="DIX"),
]


async def publish(till: Till, **changed: object) -> None:
    """What the office has decided on, over what the shop was seeded with."""
    seeded = collections()
    settings = [
        replace(item, legal_entity_id=ENTITY, **changed)
        if isinstance(item, StoreSettings)
        else item
        for item in seeded["settings"]
    ]
    entity = LegalEntity(
        legal_entity_id=ENTITY,
        party=Party(name="SARL El Bahdja"),
        regimes=[
            RegimePoint(valid_from=date(2025, 1, 1), kind="reel"),
            RegimePoint(valid_from=date(2027, 1, 1), kind="ifu"),
        ],
    )
    cash = CashTerms(currency="DZD", duty_tariffs=[ALGERIAN_CASH_DUTY])
    prices = [
        replace(
            item,
            schedule=[*item.schedule, PricePoint(unit_price_minor=11_000, price_list_id=LIST)],
        )
        if isinstance(item, PriceItem) and item.product_id == MILK
        else item
        for item in seeded["prices"]
    ]
    for name, items in (("settings", [*settings, entity, cash]), ("prices", [*prices, *OFFICE])):
        [collection] = [one for one in till.agent.collections if one.name == name]
        sent = page(name, items, version=2, restart=True)
        await till.agent.writer.submit(partial(collection.stage_page, page=sent))


def milk(quantity: str, **more: object) -> Json:
    return {"line_no": 1, "product_id": str(MILK), "quantity": quantity, **more}


async def quoted(till: Till, **more: object) -> Json:
    body = {"currency": "DZD", "lines": [milk("7")], **more}
    answer = await till.post("/v1/quotes", body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def sold_as_quoted(till: Till, shift: Json, quote: Json, **asked: object) -> Json:
    """Pay the quote in cash, at the prices that it names."""
    payable = quote["cash"]["payable_minor"]
    names = ("line_no", "product_id", "quantity", "unit_price_minor")
    answer = await till.sell(
        shift["id"],
        lines=[{name: line[name] for name in names} for line in quote["lines"]],
        tenders=[{"kind": "cash", "amount_minor": payable}],
        totals={"payable_minor": payable},
        **asked,
    )
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


@pytest.mark.parametrize(
    ("asked", "due_minor"),
    [
        ({}, 60_000),  # seven for five
        ({"customer_id": str(CUSTOMER)}, 55_000),
        ({"coupons": ["DIX"]}, 54_000),
        ({"exemption": "EX-2026-17"}, 55_045),  # 110.09 each
        ({"paper": "invoice", "discounts": [{"amount_minor": 1_000}]}, 59_000),
    ],
)
async def test_a_sale_is_what_was_quoted(tmp_path: Path, asked: Json, due_minor: int) -> None:
    async with open_till(tmp_path) as till:
        await publish(till)
        quote = await quoted(till, **asked)
        assert quote["due_minor"] == due_minor
        shift = await till.open_shift()
        sale = await sold_as_quoted(till, shift, quote, **asked)
        assert sale["lines"] == quote["lines"]
        assert sale["tax_lines"] == quote["tax_lines"]
        assert sale["totals"]["duty_minor"] == quote["cash"]["duty_minor"] > 0
        raws = await till.agent.writer.submit(
            lambda connection: connection.execute("SELECT bytes FROM journal").fetchall()
        )
        fact = decode_fact(bytes(raws[-1][0]))
        assert isinstance(fact.body, SaleFinalised)
        assert fact.body.duty_tariff == ALGERIAN_CASH_DUTY
        assert (fact.body.cash_step_minor, fact.body.regime) == (500, "reel")
        assert fact.body.legal_entity_id == ENTITY
        assert fact.envelope.business_date is not None
        assert differences(fact.body, on=fact.envelope.business_date) == []


async def test_a_quote_says_why(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        await publish(till)
        quote = await quoted(till, coupons=["DIX", "DIX", "AUTRE"])
        states = {one["promotion_id"]: one["state"] for one in quote["promotions"]}
        assert states == {str(THREE_FOR_TWO): "applied", str(TENTH): "applied"}
        assert [one["state"] for one in quote["coupons"]] == ["used", "twice", "unknown"]
        assert quote["lines"][0]["promotion_minor"] == 24_000 + 6_000
        plain = await quoted(till, lines=[milk("2")])
        states = {one["promotion_id"]: one["state"] for one in plain["promotions"]}
        assert states == {str(THREE_FOR_TWO): "no-goods", str(TENTH): "no-coupon"}
        assert "price_list_id" not in plain["lines"][0]
        known = await quoted(till, customer_id=str(CUSTOMER))
        assert known["lines"][0]["price_list_id"] == str(LIST)
        assert known["cash"]["step_minor"] == 500
        assert 20_000 in known["cash"]["denominations_minor"]


async def test_what_needs_a_manager_is_told_in_the_quote_and_refused_in_the_sale(
    tmp_path: Path,
) -> None:
    async with open_till(tmp_path) as till:
        await publish(till, cashier_may=())
        shift = await till.open_shift()
        dented = milk("1", unit_price_minor=10_000, price_reason="dented")
        quote = await quoted(till, lines=[dented])
        assert quote["needs_manager"] == {"lines.0.unit_price_minor": "override_price"}
        sale: Json = {
            "lines": [dented],
            "tenders": [{"kind": "card", "amount_minor": 10_000}],
            "totals": {"payable_minor": 10_000},
        }
        refused = await till.sell(shift["id"], **sale)
        assert (refused.status_code, refused.json()["code"]) == (403, "needs-manager")
        told = (await till.sell(shift["id"], mode="handed_over", **sale)).json()
        assert told["flags"] == ["needs-manager"]
        await till.sign_in(MANAGER)
        assert (await quoted(till, lines=[dented]))["needs_manager"] == {}
        assert (await till.sell(shift["id"], **sale)).status_code == 201


async def test_under_another_regime_no_tax_is_shown_and_returns_keep_the_sales(
    tmp_path: Path,
) -> None:
    """Sold under réel in 2026; brought back under IFU in 2027, figure by figure as it was sold."""
    async with open_till(tmp_path) as till:
        await publish(till)
        shift = await till.open_shift()
        sale = await sold_as_quoted(till, shift, await quoted(till, lines=[milk("1")]))
        assert [tax["rate_ppm"] for tax in sale["tax_lines"]] == [90_000]
        await till.close_shift(shift["id"])
        till.clock.advance(timedelta(days=330))
        await till.sign_in()
        later = await till.open_shift()
        listed = (await till.get(f"/v1/products/{MILK}")).json()
        assert listed["tax_rate_ppm"] == 0
        outside = await quoted(till, lines=[milk("1")])
        assert [(tax["rate_ppm"], tax["treatment"]) for tax in outside["tax_lines"]] == [
            (0, "outside")
        ]
        goods = sale["totals"]["lines_minor"]
        back = await till.post(
            "/v1/returns",
            {
                "id": till.ids.next(),
                "mode": "live",
                "shift_id": later["id"],
                "currency": "DZD",
                "rung_at": till.clock.now().isoformat(),
                "reason": "sour",
                "original_sale_id": sale["id"],
                "lines": [{"line_no": 1, "product_id": str(MILK), "quantity": "1"}],
                "tenders": [{"kind": "card", "amount_minor": goods}],
                "totals": {"payable_minor": goods},
            },
        )
        assert back.status_code == 201, back.text
        assert (back.json()["regime"], back.json()["tax_lines"]) == ("reel", sale["tax_lines"])


async def test_what_cannot_be_sold_cannot_be_quoted(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        for body, code in (
            ({"currency": "EUR"}, "wrong-currency"),
            ({"lines": [milk("1", unit_price_minor=5)]}, "price-differs"),
            ({"lines": [{**milk("1"), "product_id": str(UUID(int=5))}]}, "unknown-product"),
            ({"tenders": []}, "malformed"),
            ({"lines": [{**milk("0.5"), "product_id": str(CHEESE)}] * 2}, "malformed-basket"),
        ):
            sale = {"currency": "DZD", "lines": [milk("1")], **body}
            refused = await till.post("/v1/quotes", sale)
            assert (refused.status_code, refused.json()["code"]) == (422, code)
