"""Certificates by the running product's own authority, for devices that no claim made."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec

from hub.fleet.authority import SERIAL_BYTES, Term, private_pem
from hub.fleet.authority_files import load_authority
from provisioning.demo.hub_certificates import HubCertificates
from provisioning.demo.identity import Identity
from provisioning.demo.secret_files import write_secret


def device_identity(certificates: HubCertificates, device_id: UUID) -> Identity:
    """A key and a certificate for an hour, beside the authority's files."""
    files = certificates.environment
    key_file = Path(files["HANOUT_HUB_DEVICE_CA_KEY_FILE"])
    authority = load_authority(certificates.ca_file, key_file)
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    term = Term(
        serial=os.urandom(SERIAL_BYTES),
        not_before=now - timedelta(days=1),
        not_after=now + timedelta(hours=1),
    )
    identity = Identity(
        name=str(device_id),
        certificate_file=key_file.with_name(f"{device_id}.crt"),
        key_file=key_file.with_name(f"{device_id}.key"),
    )
    issued = authority.issue_client(key.public_key(), name=identity.name, term=term)
    write_secret(identity.certificate_file, issued.pem)
    write_secret(identity.key_file, private_pem(key).decode())
    return identity
