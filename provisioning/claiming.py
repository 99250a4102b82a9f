"""Turns a blank box into a shop's agent.

Laws: the key is on disk before the hub hears of it, so that after any power cut the same command
asks with the same key and gets the same identity; a box that is claimed asks nobody, and says again
what it said, to the same command alone; nothing of an answer is kept before the authority
is the expected one and the certificate is for our key.
"""

import json
import tomllib
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from protocol.codec.certificates import (
    DeviceCertificate,
    fingerprint,
    public_key_of,
    read_issued,
    request_for,
    request_pem,
)
from protocol.errors import HanoutError, Refused, RemoteProtocolError
from provisioning.box_folder import (
    AUTHORITY,
    CERTIFICATE,
    CONFIGURATION,
    DATA,
    KEY,
    RECORD,
    TIME_FLOOR,
    BoxFolder,
)
from provisioning.claim_link import ClaimLink, check_hub_url
from provisioning.claim_record import ClaimRecord, code_hash, plain_url, read_record

CLAIM_PATH = "/v1/provisioning/claim"
Post = Callable[[str, dict[str, Any]], dict[str, Any]]


class Address(Struct, frozen=True):
    """Host and port."""

    host: str
    port: int


class ClaimAnswer(Struct, frozen=True, kw_only=True):
    """What the hub gives a box. Fields of later releases are ignored."""

    organization_id: UUID
    store_id: UUID
    store_name: str
    device_id: UUID
    name: str
    epoch: int
    certificate_pem: str
    ca_pem: str
    ca_fingerprint: str
    broker: Address
    hub_url: str
    hub_time: datetime


class Box(Struct, frozen=True, kw_only=True):
    """What the box is, and how its agent shall listen."""

    version: str
    machine_id: str
    model: str
    listen_host: str
    listen_port: int


class Claiming:
    """`claim` may be killed at any moment and called again."""

    def __init__(self, folder: BoxFolder, *, post: Post, new_key: Callable[[], bytes]) -> None:
        self._folder = folder
        self._post = post
        self._new_key = new_key

    def claim(self, link: ClaimLink, box: Box) -> ClaimRecord:
        """Raises Refused `already-claimed` to another code or hub than the box was claimed with,
        RemoteProtocolError when the answer is not to be believed, and what the hub says."""
        done = self._done(link)
        if done is not None:
            return done
        key_pem = self._key()
        body = {
            "code": link.code,
            "csr_pem": request_pem(request_for(key_pem)),
            "agent_version": box.version,
            "hardware": {"machine_id": box.machine_id, "model": box.model},
        }
        answer = read_answer(self._post(CLAIM_PATH, body))
        check_answer(answer, link=link, key_pem=key_pem)
        record = record_of(answer, link)
        self._keep(answer, record, box)
        return record

    def _done(self, link: ClaimLink) -> ClaimRecord | None:
        found = self._folder.read(CONFIGURATION)
        if found is None:
            return None
        try:
            device = tomllib.loads(found.decode()).get("device_id", "unknown")
        except (UnicodeDecodeError, tomllib.TOMLDecodeError):
            device = "unknown"
        record = read_record(self._folder.read(RECORD))
        if record is not None and str(record.device_id) == device and record.is_of(link):
            return record
        raise Refused(
            "already-claimed",
            f"{self._folder.path} is claimed already, as device {device}. To put another box in"
            f" its place, run `hanout-provision replace --device {device}` at the office and claim"
            " on the new box.",
        )

    def _key(self) -> bytes:
        key_pem = self._folder.secret(KEY)
        if key_pem is None:
            key_pem = self._new_key()
            self._folder.write(KEY, key_pem)
        return key_pem

    def _keep(self, answer: ClaimAnswer, record: ClaimRecord, box: Box) -> None:
        self._folder.write(AUTHORITY, answer.ca_pem.encode())
        self._folder.write(CERTIFICATE, answer.certificate_pem.encode())
        self._folder.write(TIME_FLOOR, f"{int(answer.hub_time.timestamp())}\n".encode())
        self._folder.write(RECORD, msgspec.json.encode(record))
        self._folder.write(CONFIGURATION, configuration(answer, box).encode())


def read_answer(raw: dict[str, Any]) -> ClaimAnswer:
    """Raises RemoteProtocolError `bad-answer`."""
    try:
        return msgspec.convert(raw, ClaimAnswer)
    except msgspec.ValidationError as error:
        raise RemoteProtocolError(
            "bad-answer", f"The hub's answer cannot be read ({error}): install a newer release."
        ) from error


def check_answer(answer: ClaimAnswer, *, link: ClaimLink, key_pem: bytes) -> DeviceCertificate:
    """The certificate, if the answer is to be believed; raises RemoteProtocolError."""
    found = fingerprint(answer.ca_pem)
    expected = link.ca or answer.ca_fingerprint
    if found != expected:
        raise RemoteProtocolError(
            "wrong-authority",
            f"This is not the hub that the code is from: its authority is {found[:16]}…, expected"
            f" was {expected[:16]}…. Scan the QR again; if it stays so, somebody sits between.",
        )
    try:
        issued = read_issued(answer.certificate_pem, ca_pem=answer.ca_pem)
        check_hub_url(answer.hub_url)
    except HanoutError as error:
        raise RemoteProtocolError("wrong-certificate", error.message) from error
    if issued.device_id != answer.device_id or issued.public_key != public_key_of(key_pem):
        raise RemoteProtocolError(
            "wrong-certificate", "The hub gave a certificate for another box: claim once more."
        )
    return issued


def record_of(answer: ClaimAnswer, link: ClaimLink) -> ClaimRecord:
    """What the box is to remember."""
    return ClaimRecord(
        device_id=answer.device_id,
        name=answer.name,
        store_name=answer.store_name,
        hub_url=plain_url(link.hub_url),
        ca=fingerprint(answer.ca_pem),
        code_sha256=code_hash(link.code, answer.device_id),
    )


def configuration(answer: ClaimAnswer, box: Box) -> str:
    """The agent's configuration; paths start from its own folder."""
    values: dict[str, str | int] = {
        "data_dir": DATA,
        "listen_host": box.listen_host,
        "listen_port": box.listen_port,
        "organization_id": str(answer.organization_id),
        "store_id": str(answer.store_id),
        "device_id": str(answer.device_id),
        "epoch": answer.epoch,
        "broker_host": answer.broker.host,
        "broker_port": answer.broker.port,
        "hub_url": answer.hub_url,
        "ca_file": AUTHORITY,
        "certificate_file": CERTIFICATE,
        "key_file": KEY,
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
    return "\n".join([*lines, ""])
