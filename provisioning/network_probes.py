"""Looks at the way from a box to its broker and its hub, as the box itself would go it.

Law: every look has an end, and none disturbs the agent: no session is opened at the broker.
"""

import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from protocol.errors import HanoutError, Malformed
from protocol.messages.doctor import Finding
from provisioning.box_configuration import BoxConfiguration
from provisioning.claim_link import check_hub_url
from provisioning.hub_client import HubClient
from provisioning.network_words import Trouble, trouble

_TIMEOUT_S = 5.0
# With TLS 1.3 a server refuses a client's certificate after the handshake has ended.
_REFUSAL_S = 1.0
_SKEW = timedelta(minutes=2)
_CONFIGURATION_TODO = "Put the address right in this box's agent.toml, then start the agent anew."
_CHALLENGE_PATH = "/v1/provisioning/challenge"


def look(box: BoxConfiguration) -> list[Finding]:
    """DNS, port and TLS of the broker; the hub's web address and its time."""
    findings = []
    if box.broker_host is None:
        todo = "The shop sells on its own; claim the box to connect it."
        findings.append(Finding(check="broker", level="warning", value="none set", todo=todo))
    else:
        findings += _broker(box, box.broker_host)
    if box.hub_url is not None:
        findings += _hub(box, box.hub_url)
    return findings


def _broker(box: BoxConfiguration, host: str) -> list[Finding]:
    where = f"{host}:{box.broker_port}"
    missing = _resolve(host, box.broker_port)
    if missing is not None:
        return [_wrong("dns", missing)]
    findings = [Finding(check="dns", level="ok", value=f"{host} is known")]
    try:
        with socket.create_connection((host, box.broker_port), timeout=_TIMEOUT_S) as plain:
            findings.append(Finding(check="broker_port", level="ok", value=f"{where} is open"))
            if box.broker_tls:
                findings.append(_tls(plain, box, host))
    except OSError as error:
        findings.append(_wrong("broker_port", trouble(error, where=f"the broker at {where}")))
    return findings


def _tls(plain: socket.socket, box: BoxConfiguration, host: str) -> Finding:
    assert box.certificate_file is not None
    try:
        context = ssl.create_default_context(cafile=str(box.ca_file))
        context.load_cert_chain(str(box.certificate_file), keyfile=box.key_file)
    except OSError as error:
        return Finding(
            check="broker_tls",
            level="error",
            value=f"this box's own certificate cannot be used: {error}",
            todo="See what is said of `certificate`, and do that first.",
        )
    try:
        with context.wrap_socket(plain, server_hostname=host) as secure:
            secure.settimeout(_REFUSAL_S)
            with suppress(TimeoutError):
                secure.recv(1)  # Silence is consent: a broker waits for us to speak.
            return Finding(check="broker_tls", level="ok", value=f"{secure.version()}, both ways")
    except OSError as error:
        return _wrong("broker_tls", trouble(error, where=f"the broker at {host}"))


def _hub(box: BoxConfiguration, hub_url: str) -> list[Finding]:
    try:
        check_hub_url(hub_url)
        parts = urlsplit(hub_url)
        missing = _resolve(parts.hostname or "", parts.port or 443)
        if missing is not None:
            return [_wrong("hub_dns", missing)]
        with HubClient(hub_url) as hub:
            hub.post(_CHALLENGE_PATH, {"device_id": box.device_id})
            told = hub.date
    except Malformed as error:
        return [
            _wrong(
                "hub_web",
                Trouble(code=error.code, what=error.message.rstrip("."), todo=_CONFIGURATION_TODO),
            )
        ]
    except HanoutError as error:
        what, _, todo = error.message.partition(". ")
        return [Finding(check="hub_web", level="error", value=what, todo=todo or what)]
    findings = [Finding(check="hub_web", level="ok", value=f"{hub_url} answers")]
    if told is not None:
        findings.append(_clock(datetime.now(UTC) - told))
    return findings


def _clock(ahead: timedelta) -> Finding:
    seconds = round(ahead.total_seconds())
    if abs(ahead) <= _SKEW:
        return Finding(check="hub_clock", level="ok", value=f"{seconds:+d} s against the hub")
    return Finding(
        check="hub_clock",
        level="error",
        value=f"this box is {abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'} the hub",
        todo="Set the clock (timedatectl set-ntp true), and see that it keeps time without power.",
    )


def _resolve(host: str, port: int) -> Trouble | None:
    """None when the name is known. A resolver may hang for long, so it is not waited for."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="resolver")
    try:
        pool.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM).result(_TIMEOUT_S)
    except TimeoutError:
        return trouble(socket.gaierror("no answer"), where=host)
    except UnicodeError:
        # The resolver's own refusal of what can be no name.
        return Trouble(code="no-name", what=f"{host} is no address", todo=_CONFIGURATION_TODO)
    except OSError as error:
        return trouble(error, where=host)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return None


def _wrong(check: str, found: Trouble) -> Finding:
    return Finding(check=check, level="error", value=found.what, todo=found.todo)
