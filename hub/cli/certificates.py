"""`hanout-hub ca`: the authority of devices, hub workers and the broker, and certificates by it."""

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hub.cli.invoking import read_settings, refusing
from hub.fleet.authority import (
    AUTHORITY_LIFETIME,
    CLOCK_SKEW,
    SERIAL_BYTES,
    Authority,
    Issued,
    Term,
    new_authority,
    private_pem,
)
from hub.fleet.authority_files import load_authority
from hub.kit.clock import SystemClock
from hub.kit.files import write_whole
from hub.settings import ENV_PREFIX, HubSettings
from protocol.errors import Malformed, Refused

app = typer.Typer()
ca = typer.Typer(no_args_is_help=True, help="The authority that signs for devices and the broker.")
app.add_typer(ca, name="ca")

_LEAF_LIFETIME = timedelta(days=397)
# A device's name is a UUID: no worker may look like one, nor like a topic.
_WORKER = re.compile(r"hub-[a-z0-9](?:[a-z0-9-]{0,40}[a-z0-9])?")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,252})")

Out = Annotated[Path, typer.Option(help="The folder for the files.", file_okay=False)]


@ca.command("init")
def init(
    name: Annotated[str, typer.Option(help="The authority's name.")] = "Hanout devices",
) -> None:
    """Make the authority, once; when it is there, say its fingerprint."""
    settings = read_settings()
    with refusing():
        certificate_file, key_file = _files(settings)
        if not certificate_file.exists():
            _make(certificate_file, key_file, name=name)
        authority = load_authority(certificate_file, key_file)
    until = authority.certificate.not_valid_after_utc
    typer.echo(f"{authority.fingerprint}  {certificate_file}, until {until:%Y-%m-%d}")


@ca.command("issue-worker")
def issue_worker(
    name: Annotated[str, typer.Argument(help="Its name on the broker: hub-…, one per process.")],
    out: Out = Path(),
) -> None:
    """Make a key and a certificate for an ingest worker: NAME.key, NAME.crt and ca.crt."""
    with refusing():
        if not _WORKER.fullmatch(name):
            raise Malformed("worker-name", "Call it hub-, then small letters, digits and hyphens.")
        authority = authority_of(read_settings())
        key = ec.generate_private_key(ec.SECP256R1())
        issued = authority.issue_client(key.public_key(), name=name, term=_term())
        _write(out, name, key=key, issued=issued, authority=authority)


@ca.command("issue-broker")
def issue_broker(
    hosts: Annotated[list[str], typer.Argument(help="Names and addresses that clients use.")],
    out: Out = Path(),
) -> None:
    """Make a key and a certificate for the broker: broker.key, broker.crt and ca.crt."""
    with refusing():
        for host in hosts:
            if not _HOST.fullmatch(host):
                raise Malformed("host-name", f"{host!r} is no host name or address.")
        authority = authority_of(read_settings())
        key = ec.generate_private_key(ec.SECP256R1())
        issued = authority.issue_server(key.public_key(), hosts=hosts, term=_term())
        _write(out, "broker", key=key, issued=issued, authority=authority)


def authority_of(settings: HubSettings) -> Authority:
    """The authority that the settings name; raises Refused."""
    return load_authority(*_files(settings))


def _files(settings: HubSettings) -> tuple[Path, Path]:
    certificate_file = settings.device_ca_certificate_file
    key_file = settings.device_ca_key_file
    if certificate_file is None or key_file is None:
        raise Refused(
            "setting-missing",
            f"Set {ENV_PREFIX}DEVICE_CA_CERTIFICATE_FILE and {ENV_PREFIX}DEVICE_CA_KEY_FILE.",
        )
    return certificate_file, key_file


def _make(certificate_file: Path, key_file: Path, *, name: str) -> None:
    """The key first: a certificate is there only when its key is; a key left alone is used."""
    if key_file.exists():
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise Refused("bad-ca", f"{key_file} is no key of an authority; move it away.")
    else:
        key = ec.generate_private_key(ec.SECP256R1())
        key_file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(key_file, private_pem(key), mode=0o600)
    certificate_file.parent.mkdir(parents=True, exist_ok=True)
    authority = new_authority(key, name=name, term=_term(AUTHORITY_LIFETIME))
    write_whole(certificate_file, authority.pem.encode())


def _write(
    folder: Path,
    name: str,
    *,
    key: ec.EllipticCurvePrivateKey,
    issued: Issued,
    authority: Authority,
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / f"{name}.key", private_pem(key), mode=0o600)
    write_whole(folder / f"{name}.crt", issued.pem.encode())
    write_whole(folder / "ca.crt", authority.pem.encode())
    typer.echo(f"{folder / name}.crt, until {issued.not_after:%Y-%m-%d}")


def _term(lifetime: timedelta = _LEAF_LIFETIME) -> Term:
    now = SystemClock().now()
    return Term(
        serial=os.urandom(SERIAL_BYTES), not_before=now - CLOCK_SKEW, not_after=now + lifetime
    )
