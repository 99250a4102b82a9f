"""Every language says everything, with the same placeholders and all its plural forms."""

import re
from importlib.resources import files
from string import Formatter

import pytest

from hub.dashboard.languages import DEFAULT_LANGUAGE, LANGUAGES, choose_language, load_languages

_CALL = re.compile(r"""w\.(?:say|count)\(\s*["']([\w-]+)["']""")
_COINED = re.compile(r"""w\.coined\(\s*["'](\w+)["']""")
_RAISED = re.compile(r"""(?:_note\(|flags\.(?:add|append)\(|flag=|flags = \(?\[?)"([a-z0-9-]+)\"""")


def placeholders(message: object) -> set[str]:
    forms = message.values() if isinstance(message, dict) else [str(message)]
    return {name for form in forms for _, name, _, _ in Formatter().parse(form) if name}


def test_languages_hold_the_same_messages() -> None:
    languages = load_languages()
    expected = languages["en"].messages
    for language in languages.values():
        assert set(language.messages) == set(expected)
        for key, message in expected.items():
            own = language.messages[key]
            assert isinstance(own, str) == isinstance(message, str), key
            assert placeholders(own) == placeholders(message), f"{language.code} {key}"


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_plural_form_is_there(code: str) -> None:
    language = load_languages()[code]
    for count in range(200):
        form = language.locale.plural_form(count)
        for key, message in language.messages.items():
            assert isinstance(message, str) or form in message, f"{code} {key} {form}"


def test_templates_say_only_what_there_is() -> None:
    messages = load_languages()["en"].messages
    for template in files("hub.dashboard").joinpath("templates").iterdir():
        text = template.read_text(encoding="utf-8")
        for key in _CALL.findall(text):
            assert key in messages or any(k.startswith(key) for k in messages), (
                f"{template.name}: {key}"
            )
        for prefix in _COINED.findall(text):
            assert any(key.startswith(f"{prefix}_") for key in messages), template.name


def test_arabic_counts() -> None:
    arabic = load_languages()["ar"]
    said = [arabic.say("tickets_count", count=n, number=n) for n in (1, 2, 3, 11, 100)]
    assert said == ["تذكرة واحدة", "تذكرتان", "3 تذاكر", "11 تذكرة", "100 تذكرة"]
    assert (arabic.direction, load_languages()["fr"].direction) == ("rtl", "ltr")


@pytest.mark.parametrize(
    ("cookie", "accept", "chosen"),
    [
        ("ar", "fr", "ar"),
        ("xx", "en-GB,en;q=0.9", "en"),
        (None, "de-DE, ar-DZ;q=0.5", "ar"),
        (None, "de", DEFAULT_LANGUAGE),
        (None, "", DEFAULT_LANGUAGE),
    ],
)
def test_the_language_is_the_visitors(cookie: str | None, accept: str, chosen: str) -> None:
    assert choose_language(cookie=cookie, accept=accept) == chosen


def test_every_flag_that_an_agent_raises_is_said_in_words() -> None:
    flags = set()
    for file in files("edge_agent.checkout").joinpath("rules").iterdir():
        if file.name.endswith(".py"):
            flags |= set(_RAISED.findall(file.read_text(encoding="utf-8")))
    assert len(flags) > 25
    messages = load_languages()["en"].messages
    assert {flag for flag in flags if f"flag_{flag}" not in messages} == set()
