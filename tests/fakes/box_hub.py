"""A hub as a box meets it: claims and renewals over real HTTP(S), rightly or wrongly."""

import base64
import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from protocol.codec.certificates import fingerprint, has_signed, read_issued, renewal_message
from tests.fakes.authority import Authority

DEVICE = UUID("0192d6a0-0000-7000-8000-0000000000aa")
ORGANIZATION = UUID("0192d6a0-0000-7000-8000-0000000000cc")
STORE = UUID("0192d6a0-0000-7000-8000-0000000000bb")
CODE = "7KQ2-M9XA-04ZT"
Answer = tuple[int, dict[str, Any]]


class BoxHub:
    """`answers` replaces what a path says; `before` is called before each answer goes out."""

    def __init__(self, authority: Authority | None = None) -> None:
        self.authority = authority or Authority()
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, Callable[[dict[str, Any]], Answer]] = {}
        self.before: Callable[[str], None] = lambda _path: None
        self.broker_port = 1
        self.url = ""
        self.hub_time: datetime | None = None
        self._held: dict[bytes, str] = {}
        self._claimed_by: bytes | None = None

    def answer(self, path: str, body: dict[str, Any]) -> Answer:
        """What this hub says."""
        self.asked.append((path, body))
        self.before(path)
        if path in self.answers:
            return self.answers[path](body)
        match path:
            case "/v1/provisioning/claim":
                return self.claim(body)
            case "/v1/provisioning/challenge":
                return 200, {"nonce": "bm9uY2U=", "expires_at": "2030-01-01T00:00:00Z"}
            case "/v1/provisioning/renew":
                return self.renew(body)
        return problem(404, "not-found")

    def claim(self, body: Mapping[str, Any]) -> Answer:
        """As the hub: one code, one key, the same answer."""
        key = self._requested(body).public_key()
        der = self._der(key)
        if body["code"] != CODE:
            return problem(404, "unknown-claim")
        if self._claimed_by not in {None, der}:
            return problem(409, "claim-used")
        self._claimed_by = der
        return 200, {
            "organization_id": str(ORGANIZATION),
            "store_id": str(STORE),
            "store_name": "Superette El Bahdja",
            "device_id": str(DEVICE),
            "name": "Agent",
            "epoch": 1,
            "ca_fingerprint": fingerprint(self.authority.pem),
            **self._identity(der, key),
        }

    def renew(self, body: Mapping[str, Any]) -> Answer:
        """As the hub: the old key's proof."""
        request = self._requested(body)
        old = read_issued(body["certificate_pem"], ca_pem=self.authority.pem)
        message = renewal_message(body["nonce"], request)
        signature = base64.b64decode(body["signature"])
        if not has_signed(old.public_key, signature, digest=sha256(message).digest()):
            return problem(403, "renewal-refused")
        return 200, self._identity(self._der(request.public_key()), request.public_key())

    def _identity(self, der: bytes, key: Any) -> dict[str, Any]:
        assert isinstance(key, ec.EllipticCurvePublicKey)
        if der not in self._held:
            self._held[der] = self.authority.device(DEVICE, key)
        return {
            "certificate_pem": self._held[der],
            "ca_pem": self.authority.pem,
            "broker": {"host": "127.0.0.1", "port": self.broker_port},
            "hub_url": self.url,
            "hub_time": (self.hub_time or datetime.now(UTC)).isoformat(),
        }

    def _requested(self, body: Mapping[str, Any]) -> x509.CertificateSigningRequest:
        return x509.load_pem_x509_csr(body["csr_pem"].encode())

    def _der(self, key: Any) -> bytes:
        from cryptography.hazmat.primitives import serialization

        found: bytes = key.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return found


def problem(status: int, code: str) -> Answer:
    """A refusal as the hub words it."""
    return status, {"type": f"urn:hanout:problem:{code}", "title": code, "detail": f"{code}."}


@contextmanager
def served(hub: BoxHub, *, port: int = 0, tls: tuple[Path, Path] | None = None) -> Iterator[BoxHub]:
    """The hub on a free port of the loopback address; `tls`: certificate and key of the server."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            status, body = hub.answer(self.path, json.loads(raw))
            sent = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    scheme = "http"
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    hub.url = f"{scheme}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
