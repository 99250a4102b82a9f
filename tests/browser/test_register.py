"""The built register app in a real Chromium, on a real agent: from a fresh tablet to the Z."""

import asyncio
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Route, ViewportSize, expect

from edge_agent.settings import EdgeSettings
from provisioning.demo.ports import free_port
from tests.browser.register_page import RegisterPage
from tests.browser.superette import DATES_CODE, REGISTERS, pairing_token, stock_shelves
from tests.integration.edge_agent.shop_seed import CASHIER, PINS, write_config
from tests.integration.edge_agent.tablet import RunningAgent

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DIST = Path(__file__).parents[2] / "edge_agent" / "register_app" / "dist"
TABLET: ViewportSize = {"width": 1280, "height": 800}
TABLET_UPRIGHT: ViewportSize = {"width": 800, "height": 1280}


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the shop in it, copied for every agent."""
    folder = tmp_path_factory.mktemp("stocked")
    settings = EdgeSettings.from_file(write_config(folder), environment={})
    # In a thread of its own: Playwright's loop counts as this thread's running one.
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(asyncio.run, stock_shelves(settings, {})).result()
    return folder / "data"


@pytest.fixture(scope="module")
def agent(stocked: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningAgent]:
    folder = tmp_path_factory.mktemp("shop")
    with RunningAgent(config_of(folder, stocked, port=0)) as running:
        yield running


@pytest.fixture(scope="module")
def free_registers() -> Iterator[int]:
    """One for each test, counted up."""
    return iter(range(1, REGISTERS + 1))


@pytest.fixture
def register(
    context: BrowserContext, agent: RunningAgent, free_registers: Iterator[int]
) -> RegisterPage:
    return tablet_page(context, agent.url, register=next(free_registers))


def config_of(folder: Path, stocked: Path, *, port: int) -> Path:
    if not (DIST / "index.html").is_file():
        pytest.fail("The register app is not built: run `make assets`.")
    shutil.copytree(stocked, folder / "data")
    return write_config(folder, listen_port=port, register_app_dir=str(DIST))


def tablet_page(context: BrowserContext, url: str, *, register: int) -> RegisterPage:
    page = context.new_page()
    page.set_viewport_size(TABLET)
    return RegisterPage(page, url, register=register)


def test_a_sale_in_french(register: RegisterPage) -> None:
    page = register.page
    register.begin_selling()
    register.scan_milk(pieces=2)

    register.search("lait")
    expect(register.products()).to_have_count(2)
    register.products().filter(has_text="poudre").click()
    expect(register.lines()).to_have_count(2)

    register.search("dattes")
    page.keyboard.press("Enter")
    expect(register.lines()).to_have_count(3)
    page.get_by_label("Quantité").last.fill("0,755")
    page.keyboard.press("Enter")
    register.expect_amount("total", "1\u202f191,25\u00a0DA")
    register.picture("sell-fr")

    page.get_by_role("button", name="Encaisser").click()
    # 1191.25 in cash is 1190: the step is five dinars.
    register.expect_amount("payable", "1\u202f190,00\u00a0DA")
    page.keyboard.type("2000")
    expect(page.locator(".change-preview .money")).to_have_text("810,00\u00a0DA")
    register.picture("pay-fr")
    # Once to the button, once to press it.
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")

    register.on_screen("done")
    register.expect_receipt(1)
    register.expect_amount("change", "810,00\u00a0DA")
    register.expect_amount("paid", "1\u202f190,00\u00a0DA")
    page.keyboard.press("Enter")
    register.on_screen("sell")
    expect(register.lines()).to_have_count(0)
    expect(page.get_by_test_id("debt")).to_contain_text("à envoyer")


def test_a_sale_in_arabic(register: RegisterPage) -> None:
    page = register.page
    register.begin_selling()
    page.get_by_role("button", name="العربية").click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator("html")).to_have_attribute("lang", "ar")

    register.search("حليب")
    expect(register.products()).to_have_count(2)
    register.products().filter(has_text="حليب نصف دسم").click()
    register.scan(DATES_CODE)
    expect(register.lines()).to_have_count(2)
    register.expect_amount("total", "870,00\u00a0دج")
    register.picture("sell-ar")

    page.get_by_role("button", name="الدفع").click()
    page.locator(".suggestions").get_by_role("button", name="1.000,00").click()
    register.on_screen("done")
    register.expect_receipt(1)
    register.expect_amount("change", "130,00\u00a0دج")
    register.picture("done-ar")


def test_upright_by_card_in_english(register: RegisterPage) -> None:
    page = register.page
    page.set_viewport_size(TABLET_UPRIGHT)
    register.begin_selling()
    page.get_by_role("button", name="English").click()
    register.search("harissa")
    page.keyboard.press("Enter")
    expect(register.lines()).to_have_count(1)
    page.get_by_role("button", name="Pay").click()
    register.expect_amount("payable", "210.00\u00a0DA")
    page.get_by_role("button", name="Card").click()
    # By card to the centime.
    register.expect_amount("payable", "210.30\u00a0DA")
    page.keyboard.press("Enter")
    register.on_screen("done")
    register.expect_amount("change", "0.00\u00a0DA")
    register.expect_amount("paid", "210.30\u00a0DA")


def test_the_shift_closes_with_a_z(register: RegisterPage) -> None:
    page = register.page
    register.begin_selling()
    register.scan_milk()
    register.pay_exactly()
    register.on_screen("done")
    page.get_by_role("button", name="Caisse", exact=True).click()
    register.on_screen("done")
    page.get_by_role("button", name="Nouvelle vente").click()

    register.on_screen("till")
    expect(page.get_by_text("5\u202f120,00\u00a0DA")).to_be_visible()
    page.get_by_label("Espèces comptées").fill("5100")
    page.get_by_role("button", name="Fermer la caisse").click()
    register.on_screen("z")
    expect(page.get_by_test_id("z-number")).to_contain_text("Z n° 1")
    expect(page.locator(".done-change")).to_contain_text("Manquant")
    expect(page.locator(".done-change .money")).to_have_text("20,00\u00a0DA")
    page.get_by_role("button", name="Ouvrir une autre session").click()
    register.on_screen("openShift")


def test_what_is_wrong_is_said_and_changes_nothing(register: RegisterPage) -> None:
    page = register.page
    register.open()
    # The code leaves the address, which others may see.
    expect(page).not_to_have_url("#pair")
    page.get_by_label("Code d'association").fill("not-a-register")
    page.get_by_role("button", name="Associer").click()
    expect(page.get_by_role("alert")).to_contain_text("Ce n'est pas le code d'une caisse")
    page.get_by_label("Code d'association").fill(pairing_token(register.register))
    page.get_by_role("button", name="Associer").click()

    register.sign_in("0000")
    expect(page.get_by_role("alert")).to_contain_text("Personne ici n'a ce code PIN")
    register.sign_in()
    register.on_screen("openShift")
    page.get_by_role("button", name="Ouvrir la caisse").click()
    register.on_screen("sell")

    register.scan("4006381333931")
    expect(page.get_by_role("alert")).to_contain_text("Aucun article trouvé")
    register.page.locator(".search input").fill("")
    register.scan_milk()
    # A scan while the cursor is in a quantity is no quantity.
    page.get_by_label("Quantité").focus()
    register.scan("6130234000027")
    expect(page.get_by_label("Quantité")).to_have_value("1")
    expect(register.lines()).to_have_count(1)
    # Nor is a scan an amount of cash, and its Enter pays nothing.
    page.get_by_role("button", name="Encaisser").click()
    register.on_screen("pay")
    for _ in range(2):
        register.scan("20000022")
    expect(page.get_by_text("Vérifiez le montant reçu")).to_be_visible()
    register.on_screen("pay")


def test_basket_and_sign_in_outlive_a_reload(register: RegisterPage) -> None:
    register.begin_selling()
    register.scan_milk(pieces=3)
    register.page.reload()
    register.on_screen("sell")
    expect(register.page.get_by_label("Quantité")).to_have_value("3")
    register.page.get_by_role("button", name="Quitter").click()
    register.sign_in()
    register.on_screen("sell")
    expect(register.page.get_by_label("Quantité")).to_have_value("3")


def test_a_sale_whose_answer_is_lost_is_booked_once(
    context: BrowserContext, register: RegisterPage
) -> None:
    sent: list[str | None] = []

    def lose_the_first_answer(route: Route) -> None:
        sent.append(route.request.post_data)
        if len(sent) == 1:
            assert route.fetch().status == 201
            route.abort("connectionreset")
        else:
            route.continue_()

    register.begin_selling()
    register.scan_milk()
    context.route("**/v1/sales", lose_the_first_answer)
    register.pay_exactly()
    register.on_screen("done")
    register.expect_receipt(1)
    assert len(sent) == 2
    assert sent[0] == sent[1]
    context.unroute("**/v1/sales")

    # The next scan begins the next sale.
    register.scan_milk()
    register.pay_exactly()
    register.on_screen("done")
    register.expect_receipt(2)


def test_a_sale_waits_for_an_agent_that_lost_its_power(
    context: BrowserContext, stocked: Path, tmp_path: Path
) -> None:
    # On a port of its own, so that it comes back where it was.
    config = config_of(tmp_path, stocked, port=free_port())
    with RunningAgent(config) as agent:
        register = tablet_page(context, agent.url, register=1)
        register.begin_selling()
        register.scan_milk(pieces=2)
        agent.kill()
        register.pay_exactly()
        expect(register.page.get_by_text("la même vente est renvoyée")).to_be_visible()
    with RunningAgent(config):
        register.on_screen("done")
        register.expect_receipt(1)
        register.expect_amount("paid", "240,00\u00a0DA")


def test_two_tablets_of_one_register_see_each_other(
    context: BrowserContext, register: RegisterPage, agent: RunningAgent
) -> None:
    register.begin_selling()
    assert context.browser is not None
    other_context = context.browser.new_context(locale="fr-DZ")
    other = tablet_page(other_context, agent.url, register=register.register)
    other.open()
    other.page.get_by_role("button", name="Associer").click()
    other.sign_in()
    # The shift is the register's, and open already.
    other.on_screen("sell")
    other.scan_milk()
    other.pay_exactly()
    other.on_screen("done")
    expect(register.page.locator(".last-sale")).to_contain_text(f"R{register.register}-1-000001")
    other_context.close()


def test_nothing_comes_from_elsewhere_and_nothing_inline(
    register: RegisterPage, agent: RunningAgent
) -> None:
    page = register.page
    asked: list[str] = []
    broken: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on(
        "console",
        lambda message: broken.append(message.text) if "Policy" in message.text else None,
    )
    register.begin_selling()
    register.scan_milk()
    register.pay_exactly()
    register.on_screen("done")
    assert asked
    assert [url for url in asked if not url.startswith(agent.url + "/")] == []
    assert broken == []


def test_keyboard_alone_sells(register: RegisterPage) -> None:
    """Nothing is clicked, and what has the focus is always to be seen."""
    page = register.page
    register.open()
    page.get_by_label("Code d'association").press("Enter")
    register.on_screen("signIn")
    page.keyboard.type(PINS[CASHIER])
    page.keyboard.press("Enter")
    register.on_screen("openShift")
    page.keyboard.type("0")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    register.on_screen("sell")
    register.scan_milk()
    page.get_by_role("button", name="Encaisser").press("Enter")
    register.on_screen("pay")
    outline = page.evaluate(
        "getComputedStyle(document.activeElement.closest('.amount-input')).outlineStyle"
    )
    assert outline == "solid"
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    register.on_screen("done")
    page.keyboard.press("Enter")
    register.on_screen("sell")
