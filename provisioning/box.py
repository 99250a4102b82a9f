"""This box: what it is made of, and the claim carried out on it."""

import hashlib
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from provisioning.box_folder import BoxFolder
from provisioning.claim_link import ClaimLink
from provisioning.claim_record import ClaimRecord
from provisioning.claiming import Box, Claiming
from provisioning.hub_client import HubClient

_MODEL_FILES = ("/proc/device-tree/model", "/sys/class/dmi/id/product_name")
_MACHINE_ID_FILE = "/etc/machine-id"
_WORD_CHARS = 128
_SKEW = timedelta(minutes=2)


def blank_box(version: str, *, listen_host: str, listen_port: int) -> Box:
    """This machine. Its id goes out only hashed: the plain one is the machine's secret."""
    machine_id = _first_word(_MACHINE_ID_FILE)
    hashed = hashlib.sha256(f"hanout {machine_id}".encode()).hexdigest()[:32]
    return Box(
        version=version,
        machine_id=hashed if machine_id else "",
        model=_first_word(*_MODEL_FILES),
        listen_host=listen_host,
        listen_port=listen_port,
    )


def claim_box(directory: Path, link: ClaimLink, box: Box) -> tuple[ClaimRecord, str]:
    """Claim into the folder: who the box now is, and a warning or ''.

    Raises HanoutError, OSError.
    """
    with BoxFolder(directory) as folder, HubClient(link.hub_url) as hub:
        found = Claiming(folder, post=hub.post, new_key=new_key).claim(link, box)
    off = timedelta(0) if hub.date is None else datetime.now(UTC) - hub.date
    if abs(off) <= _SKEW:
        return found, ""
    return found, (
        f"this box's clock is {abs(round(off.total_seconds()))} s"
        f" {'ahead of' if off > timedelta(0) else 'behind'} the hub: set it"
        " (timedatectl set-ntp true), else receipts carry wrong times."
    )


def new_key() -> bytes:
    """A P-256 key, PEM."""
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _first_word(*files: str) -> str:
    for name in files:
        with suppress(OSError):
            text = Path(name).read_text(errors="replace")
            return "".join(each for each in text if each.isprintable()).strip()[:_WORD_CHARS]
    return ""
