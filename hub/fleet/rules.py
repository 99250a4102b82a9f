"""What a claim code is, when it holds, and what a heartbeat says within what a row can hold."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Literal
from urllib.parse import urlencode

from protocol.errors import HanoutError, NotFound, Refused
from protocol.messages.sync import Heartbeat

CODE_BYTES = 8
CODE_LIFETIME = timedelta(hours=24)
# A box that lost the answer may ask again that long after the code ended.
REPEAT_LIFETIME = timedelta(hours=24)
# Ended claims are shown for a while, certificates as long as an export may be signed with them.
CLAIMS_KEPT = timedelta(days=90)
CERTIFICATES_KEPT = timedelta(days=400)
OPEN_CLAIMS = 200
# A device's clock that is off by more is shown as wrong.
CLOCK_WRONG_MS = 120_000
# Four heartbeats. A will tells sooner, unless the broker that should have sent it is gone too.
SILENT_AFTER = timedelta(seconds=60)
# Renewals are due every two months; more in a day than this is a device gone mad.
CERTIFICATES_A_DAY = 10
CERTIFICATE_LIFETIME = timedelta(days=90)
# An expired certificate may be renewed that long (a shop closed for a season).
RENEWABLE_AFTER_EXPIRY = timedelta(days=365)
LONGEST_MACHINE_WORD = 128

# Crockford's alphabet: what is misread is read as meant.
_SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("OIL", "011", "- \t")
_CODE_SYMBOLS = 12

_MOST = 2**63 - 1
_MOST_CURRENCIES = 16
_CURRENCY = re.compile(r"[A-Z]{3}")
# The last second of the year 9999.
_LATEST_MS = 253_402_300_799_000


@dataclass(frozen=True, kw_only=True)
class ClaimState:
    """What became of a claim so far."""

    expires_at: datetime
    withdrawn_at: datetime | None
    used_at: datetime | None

    def at(self, at: datetime) -> Literal["open", "used", "expired", "withdrawn"]:
        """What people call it."""
        if self.used_at is not None:
            return "used"
        if self.withdrawn_at is not None:
            return "withdrawn"
        return "open" if at < self.expires_at else "expired"


@dataclass(frozen=True, kw_only=True)
class Debt:
    """What a shop has not brought home yet. `value_minor`: currency → minor units."""

    head_seq: int
    acked_seq: int
    count: int
    value_minor: Mapping[str, int]
    oldest_at: datetime | None
    dead_count: int
    disk_free_bytes: int | None


def claim_code(random: bytes) -> str:
    """60 random bits as `XXXX-XXXX-XXXX`."""
    assert len(random) == CODE_BYTES
    number = int.from_bytes(random, "big")
    symbols = "".join(_SYMBOLS[number >> 5 * place & 31] for place in range(_CODE_SYMBOLS))
    return "-".join(symbols[start : start + 4] for start in range(0, _CODE_SYMBOLS, 4))


def code_hash(typed: str) -> bytes:
    """What the database keeps of a code, however it was typed; of any other text some hash."""
    return sha256(typed.upper().translate(_MISREAD).encode()).digest()


def claim_uri(*, hub_url: str, code: str, ca_fingerprint: str) -> str:
    """What a claim's QR says."""
    return "hanout://claim?" + urlencode({"hub": hub_url, "code": code, "ca": ca_fingerprint})


def check_claim(claim: ClaimState, *, at: datetime) -> None:
    """Whether a device may use the code, or ask again after having used it.

    Raises NotFound `unknown-claim`, whatever is wrong.
    """
    ends_at = claim.expires_at
    if claim.used_at is not None:
        ends_at += REPEAT_LIFETIME
    if claim.withdrawn_at is not None or at >= ends_at:
        raise unknown_claim()


def unknown_claim() -> HanoutError:
    """The one answer to every code that does not hold."""
    return NotFound("unknown-claim", "This code does not hold; ask the office for a new one.")


def claim_used() -> HanoutError:
    """Another box was faster, or this one lost its key."""
    return Refused("claim-used", "This code was used by another box; ask the office for a new one.")


def debt_of(heartbeat: Heartbeat) -> Debt:
    """The heartbeat as a row."""
    oldest_ms = heartbeat.oldest_pending_at_ms
    values = heartbeat.pending_value_minor.items()
    owed = [(currency, value) for currency, value in values if _CURRENCY.fullmatch(currency)]
    free = heartbeat.disk_free_bytes
    return Debt(
        head_seq=_bounded(heartbeat.head),
        acked_seq=_bounded(heartbeat.acked),
        count=_bounded(heartbeat.pending_count),
        value_minor={currency: _bounded(value) for currency, value in owed[:_MOST_CURRENCIES]},
        oldest_at=None
        if oldest_ms is None or not 0 <= oldest_ms <= _LATEST_MS
        else datetime.fromtimestamp(oldest_ms // 1000, UTC),
        dead_count=_bounded(heartbeat.dead_count),
        disk_free_bytes=None if free is None else _bounded(free),
    )


def _bounded(number: int) -> int:
    return max(0, min(number, _MOST))
