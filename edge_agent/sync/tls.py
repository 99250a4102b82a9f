"""TLS as a box makes it: its own certificate, the hub's authority, and a clock that may be wrong.

Where our clock is behind a moment that is known to have passed (kit.time_floor), OpenSSL would find
every certificate not yet valid. Then it is told to leave time alone, and the peer's certificate is
judged by the floor: it must not have expired before it. That is weaker than a clock (what expired
since the floor passes), and as much as can be known. A clock that is ahead cannot be told from time
itself: then certificates look expired and the sync waits for the clock, while the shop sells.
"""

import ssl
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from edge_agent.sync.identity import KeyPair

# X509_V_FLAG_NO_CHECK_TIME, which `ssl.VerifyFlags` does not name.
_NO_CHECK_TIME = 0x200000


def client_context(
    *, ca_file: Path | None, pair: KeyPair | None, now: datetime, floor: datetime | None
) -> ssl.SSLContext:
    """A context for one connection. Without `ca_file` the system's authorities are trusted.

    Raises OSError (ssl.SSLError is one) when a file cannot be used.
    """
    context = ssl.create_default_context(
        ssl.Purpose.SERVER_AUTH, cafile=None if ca_file is None else str(ca_file)
    )
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if pair is not None:
        context.load_cert_chain(str(pair.certificate_file), keyfile=pair.key_file)
    if floor is not None and now < floor:
        context.verify_flags |= ssl.VerifyFlags(_NO_CHECK_TIME)
        context.sslsocket_class = _judged_by(floor)
    return context


def _judged_by(floor: datetime) -> type[ssl.SSLSocket]:
    class JudgedSocket(ssl.SSLSocket):
        """Ends its handshake only with a peer whose certificate outlived the floor."""

        def do_handshake(self, block: bool = False) -> None:
            super().do_handshake(block)
            _check(self.getpeercert, floor)

    return JudgedSocket


def _check(peer: Callable[[], Any], floor: datetime) -> None:
    not_after = ssl.cert_time_to_seconds(peer()["notAfter"])
    if not_after < floor.timestamp():
        raise ssl.SSLCertVerificationError("the peer's certificate expired before the time floor")
