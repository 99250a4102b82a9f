"""Pages are escaped, carry a strict policy, and name their assets by content."""

import re
from importlib.resources import files

import pytest
from starlette.requests import Request

from hub.dashboard.rendering import Assets, Pages
from protocol.errors import NotFound

_INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:|\bhx-on", re.IGNORECASE
)
_ELSEWHERE = re.compile(r"(?:src|href)=[\"'](?:https?:)?//", re.IGNORECASE)


def request(path: str = "/sign-in", query: str = "", language: str = "fr") -> Request:
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": query.encode(),
            "headers": [(b"accept-language", language.encode())],
        }
    )


def test_what_a_visitor_typed_is_escaped() -> None:
    values = {"form_token": "t", "next": "/", "email": '"><script>x</script>', "wrong": "<b>"}
    answer = Pages(Assets()).render(request(query="a=%22%3E<i>"), "sign_in.html", values)
    text = bytes(answer.body).decode()
    assert "<script>x" not in text
    assert "<b>" not in text
    assert "<i>" not in text


@pytest.mark.parametrize("language", ["fr", "ar", "en"])
def test_a_page_says_its_language_and_direction(language: str) -> None:
    answer = Pages(Assets()).render(
        request(language=language), "problem.html", {"sentence": "…"}, status=404
    )
    direction = "rtl" if language == "ar" else "ltr"
    assert f'<html lang="{language}" dir="{direction}">' in bytes(answer.body).decode()
    assert answer.status_code == 404
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"


def test_templates_have_nothing_inline_and_nothing_from_elsewhere() -> None:
    for template in files("hub.dashboard").joinpath("templates").iterdir():
        text = template.read_text(encoding="utf-8")
        assert not _INLINE.search(text), template.name
        assert not _ELSEWHERE.search(text), template.name
        assert "| safe" not in text, template.name


def test_assets_are_found_by_their_content() -> None:
    assets = Assets()
    address = assets.address("hanout.css")
    assert address is not None
    name, _, mark = address.removeprefix("/static/").partition("?v=")
    current = assets.answer(name, mark)
    assert current.media_type == "text/css; charset=utf-8"
    assert "immutable" in current.headers["cache-control"]
    assert assets.answer(name, "other").headers["cache-control"] == "no-cache"
    assert assets.address("none-such.js") is None
    for wrong in ("none-such.js", "../routes.py", "/etc/passwd", ""):
        with pytest.raises(NotFound):
            assets.answer(wrong, "")
