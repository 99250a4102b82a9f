"""What is wrong with a network, in words: from the errors of sockets and TLS. Pure."""

import socket
import ssl

from msgspec import Struct

CAPTIVE_TODO = (
    "Somebody else answers: a login page of the network (open a browser and sign in), or a firewall"
    " that opens TLS (have the hub's and the broker's addresses exempted). Sales go on."
)
_CLOCK_TODO = "Set the clock (timedatectl set-ntp true, or timedatectl set-time …), then try again."
# OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID and …_HAS_EXPIRED.
_OUTSIDE_VALIDITY = frozenset({9, 10})


class Trouble(Struct, frozen=True, kw_only=True):
    """`code` is stable; `what` and `todo` are for people."""

    code: str
    what: str
    todo: str


def trouble(error: BaseException, *, where: str) -> Trouble:
    """What an error of a connection to `where` means."""
    for cause in _causes(error):
        found = _of_one(cause, where)
        if found is not None:
            return found
    return Trouble(
        code="unreachable",
        what=f"{where} cannot be reached: {error}",
        todo="Check cable, router and firewall; the same command tries again.",
    )


def _of_one(error: BaseException, where: str) -> Trouble | None:
    match error:
        case ssl.SSLCertVerificationError(verify_code=code) if code in _OUTSIDE_VALIDITY:
            what = f"The certificate of {where} is not valid at the time that this box has"
            return Trouble(code="clock-or-expired", what=what, todo=_CLOCK_TODO)
        case ssl.SSLCertVerificationError(verify_message=why):
            return Trouble(
                code="foreign-certificate",
                what=f"{where} shows a certificate of somebody else ({why})",
                todo=CAPTIVE_TODO,
            )
        case ssl.SSLError(reason=reason) if reason and "ALERT" in reason:
            return Trouble(
                code="certificate-refused",
                what=f"{where} refuses this box's certificate ({reason.lower()})",
                todo="Look at the certificate's days and at the device in the dashboard: it may be"
                " revoked or replaced.",
            )
        case ssl.SSLError():
            return Trouble(
                code="no-tls", what=f"{where} answers, but not with TLS", todo=CAPTIVE_TODO
            )
        case socket.gaierror():
            return Trouble(
                code="no-dns",
                what=f"The name of {where} cannot be resolved",
                todo="Check the router's internet connection and its name server.",
            )
        case ConnectionRefusedError():
            return Trouble(
                code="closed-port",
                what=f"Nothing listens at {where}",
                todo="Check address and port; if they are right, the hub is down or a firewall"
                " stands between.",
            )
        case TimeoutError():
            return Trouble(
                code="silent",
                what=f"{where} does not answer in time",
                todo="Check the internet connection; a firewall may drop what goes to this port.",
            )
    return None


def _causes(error: BaseException) -> list[BaseException]:
    """The error and what it came from, innermost first."""
    found: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in found:
        found.append(cause)
        cause = cause.__cause__ or cause.__context__
    return found[::-1]
