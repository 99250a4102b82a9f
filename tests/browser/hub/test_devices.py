"""The page of devices in a browser: a code with its QR, from both sides, on a phone."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hub.test_today import sign_in
from tests.integration.hub.hub_thread import HubThread

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_a_code_is_made_and_fits_a_phone(
    page: Page, hub: HubThread, tmp_path: Path, language: str
) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    sign_in(page, hub, hub.world.algiers)
    page.goto(f"{hub.url}/language/{language}?next=/devices")
    page.locator("#claim-name").fill("Comptoir")
    page.locator("form[action='/devices/claims'] button").click()
    expect(page.locator(".invitation .code")).to_have_text(re.compile(r"^(\w{4}-){2}\w{4}$"))
    square = page.locator(".invitation .qr svg").bounding_box()
    assert square is not None
    assert square["width"] >= 200
    assert abs(square["width"] - square["height"]) < 2
    page.screenshot(path=tmp_path / f"devices-{language}.png", full_page=True)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 360
