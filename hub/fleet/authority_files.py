"""The authority as it lies on a disk."""

import os
from pathlib import Path
from stat import S_IRWXG, S_IRWXO

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hub.fleet.authority import Authority
from protocol.errors import Refused


def load_authority(certificate_file: Path, key_file: Path) -> Authority:
    """The authority in two PEM files.

    Raises Refused `ca-key-open` when others than its owner may read the key, `bad-ca` when the
    files do not hold an authority and its key.
    """
    try:
        with key_file.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if mode & (S_IRWXG | S_IRWXO):
                raise Refused("ca-key-open", f"Others may read {key_file}: chmod 600 it.")
            key = serialization.load_pem_private_key(file.read(), password=None)
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except (OSError, ValueError, TypeError, x509.ExtensionNotFound) as error:
        raise _bad(f"{error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not constraints.value.ca:
        raise _bad("it is not an authority on an elliptic curve")
    if certificate.public_key() != key.public_key():
        raise _bad("the key is another's")
    return Authority(certificate, key)


def _bad(why: str) -> Refused:
    return Refused("bad-ca", f"No device authority in these files: {why}.")
