"""Forms that only our own pages may send.

Two walls beside the cookies' SameSite: the browser's own word on where the request comes from, and
a token that lies both in a cookie and in the form (a stranger's page can read neither).
"""

import hmac
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from protocol.errors import Forbidden

TOKEN_COOKIE = "hanout_form"
_LEAST_LENGTH = 32


class FormTokens:
    """Makes and checks form tokens. `secure`: the pages are reached over HTTPS only."""

    def __init__(self, *, new_token: Callable[[], str], secure: bool) -> None:
        self._new_token = new_token
        self._secure = secure

    def token_for(self, request: Request) -> str:
        """The visitor's token, or a new one; `keep` puts it into the answer."""
        kept = request.cookies.get(TOKEN_COOKIE, "")
        return kept if len(kept) >= _LEAST_LENGTH else self._new_token()

    def keep(self, response: Response, token: str) -> None:
        """Let the browser keep the token that the page's form carries."""
        response.set_cookie(
            TOKEN_COOKIE, token, httponly=True, samesite="strict", secure=self._secure, path="/"
        )

    def check(self, request: Request, token: str) -> None:
        """Raises Forbidden `foreign-form` unless one of our pages sent it."""
        kept = request.cookies.get(TOKEN_COOKIE, "")
        own = len(kept) >= _LEAST_LENGTH and hmac.compare_digest(kept.encode(), token.encode())
        if not own or not _from_here(request):
            raise Forbidden("foreign-form", "This page had expired; open it again.")


def local_path(address: str, otherwise: str = "/") -> str:
    """The address when it leads to a page of ours, so that nobody is sent elsewhere."""
    parts = urlsplit(address)
    is_local = (
        address.startswith("/")
        and not address.startswith(("//", "/\\"))
        and not parts.scheme
        and not parts.netloc
        and address.isprintable()
    )
    return address if is_local else otherwise


def _from_here(request: Request) -> bool:
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")
