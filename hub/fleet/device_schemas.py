"""What a box sends to become a device and to stay one, and what it gets."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from hub.kit.http import Answer, Strict, example

# A P-256 request and certificate have under 1 KiB.
Pem = Annotated[str, Field(min_length=1, max_length=4096)]
# What a box says of itself, kept to be shown.
Word = Annotated[str, Field(max_length=128, pattern=r"^[^\x00-\x1f\x7f]*$")]

_CSR = "-----BEGIN CERTIFICATE REQUEST-----\nMIHOMHYCAQAw…\n-----END CERTIFICATE REQUEST-----\n"
_CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIBjDCCATOg…\n-----END CERTIFICATE-----\n"
_DEVICE_ID = "0197a1b2-0000-7000-8000-000000000012"
_NONCE = "AAAAAGkjFZ0r0G5fWw2c3qkW2b1v9Xy7aYJm7C1l0qv3Xb0mJ2nQnU4Xo6k2JbWz0c1d2e3f4g5="
_PLACE = {
    "broker": {"host": "mqtt.example", "port": 8883},
    "hub_url": "https://hub.example",
    "hub_time": "2026-11-23T10:00:00Z",
}


class BoxHardware(Strict, json_schema_extra=example({"machine_id": "3f1c…", "model": "Pi 5"})):
    """What the box says of itself; nothing relies on it."""

    machine_id: Word = ""
    model: Word = ""


class ClaimRequest(
    Strict,
    json_schema_extra=example(
        {
            "code": "7KQ2-M9XA-04ZT",
            "csr_pem": _CSR,
            "agent_version": "0.1.0",
            "hardware": {"machine_id": "3f1c…", "model": "Pi 5"},
        }
    ),
):
    """A code and a key. The request's subject is not read: the hub knows the name."""

    code: Annotated[str, Field(min_length=1, max_length=64)]
    csr_pem: Annotated[Pem, Field(description="PKCS #10, P-256.")]
    agent_version: Word = ""
    hardware: BoxHardware = BoxHardware()


class BrokerAddress(Answer, json_schema_extra=example(_PLACE["broker"])):
    """Where the broker listens, with TLS."""

    host: str
    port: int


class ClaimedDevice(
    Answer,
    json_schema_extra=example(
        {
            "organization_id": "0197a1b2-0000-7000-8000-000000000001",
            "store_id": "0197a1b2-0000-7000-8000-000000000010",
            "store_name": "Bab Ezzouar",
            "device_id": _DEVICE_ID,
            "name": "Agent",
            "epoch": 1,
            "certificate_pem": _CERTIFICATE,
            "ca_pem": _CERTIFICATE,
            "ca_fingerprint": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            **_PLACE,
        }
    ),
):
    """Everything that the agent's configuration needs. The same code and key get it again."""

    organization_id: UUID
    store_id: UUID
    store_name: str
    device_id: UUID
    name: str
    epoch: int
    certificate_pem: str
    ca_pem: str
    ca_fingerprint: Annotated[str, Field(description="Compare it with the one in the QR.")]
    broker: BrokerAddress
    hub_url: str
    hub_time: datetime


class ChallengeRequest(Strict, json_schema_extra=example({"device_id": _DEVICE_ID})):
    """Who wants to prove itself."""

    device_id: UUID


class Challenge(
    Answer, json_schema_extra=example({"nonce": _NONCE, "expires_at": "2026-11-23T10:05:00Z"})
):
    """A word to sign."""

    nonce: str
    expires_at: datetime


class RenewalRequest(
    Strict,
    json_schema_extra=example(
        {
            "device_id": _DEVICE_ID,
            "nonce": _NONCE,
            "csr_pem": _CSR,
            "certificate_pem": _CERTIFICATE,
            "signature": "MEUCIQDmPz…==",
        }
    ),
):
    """A new key, and the proof that the old one's holder asks.

    `signature`: base64 of ECDSA with SHA-256 by the old key over `hanout-renew`, a zero byte, the
    nonce, a zero byte, and the request's DER.
    """

    device_id: UUID
    nonce: Annotated[str, Field(min_length=1, max_length=200)]
    csr_pem: Pem
    certificate_pem: Annotated[Pem, Field(description="The old one; it may have expired.")]
    signature: Annotated[str, Field(min_length=1, max_length=200)]


class RenewedDevice(
    Answer,
    json_schema_extra=example({"certificate_pem": _CERTIFICATE, "ca_pem": _CERTIFICATE, **_PLACE}),
):
    """The new certificate, and where everything is now."""

    certificate_pem: str
    ca_pem: str
    broker: BrokerAddress
    hub_url: str
    hub_time: datetime
