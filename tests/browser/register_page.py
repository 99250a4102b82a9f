"""The register app as a cashier meets it: one page, found by its labels."""

import os
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.superette import MILK_CODE, pairing_token
from tests.integration.edge_agent.shop_seed import CASHIER, PINS

# `HANOUT_SCREENSHOTS=docs/images` renews the pictures of the README.
_SCREENSHOTS = os.environ.get("HANOUT_SCREENSHOTS")


class RegisterPage:
    """A tablet's page for one register (1, 2, …), in French until somebody switches."""

    def __init__(self, page: Page, url: str, *, register: int = 1) -> None:
        self.page = page
        self.register = register
        self._url = url

    def open(self) -> None:
        self.page.goto(f"{self._url}/#pair={pairing_token(self.register)}")

    def begin_selling(self, *, float_text: str = "5000") -> None:
        """From a fresh tablet to an empty basket."""
        self.open()
        self.page.get_by_role("button", name="Associer").click()
        self.sign_in()
        self.on_screen("openShift")
        self.page.get_by_label("Fond de caisse").fill(float_text)
        self.page.get_by_role("button", name="Ouvrir la caisse").click()
        self.on_screen("sell")

    def sign_in(self, pin: str = PINS[CASHIER]) -> None:
        """By the keypad, as on a tablet."""
        self.on_screen("signIn")
        for digit in pin:
            self.page.locator(".keypad").get_by_role("button", name=digit, exact=True).click()
        self.page.get_by_role("button", name="S'identifier").click()

    def scan(self, code: str) -> None:
        """What a scanner does: types into whatever has the focus, fast, and ends with Enter."""
        self.page.keyboard.type(code)
        self.page.keyboard.press("Enter")

    def scan_milk(self, *, pieces: int = 1) -> None:
        for _ in range(pieces):
            self.scan(MILK_CODE)
        expect(self.page.get_by_label("Quantité")).to_have_value(str(pieces))

    def search(self, text: str) -> None:
        self.page.locator(".search input").fill(text)

    def products(self) -> Locator:
        return self.page.locator(".product")

    def lines(self) -> Locator:
        return self.page.get_by_test_id("line")

    def pay_exactly(self) -> None:
        self.page.get_by_role("button", name="Encaisser").click()
        self.page.get_by_role("button", name="Montant exact").click()

    def on_screen(self, name: str) -> None:
        """Wait for the screen; a sale may take a few attempts."""
        expect(self.page.locator(".app")).to_have_attribute("data-screen", name, timeout=20_000)

    def expect_receipt(self, number: int) -> None:
        """The register's own series, gapless from 1."""
        text = f"R{self.register}-1-{number:06d}"
        expect(self.page.get_by_test_id("receipt")).to_have_text(text)

    def expect_amount(self, test_id: str, text: str) -> None:
        """The amount as written, whatever spaces stand in it."""
        written = self.page.get_by_test_id(test_id).locator(".money")
        expect(written).to_have_text(text, use_inner_text=True)

    def picture(self, name: str) -> None:
        """Keep a screenshot, where somebody asked for them."""
        if _SCREENSHOTS:
            self.page.evaluate("document.fonts.ready")
            self.page.screenshot(
                path=Path(_SCREENSHOTS) / f"register-{name}.png", animations="disabled"
            )
