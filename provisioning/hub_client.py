"""The hub over HTTP, with errors that say what to do.

Law: an answer that is not the hub's own JSON is somebody else's, and never believed.
"""

import ssl
from datetime import datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any

import httpx

from protocol.errors import (
    HanoutError,
    Malformed,
    NotFound,
    Refused,
    RemoteProtocolError,
    Unavailable,
)
from provisioning.claim_link import check_hub_url
from provisioning.network_words import CAPTIVE_TODO, trouble

_TIMEOUT_S = 20.0
_PROBLEM_PREFIX = "urn:hanout:problem:"
_SENTENCES = {
    "unknown-claim": "This code does not hold: it is mistyped, expired, used up or withdrawn. Ask"
    " the office for a new one.",
    "claim-used": "Another box, or this one with a key it lost, has used this code. Ask the office"
    " for a new one.",
    "unknown-device": "There is no such device.",
    "throttled": "Too many attempts; wait a few minutes.",
}


class HubClient:
    """One hub. Methods raise Unavailable when it is not reached, the other errors when it says no.

    `token`: an access token of a signed-in user. Raises Malformed for an address or a token that
    cannot be one: what is Malformed was never sent.
    """

    def __init__(self, hub_url: str, *, token: str | None = None) -> None:
        check_hub_url(hub_url)
        if not (token or "").isascii() or not (token or "-").isprintable():
            raise Malformed("bad-token", "This is no access token.")
        self.hub_url = hub_url.rstrip("/")
        self.date: datetime | None = None
        """The hub's clock, as its last answer named it; whole seconds."""
        self._client = httpx.Client(
            base_url=self.hub_url,
            timeout=_TIMEOUT_S,
            trust_env=False,
            verify=ssl.create_default_context(),
            headers={"Authorization": f"Bearer {token}"} if token else {},
        )

    def __enter__(self) -> "HubClient":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer's JSON object."""
        return self.request("POST", path, json=body)

    def send(self, path: str, body: dict[str, Any]) -> None:
        """Where no answer is expected."""
        answer = self._answer("POST", path, json=body)
        if not answer.is_success:
            self._read(answer)

    def request(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """The answer's JSON object; `more` as httpx takes it."""
        return self._read(self._answer(method, path, **more))

    def _answer(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            answer = self._client.request(method, path, **more)
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
            found = trouble(error, where=f"the hub at {self.hub_url}")
            raise Unavailable(found.code, f"{found.what}. {found.todo}") from error
        self.date = _date(answer.headers.get("date", ""))
        return answer

    def _read(self, answer: httpx.Response) -> dict[str, Any]:
        try:
            found = answer.json()
        except ValueError:
            found = None
        if answer.is_success and isinstance(found, dict):
            return found
        kind = found.get("type") if isinstance(found, dict) else None
        if not isinstance(kind, str) or not kind.startswith(_PROBLEM_PREFIX):
            raise Unavailable(
                "not-the-hub",
                f"What answers at {self.hub_url} is not the hub (status {answer.status_code})."
                f" {CAPTIVE_TODO}",
            )
        code = kind.removeprefix(_PROBLEM_PREFIX)
        raise _refusal(answer.status_code, code=code, detail=str(found.get("detail", "")))


def fields_of(answer: dict[str, Any], *names: str) -> list[Any]:
    """What the answer says under the names; raises RemoteProtocolError `bad-answer`."""
    missing = [name for name in names if name not in answer]
    if missing:
        why = f"The hub's answer lacks {', '.join(missing)}: install a newer release."
        raise RemoteProtocolError("bad-answer", why)
    return [answer[name] for name in names]


def _date(header: str) -> datetime | None:
    try:
        return parsedate_to_datetime(header)
    except ValueError:
        return None


def _refusal(status: int, *, code: str, detail: str) -> HanoutError:
    sentence = _SENTENCES.get(code) or detail or f"The hub says {code}."
    if status >= httpx.codes.INTERNAL_SERVER_ERROR or status == httpx.codes.TOO_MANY_REQUESTS:
        return Unavailable(code, sentence)
    if status == httpx.codes.NOT_FOUND:
        return NotFound(code, sentence)
    return Refused(code, sentence)
