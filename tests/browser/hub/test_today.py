"""The owner's first page: sign in, see the day, watch a sale arrive without a reload."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.integration.hub.hub_thread import HubThread
from tests.integration.hub.hub_world import DAY, PASSWORD, Tenant

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def sign_in(page: Page, hub: HubThread, tenant: Tenant) -> None:
    page.goto(hub.url)
    page.get_by_label("Adresse e-mail").fill(tenant.email)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url(f"{hub.url}/")


def pictures(otherwise: Path) -> Path:
    """Where screenshots go: the documentation's folder for `make pictures`."""
    return Path(os.environ.get("HANOUT_SCREENSHOTS") or otherwise)


def figure(page: Page, shop: str, name: str) -> str:
    """What a shop's tile shows under a name."""
    tile = page.locator("article", has=page.get_by_role("heading", name=shop))
    return tile.locator(f'[data-figure^="{name}-"]').inner_text()


def test_a_sale_arrives_live(page: Page, hub: HubThread, tmp_path: Path) -> None:
    sign_in(page, hub, hub.world.algiers)
    expect(page.get_by_text("En direct")).to_be_visible()
    expect(page.get_by_text("Dernière journée avec des ventes")).to_be_visible()
    shop = hub.world.algiers.shops[1]
    before = {name: figure(page, shop.name, name) for name in ("takings", "tickets")}
    other = figure(page, "Bab Ezzouar", "takings")
    page.evaluate("window.neverReloaded = true")

    shop.at(15)
    hub.do(hub.world.send(shop, [shop.shift.sale(lines=3)]))

    tile = page.locator("article", has=page.get_by_role("heading", name=shop.name))
    tickets = tile.locator('[data-figure^="tickets-"]')
    expect(tickets).to_have_text(str(int(before["tickets"]) + 1))
    expect(tickets).to_have_class("changed")
    assert figure(page, shop.name, "takings") != before["takings"]
    assert figure(page, "Bab Ezzouar", "takings") == other
    expect(tile.get_by_text("Dernière vente à 16:0")).to_be_visible()
    assert page.evaluate("window.neverReloaded")
    page.screenshot(path=pictures(tmp_path) / "dashboard-today-fr.png", full_page=True)


def test_arabic_reads_from_the_right(page: Page, hub: HubThread, tmp_path: Path) -> None:
    sign_in(page, hub, hub.world.algiers)
    page.get_by_title("العربية").click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.get_by_role("heading", name="مداخيل اليوم")).to_be_visible()
    expect(page.get_by_text("مباشر")).to_be_visible()
    shown = page.locator("main").inner_text()
    assert not re.search("[٠-٩]", shown), "Latin digits, as in ar-DZ"
    page.screenshot(path=pictures(tmp_path) / "dashboard-today-ar.png", full_page=True)


@pytest.mark.parametrize("language", ["fr", "ar", "en"])
@pytest.mark.parametrize("path", ["/", "/tickets", "ticket"])
def test_pages_fit_a_phone(page: Page, hub: HubThread, language: str, path: str) -> None:
    sign_in(page, hub, hub.world.algiers)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{hub.url}/language/{language}?next=/tickets?day={DAY}")
    if path == "ticket":
        page.locator("a[href^='/tickets/0']").first.click()
        page.wait_for_url("**/tickets/*")
    else:
        page.goto(hub.url + path)
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) <= 0


def test_a_wrong_password_is_said_and_the_address_kept(
    context: BrowserContext, hub: HubThread
) -> None:
    page = context.new_page()
    page.goto(f"{hub.url}/tickets")
    page.get_by_label("Adresse e-mail").fill(hub.world.london.email)
    page.get_by_label("Mot de passe").fill("wrong")
    with page.expect_response(lambda response: response.request.method == "POST") as answer:
        page.get_by_role("button", name="Se connecter").click()
    assert answer.value.status == 401
    expect(page.get_by_role("alert")).to_have_text("Adresse ou mot de passe incorrect.")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url(f"{hub.url}/tickets")


def test_signing_out_ends_the_session(page: Page, hub: HubThread, context: BrowserContext) -> None:
    sign_in(page, hub, hub.world.algiers)
    kept = {cookie["name"]: cookie["value"] for cookie in context.cookies()}
    page.get_by_role("button", name="Se déconnecter").click()
    page.wait_for_url("**/sign-in")
    context.add_cookies([{"name": k, "value": v, "url": hub.url} for k, v in kept.items()])
    page.goto(hub.url)
    page.wait_for_url("**/sign-in")


def test_without_script_the_page_still_shows_the_day(
    context: BrowserContext, hub: HubThread
) -> None:
    assert context.browser is not None
    plain = context.browser.new_context(java_script_enabled=False, locale="fr-DZ")
    page = plain.new_page()
    sign_in(page, hub, hub.world.london)
    expect(page.get_by_role("heading", name="Soho")).to_be_visible()
    assert "Sans JavaScript" in page.locator("main").inner_text()
    plain.close()
