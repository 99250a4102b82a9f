"""Templates into answers: escaped, in the visitor's language, under a strict content policy."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from hub.dashboard import formats
from hub.dashboard.languages import NATIVE_NAMES, Language, choose_language, load_languages
from protocol.errors import NotFound

LANGUAGE_COOKIE = "hanout_language"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_PAGE_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    # Figures of a tenant must not outlive its session in a cache or behind the back button.
    "Cache-Control": "no-store",
    "Vary": "Cookie, Accept-Language",
}
_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class Words:
    """What a template says, in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.code = language.code
        self.direction = language.direction

    def say(self, key: str, /, **values: Any) -> str:
        """The message under `key`."""
        return self.language.say(key, **values)

    def count(self, key: str, count: int) -> str:
        """The message's plural form for `count`, with the number written as people write it."""
        return self.language.say(key, count=count, number=self.number(count))

    def coined(self, prefix: str, word: str) -> str:
        """A message for a word that facts bring; the word itself when we have none."""
        key = f"{prefix}_{word}"
        return self.language.say(key) if self.language.has(key) else word

    def money(self, amount_minor: int, currency: str) -> str:
        """An amount with its currency."""
        return formats.money(amount_minor, currency, self.language)

    def number(self, value: int | Decimal) -> str:
        """A count or quantity."""
        return formats.number(value, self.language)

    def rate(self, rate_ppm: int) -> str:
        """A percentage."""
        return formats.rate(rate_ppm, self.language)

    def day(self, value: date, *, full: bool = False) -> str:
        """A business date."""
        return formats.day(value, self.language, full=full)

    def clock(self, value: datetime, timezone: str) -> str:
        """A time of day in a store."""
        return formats.clock(value, timezone)

    def moment(self, value: datetime, timezone: str) -> str:
        """A date and time of day in a store."""
        return formats.moment(value, timezone, self.language)

    def ago(self, span: timedelta) -> str:
        """How long ago."""
        return formats.ago(span, self.language)

    def age(self, span: timedelta) -> str:
        """How long."""
        return formats.age(span, self.language)


class Assets:
    """Files of `static/`, each under an address that changes with its content."""

    def __init__(self) -> None:
        root = files("hub.dashboard").joinpath("static")
        self._files = dict(_walk(root, ""))
        self._marks = {
            name: sha256(content).hexdigest()[:12] for name, content in self._files.items()
        }

    def address(self, name: str) -> str | None:
        """Where a page finds the file; None when it was not built."""
        mark = self._marks.get(name)
        return f"/static/{name}?v={mark}" if mark else None

    def answer(self, name: str, mark: str) -> Response:
        """The file; cached for good under its own mark. Raises NotFound."""
        content = self._files.get(name)
        if content is None:
            raise NotFound("not-found", "There is no such file.")
        is_current = mark == self._marks[name]
        return Response(
            content,
            media_type=_MEDIA_TYPES["." + name.rpartition(".")[2]],
            headers={
                "Cache-Control": "public, max-age=31536000, immutable"
                if is_current
                else "no-cache",
                "X-Content-Type-Options": "nosniff",
            },
        )


class Pages:
    """Renders templates for a request."""

    def __init__(self, assets: Assets) -> None:
        self._languages = load_languages()
        self._environment = Environment(
            loader=PackageLoader("hub.dashboard"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals["asset"] = assets.address
        self._environment.globals["native_names"] = NATIVE_NAMES

    def words(self, request: Request) -> Words:
        """The words of the visitor's language."""
        code = choose_language(
            cookie=request.cookies.get(LANGUAGE_COOKIE),
            accept=request.headers.get("accept-language", ""),
        )
        return Words(self._languages[code])

    def render(
        self,
        request: Request,
        template: str,
        values: Mapping[str, Any] | None = None,
        *,
        status: int = 200,
    ) -> HTMLResponse:
        """The page."""
        address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        text = self._environment.get_template(template).render(
            w=self.words(request), address=address, path=request.url.path, **(values or {})
        )
        return HTMLResponse(text, status_code=status, headers=_PAGE_HEADERS)


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, bytes]]:
    found = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _walk(entry, f"{prefix}{entry.name}/")
        elif "." + entry.name.rpartition(".")[2] in _MEDIA_TYPES:
            found.append((prefix + entry.name, entry.read_bytes()))
    return found
