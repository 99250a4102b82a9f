"""What a technician types or scans: a code, or the link in the QR. Pure."""

import re
from urllib.parse import parse_qs, urlsplit

import httpx
from msgspec import Struct

from protocol.errors import Malformed

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_MOST_PORT = 65535
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class ClaimLink(Struct, frozen=True, kw_only=True):
    """Where to claim with which code. `ca`: SHA-256 of the authority's certificate, or None."""

    hub_url: str
    code: str
    ca: str | None


def claim_link(text: str, *, hub_url: str | None, ca: str | None) -> ClaimLink:
    """From a code or a `hanout://claim?…` link, completed or confirmed by options.

    Raises Malformed when something is missing, contradicts itself, or is not safe.
    """
    found = _parsed(text.strip())
    if not (found["code"].strip() and found["code"].isascii()):
        raise Malformed("bad-code", "A code has twelve letters and digits, as 7KQ2-M9XA-04ZT.")
    own = ClaimLink(
        hub_url=_agreed("--hub", hub_url, found.get("hub")) or "",
        code=found["code"],
        ca=_fingerprint(_agreed("--ca", ca, found.get("ca"))),
    )
    if not own.hub_url:
        raise Malformed("no-hub", "Say where the hub is: --hub https://…, or scan the whole QR.")
    check_hub_url(own.hub_url)
    return own


def check_hub_url(url: str) -> None:
    """Raise Malformed unless it is HTTPS, or on this very machine."""
    try:
        parts = httpx.URL(url)
        host = parts.host
        # A resolver refuses what this refuses, and not as the system's error.
        parts.raw_host.decode("ascii").encode("idna")
        if " " in url or not 0 < (parts.port or 1) <= _MOST_PORT:
            raise ValueError(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise Malformed("bad-hub-url", f"{url} is no address: as https://hub.example.") from error
    if parts.scheme not in {"https", "http"} or not host:
        raise Malformed("bad-hub-url", f"{url} is no address of a hub: https://… is.")
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise Malformed("insecure-hub-url", f"{url} is not encrypted: use https://.")


def _parsed(text: str) -> dict[str, str]:
    if "://" not in text:
        return {"code": text}
    try:
        parts = urlsplit(text)
        fields = parse_qs(parts.query, strict_parsing=True, max_num_fields=8)
    except ValueError as error:
        raise Malformed("bad-claim-link", "This is no claim link.") from error
    if (parts.scheme, parts.netloc) != ("hanout", "claim") or "code" not in fields:
        raise Malformed("bad-claim-link", "This is no claim link: hanout://claim?… is.")
    return {name: values[0] for name, values in fields.items()}


def _agreed(option: str, given: str | None, scanned: str | None) -> str | None:
    if given and scanned and _plain(given) != _plain(scanned):
        raise Malformed("contradiction", f"{option} {given} contradicts the link's {scanned}.")
    return given or scanned


def _plain(text: str) -> str:
    return text.strip().rstrip("/").replace(":", "").lower()


def _fingerprint(text: str | None) -> str | None:
    if text is None:
        return None
    plain = _plain(text)
    if not _FINGERPRINT.fullmatch(plain):
        raise Malformed("bad-fingerprint", "A fingerprint has 64 characters, 0 to 9 and a to f.")
    return plain
