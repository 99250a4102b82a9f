"""The hub's door for renewals, over HTTPS: a challenge, and the old key's proof for a new key.

Law: blocking, called in a thread; every call has a timeout; an answer counts only when it is a
certificate of the authority that this box was claimed under, for the new key and this device.
"""

import base64
import http.client
import json
import ssl
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from protocol.errors import HanoutError, Refused, RemoteProtocolError, Unavailable

_TIMEOUT_S = 20.0
_MAX_ANSWER_BYTES = 64 * 1024
_CHALLENGE, _RENEW = "/v1/provisioning/challenge", "/v1/provisioning/renew"
_PROBLEM_PREFIX = "urn:hanout:problem:"


class RenewalDoor:
    """`tls` makes the context of each connection, for a clock may be set in between."""

    def __init__(self, hub_url: str, *, device_id: UUID, tls: Callable[[], ssl.SSLContext]) -> None:
        self._url = urlsplit(hub_url)
        self._device_id = device_id
        self._tls = tls

    def renew(
        self, certificate_pem: str, *, key_pem: bytes, next_key_pem: bytes, ca_pem: str
    ) -> str:
        """See RenewalPort."""
        from protocol.codec.certificates import (  # noqa: PLC0415 — 17 MB, every two months
            renewal_message,
            request_for,
            request_pem,
            sign,
        )

        nonce = self._post(_CHALLENGE, {"device_id": str(self._device_id)})["nonce"]
        request = request_for(next_key_pem)
        signature = sign(key_pem, renewal_message(nonce, request))
        answer = self._post(
            _RENEW,
            {
                "device_id": str(self._device_id),
                "nonce": nonce,
                "csr_pem": request_pem(request),
                "certificate_pem": certificate_pem,
                "signature": base64.b64encode(signature).decode(),
            },
        )
        return self._believed(answer, next_key_pem=next_key_pem, ca_pem=ca_pem)

    def _believed(self, answer: dict[str, Any], *, next_key_pem: bytes, ca_pem: str) -> str:
        from protocol.codec.certificates import public_key_of, read_issued  # noqa: PLC0415

        try:
            renewed = str(answer["certificate_pem"])
            issued = read_issued(renewed, ca_pem=ca_pem)
        except (HanoutError, KeyError) as error:
            raise RemoteProtocolError("bad-renewal", f"No certificate of ours: {error}") from error
        if issued.device_id != self._device_id or issued.public_key != public_key_of(next_key_pem):
            raise RemoteProtocolError("bad-renewal", "A certificate for another device or key.")
        return renewed

    def _post(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        try:
            status, raw = self._exchange(path, json.dumps(body))
            found = json.loads(raw)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unavailable("hub-unreachable", f"The hub is not reached: {error}") from error
        if status == http.client.OK and isinstance(found, dict):
            return found
        kind = str(found.get("type", "")) if isinstance(found, dict) else ""
        code = kind.removeprefix(_PROBLEM_PREFIX)
        final = kind.startswith(_PROBLEM_PREFIX) and status in {
            http.client.CONFLICT,
            http.client.FORBIDDEN,
            http.client.UNPROCESSABLE_ENTITY,
        }
        if not final:
            raise Unavailable("hub-unreachable", f"The hub does not serve now ({status} {code}).")
        raise Refused(code, f"The hub refuses: {found.get('detail', code)}")

    def _exchange(self, path: str, body: str) -> tuple[int, bytes]:
        host, port = self._url.hostname or "", self._url.port
        connection: http.client.HTTPConnection
        if self._url.scheme == "https":
            connection = http.client.HTTPSConnection(
                host, port, timeout=_TIMEOUT_S, context=self._tls()
            )
        else:
            connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_S)
        try:
            connection.request(
                "POST",
                f"{self._url.path.rstrip('/')}{path}",
                body=body,
                headers={"Content-Type": "application/json", "Accept": "application/json"},
            )
            answer = connection.getresponse()
            return answer.status, answer.read(_MAX_ANSWER_BYTES)
        finally:
            connection.close()
