"""The register app in a shop with a promotion and stamp duty, in French and in Arabic."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import BrowserContext, expect

from edge_agent.settings import EdgeSettings
from tests.browser.register_page import RegisterPage
from tests.browser.superette import OFFER_AND_DUTY, stock_shelves
from tests.browser.test_register import config_of, tablet_page
from tests.integration.edge_agent.shop_seed import write_config
from tests.integration.edge_agent.tablet import RunningAgent

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COFFEE_CODE = "6130456000010"


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningAgent]:
    folder = tmp_path_factory.mktemp("stocked")
    settings = EdgeSettings.from_file(write_config(folder), environment={})
    # In a thread of its own: Playwright's loop counts as this thread's running one.
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(asyncio.run, stock_shelves(settings, OFFER_AND_DUTY)).result()
    shop = tmp_path_factory.mktemp("shop")
    with RunningAgent(config_of(shop, folder / "data", port=0)) as running:
        yield running


def test_cash_with_promotion_and_duty(context: BrowserContext, agent: RunningAgent) -> None:
    register = tablet_page(context, agent.url, register=1)
    page = register.page
    register.begin_selling()
    fill_basket(register)
    expect(page.get_by_test_id("reduction")).to_contain_text("Lait : 3 pour 2")
    # 240 for the milk, 320 for the coffee.
    register.expect_amount("total", "560,00\u00a0DA")
    register.picture("offer-sell-fr")
    page.get_by_role("button", name="Encaisser").click()
    # Six started hundreds at one dinar; 566 in cash is 565.
    expect(page.get_by_test_id("duty")).to_contain_text("Droit de timbre")
    register.expect_amount("duty", "6,00\u00a0DA")
    register.expect_amount("payable", "565,00\u00a0DA")
    register.picture("offer-pay-fr")
    page.get_by_role("button", name="Montant exact").click()
    register.on_screen("done")
    register.expect_receipt(1)
    register.expect_amount("duty", "6,00\u00a0DA")
    register.expect_amount("paid", "565,00\u00a0DA")


def test_a_card_in_arabic_with_promotion(context: BrowserContext, agent: RunningAgent) -> None:
    register = tablet_page(context, agent.url, register=2)
    page = register.page
    register.begin_selling()
    fill_basket(register)
    page.get_by_role("button", name="العربية").click()
    expect(page.get_by_test_id("reduction")).to_contain_text("حليب: 3 بسعر 2")
    register.expect_amount("total", "560,00\u00a0دج")
    register.picture("offer-sell-ar")
    page.get_by_role("button", name="الدفع").click()
    expect(page.get_by_test_id("duty")).to_contain_text("حق الطابع")
    register.picture("offer-pay-ar")
    page.get_by_role("button", name="بطاقة").click()
    # No cash, no duty, no rounding.
    expect(page.get_by_test_id("duty")).to_be_hidden()
    register.expect_amount("payable", "560,00\u00a0دج")
    page.keyboard.press("Enter")
    register.on_screen("done")
    register.expect_receipt(1)
    register.expect_amount("paid", "560,00\u00a0دج")


def fill_basket(register: RegisterPage) -> None:
    register.scan_milk(pieces=3)
    register.scan(COFFEE_CODE)
    expect(register.lines()).to_have_count(2)
