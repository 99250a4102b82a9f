"""Days of a real agent's register over a turn of the year, signed, and the hub that holds them."""

import re
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from hub.fleet.authority import Term
from hub.ingest.inbox import DeviceRef
from protocol.codec.facts import decode_fact, encode_fact
from protocol.codec.signatures import sign_z
from protocol.messages.till import ShiftClosed
from tests.integration.edge_agent.shop_seed import (
    DEVICE,
    MILK,
    MILK_PRICE,
    ORGANIZATION,
    REGISTERS,
    STORE,
)
from tests.integration.hub.claim_world import Box, make_authority
from tests.integration.hub.inbox_world import RECEIVED_AT, Device, InboxWorld
from tests.unit.edge_agent.embedded_till import Json, Till, open_till

_CHAIN_HASH = re.compile(rb'"chain_hash":"[^"]*"')

DAYS = (
    datetime(2026, 12, 30, 9, tzinfo=UTC),
    datetime(2026, 12, 31, 9, tzinfo=UTC),
    datetime(2027, 1, 2, 9, tzinfo=UTC),
)


async def journal_of_days(folder: Path) -> list[bytes]:
    """Three shifts of sales, a return and late tickets, as the agent's journal has them."""
    async with open_till(folder) as till:
        before: str | None = None
        for number, at in enumerate(DAYS):
            till.clock.advance(at - till.clock.now())
            await till.sign_in()
            shift_id = (await till.open_shift())["id"]
            sold = [await _sold(till, shift_id) for _ in range(3 + number)]
            card = [{"kind": "card", "amount_minor": MILK_PRICE}]
            await _sold(till, shift_id, tenders=card)
            answer = await till.post("/v1/returns", _return(till, shift_id, sold[0]["id"]))
            assert answer.status_code == 201, answer.text
            if before is not None:
                for _ in range(number):
                    await _sold(till, before, mode="handed_over")
            till.clock.advance(timedelta(hours=8))
            await till.sign_in()
            closed = await till.close_shift(shift_id)
            assert closed["z_number"] == number + 1, closed
            before = shift_id
        return await till.agent.writer.submit(
            lambda connection: [
                bytes(raw)
                for (raw,) in connection.execute("SELECT bytes FROM journal ORDER BY seq")
            ]
        )


async def _sold(till: Till, shift_id: str, **more: Any) -> Json:
    answer = await till.sell(shift_id, **more)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def _return(till: Till, shift_id: str, sale_id: str) -> Json:
    return {
        "id": till.ids.next(),
        "mode": "live",
        "shift_id": shift_id,
        "currency": "DZD",
        "rung_at": till.clock.now().isoformat(),
        "reason": "brought back",
        "original_sale_id": sale_id,
        "lines": [{"line_no": 1, "original_line_no": 1, "product_id": str(MILK), "quantity": "1"}],
        "tenders": [{"kind": "cash", "amount_minor": MILK_PRICE}],
        "totals": {"payable_minor": MILK_PRICE},
    }


@dataclass
class SigningBox:
    """A device with a key that the hub certified."""

    device: Device
    key_pem: bytes

    def signed(self, raw: bytes) -> bytes:
        """A Z of the journal with this device's signature; any other fact as it is."""
        fact = decode_fact(raw)
        if not isinstance(fact.body, ShiftClosed):
            return raw
        signature = b64encode(sign_z(raw, key_pem=self.key_pem))
        # The agent's bytes stay as they are: what is decoded and encoded again may be others.
        return _CHAIN_HASH.sub(rb'\g<0>,"signature":"' + signature + b'"', raw)


def rewritten(raw: bytes, **changes: Any) -> bytes:
    """The fact with another body."""
    fact = decode_fact(raw)
    envelope = fact.envelope
    return encode_fact(
        id=envelope.id,
        at=envelope.at,
        store_id=envelope.store_id,
        body=msgspec.structs.replace(fact.body, **changes),
        register_id=envelope.register_id,
        shift_id=envelope.shift_id,
        staff_id=envelope.staff_id,
        business_date=envelope.business_date,
    )


async def the_agents_own(world: InboxWorld) -> SigningBox:
    """The agent's own device at the hub, once per database: its chain is the agent's."""
    async with world.superuser() as connection:
        await connection.execute(
            "insert into organization values ($1, 'El Bahdja', 'DZD', now())", ORGANIZATION
        )
        await connection.execute("insert into tenant_counter values ($1)", ORGANIZATION)
        await connection.execute(
            "insert into store (organization_id, store_id, code, name, currency, timezone,"
            " created_at) values ($1, $2, 'BAH', 'El Bahdja', 'DZD', 'Africa/Algiers', now())",
            ORGANIZATION,
            STORE,
        )
        await connection.execute(
            "insert into device (organization_id, device_id, store_id, name, created_at)"
            " values ($1, $2, $3, 'agent', now())",
            ORGANIZATION,
            DEVICE,
            STORE,
        )
    ref = DeviceRef(device_id=DEVICE, organization_id=ORGANIZATION, store_id=STORE, active=True)
    device = Device(ref)
    async with world.app.tenant(ORGANIZATION) as session:
        await world.sync.ensure_device(session, DEVICE, device.epoch.base_hash, at=RECEIVED_AT)
    return await signing_box(world, device)


async def signing_box(world: InboxWorld, device: Device) -> SigningBox:
    """The device with a register, a key, and the hub's certificate for it."""
    ref = device.ref
    box = Box()
    term = Term(
        serial=world.random.randbytes(16),
        not_before=RECEIVED_AT - timedelta(days=1),
        not_after=RECEIVED_AT + timedelta(days=90),
    )
    key = load_pem_private_key(box.key_pem, password=None).public_key()
    assert isinstance(key, EllipticCurvePublicKey)
    issued = make_authority().issue_client(key, name=str(ref.device_id), term=term)
    async with world.superuser() as connection:
        await connection.execute(
            "insert into register (organization_id, register_id, store_id, name, code,"
            " pairing_token_hash, created_at) values ($1, $2, $3, 'Caisse 1', 'C1', '', now())",
            ref.organization_id,
            REGISTERS[0],
            ref.store_id,
        )
        await connection.execute(
            "insert into device_certificate (organization_id, device_id, serial, key_hash,"
            " certificate_pem, issued_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7)",
            ref.organization_id,
            ref.device_id,
            issued.serial,
            b"k" * 32,
            issued.pem,
            term.not_before,
            term.not_after,
        )
    return SigningBox(device, box.key_pem)


def moved(facts: list[bytes], device: Device) -> list[bytes]:
    """The same days in another store; the Zs' chain hashes are of the agent's own."""
    own, other = str(STORE).encode(), str(device.ref.store_id).encode()
    return [raw.replace(own, other) for raw in facts]
