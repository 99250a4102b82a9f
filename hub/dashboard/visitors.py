"""Who looks at a page: the cookie's session, or the way to the sign-in page."""

from http import HTTPStatus
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from hub.identity.models import SessionToken
from hub.identity.service import Identity
from hub.kit.clock import Clock
from hub.kit.permissions import Principal
from protocol.errors import Forbidden, Unauthenticated

SESSION_COOKIE = "hanout_session"


class Visitors:
    """Reads and writes the session cookie. `secure`: pages are reached over HTTPS only."""

    def __init__(self, identity: Identity, *, clock: Clock, secure: bool) -> None:
        self._identity = identity
        self._clock = clock
        self._secure = secure

    async def __call__(self, request: Request) -> Principal:
        """Whose page it is; else the visitor is sent to sign in, and back afterwards."""
        token = request.cookies.get(SESSION_COOKIE)
        if token:
            try:
                return await self._identity.session_principal(token)
            except (Unauthenticated, Forbidden):
                pass
        raise _sign_in_first(request)

    async def still(self, token: str) -> Principal | None:
        """The session's principal as of now; None when it ended or was revoked."""
        try:
            return await self._identity.session_principal(token)
        except (Unauthenticated, Forbidden):
            return None

    def keep(self, response: Response, session: SessionToken) -> None:
        """Let the browser keep the session until it ends."""
        lifetime = session.expires_at - self._clock.now()
        response.set_cookie(
            SESSION_COOKIE,
            session.token,
            max_age=int(lifetime.total_seconds()),
            httponly=True,
            samesite="lax",
            secure=self._secure,
            path="/",
        )


def _sign_in_first(request: Request) -> HTTPException:
    if request.headers.get("hx-request") == "true":
        # A fragment cannot show a form: the whole page is loaded anew and leads there.
        return HTTPException(HTTPStatus.UNAUTHORIZED, headers={"HX-Refresh": "true"})
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    where = "/sign-in" if back == "/" else f"/sign-in?next={quote(back, safe='')}"
    return HTTPException(HTTPStatus.SEE_OTHER, headers={"Location": where})
