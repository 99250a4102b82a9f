"""Only our own pages send our forms, and nobody is sent elsewhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response

from hub.dashboard.forms import TOKEN_COOKIE, FormTokens, local_path
from protocol.errors import Forbidden

TOKEN = "a" * 48
FORMS = FormTokens(new_token=lambda: TOKEN, secure=True)


def request(**headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "path": "/sign-in", "headers": raw})


def test_the_token_of_the_page_is_accepted() -> None:
    own = request(cookie=f"{TOKEN_COOKIE}={TOKEN}", host="hub.example")
    FORMS.check(own, TOKEN)
    browser = request(
        cookie=f"{TOKEN_COOKIE}={TOKEN}",
        host="hub.example",
        origin="https://hub.example",
        sec_fetch_site="same-origin",
    )
    FORMS.check(browser, TOKEN)
    assert FORMS.token_for(own) == TOKEN


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ({}, TOKEN),
        ({}, ""),
        ({"cookie": f"{TOKEN_COOKIE}="}, ""),
        ({"cookie": f"{TOKEN_COOKIE}=short"}, "short"),
        ({"cookie": f"{TOKEN_COOKIE}={TOKEN}"}, "b" * 48),
        ({"cookie": f"{TOKEN_COOKIE}={TOKEN}", "sec_fetch_site": "cross-site"}, TOKEN),
        ({"cookie": f"{TOKEN_COOKIE}={TOKEN}", "sec_fetch_site": "same-site"}, TOKEN),
        ({"cookie": f"{TOKEN_COOKIE}={TOKEN}", "origin": "https://evil.example"}, TOKEN),
        ({"cookie": f"{TOKEN_COOKIE}={TOKEN}", "origin": "null"}, TOKEN),
    ],
)
def test_anything_else_is_refused(headers: dict[str, str], token: str) -> None:
    with pytest.raises(Forbidden):
        FORMS.check(request(host="hub.example", **headers), token)


def test_the_cookie_is_kept_from_scripts_and_strangers() -> None:
    response = Response()
    FORMS.keep(response, TOKEN)
    cookie = response.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("httponly", "samesite=strict", "secure", "path=/"))


@pytest.mark.parametrize("address", ["/", "/tickets?day=2026-11-20", "/tickets/1#a"])
def test_our_pages_are_followed(address: str) -> None:
    assert local_path(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "//evil",
        "/\\evil",
        "https://evil",
        "javascript:alert(1)",
        "/\n/evil",
        "evil",
        "/\t/evil",
    ],
)
def test_elsewhere_is_not_followed(address: str) -> None:
    assert local_path(address) == "/"


@given(st.text(max_size=40))
def test_whatever_is_asked_the_way_stays_here(address: str) -> None:
    found = local_path(address)
    assert found.startswith("/")
    assert not found.startswith(("//", "/\\"))
    assert "\n" not in found
    assert "\r" not in found
