"""The words of the pages in French, Arabic and English, from `messages/<language>.toml`.

The file's law: no sentence lives in a template or in Python. A message is a string with
`{placeholders}`, or a table of the language's plural forms (CLDR: one, two, few, many, other)
chosen by `count`.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from babel import Locale

LANGUAGES = ("fr", "ar", "en")
DEFAULT_LANGUAGE = "fr"
NATIVE_NAMES = {"fr": "Français", "ar": "العربية", "en": "English"}
# The regional form that numbers and dates follow; all three write Latin digits.
LOCALES = {
    "fr": Locale("fr", "DZ"),
    "ar": Locale("ar", "DZ"),
    "en": Locale("en", "GB"),
}

Messages = Mapping[str, str | Mapping[str, str]]


@dataclass(frozen=True, kw_only=True)
class Language:
    """One language's words. `direction`: "ltr" or "rtl"."""

    code: str
    locale: Locale
    direction: str
    messages: Messages

    def say(self, key: str, /, **values: Any) -> str:
        """The message under `key` with its placeholders filled; KeyError when there is none."""
        message = self.messages[key]
        if not isinstance(message, str):
            form = str(self.locale.plural_form(values["count"]))
            message = message.get(form, message["other"])
        return message.format(**values)

    def has(self, key: str) -> bool:
        """Whether there is a message under `key`: for words that shops may coin themselves."""
        return key in self.messages


def load_languages() -> Mapping[str, Language]:
    """Every language by its code."""
    return {code: _load(code) for code in LANGUAGES}


def choose_language(*, cookie: str | None, accept: str) -> str:
    """The code of the language to speak: the visitor's choice, else the browser's wish."""
    if cookie in LANGUAGES:
        return cookie
    for wish in accept.split(","):
        code = wish.split(";")[0].strip().split("-")[0].lower()
        if code in LANGUAGES:
            return code
    return DEFAULT_LANGUAGE


def _load(code: str) -> Language:
    source = files("hub.dashboard").joinpath("messages", f"{code}.toml")
    locale = LOCALES[code]
    return Language(
        code=code,
        locale=locale,
        direction=locale.character_order.replace("left-to-right", "ltr").replace(
            "right-to-left", "rtl"
        ),
        messages=tomllib.loads(source.read_text(encoding="utf-8")),
    )
