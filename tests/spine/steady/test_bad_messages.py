"""What a device of ours would never send: kept with bytes and reason, and the rest goes on.

Promises F, I, K over real Mosquitto, with a device's own certificate. Each test ends with a sale by
the same device that reaches the books.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from copy import copy
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest
import pytest_asyncio

from protocol.codec.control import encode_control
from protocol.codec.facts import decode_fact
from protocol.codec.topics import PARTITIONS
from protocol.messages.sync import Nak, Probe, ProbeAnswer, Welcome
from protocol.vocabulary.ids import partition_of, uuid7
from provisioning.demo.plan import CASHIER_PIN, SUPERETTE
from tests.fakes.shop_facts import ShopFacts
from tests.spine.fake_device import FakeDevice, fake_device, with_header
from tests.spine.identities import device_identity
from tests.spine.running import Running, client_of, tablet_of
from tests.spine.steady.plain_sale import sell_one

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="package"),
]
_DAY = date(2026, 11, 20)
_BOOKED_S = 30.0
_DEAD, _PARKED = 1, 2
_numbers = itertools.count(1)


@dataclass(frozen=True, kw_only=True)
class Floor:
    """The running product, and a shop of the superette for devices made here."""

    world: Running
    database: "asyncpg.Connection[Any]"

    def fake_device(self, device_id: UUID) -> AbstractAsyncContextManager[FakeDevice]:
        """With a certificate of the hub's authority."""
        certificates = self.world.stack.certificates
        return fake_device(
            device_identity(certificates, device_id),
            ca_file=certificates.ca_file,
            broker_port=self.world.stack.description()["mqtt"]["port"],
        )

    async def rows(self, sql: str, *values: Any) -> list[Any]:
        return list(await self.database.fetch(sql, *values))

    async def kept(self, device: FakeDevice) -> list[tuple[str, bytes]]:
        """What lies in quarantine of this device: reason and bytes."""
        rows = await self.rows(
            "select reason, bytes from quarantine where device_id = $1 order by id",
            device.device_id,
        )
        return [(row["reason"], row["bytes"]) for row in rows]

    async def aside(self, device: FakeDevice) -> list[tuple[int, int, str, bytes]]:
        """The dead and the parked: seq, state, reason, bytes."""
        rows = await self.rows(
            "select seq, state, reason, bytes from inbox"
            " where device_id = $1 and state > 0 order by epoch, seq",
            device.device_id,
        )
        return [tuple(row) for row in rows]

    async def until(self, condition: str, *values: Any) -> None:
        """Wait until the query says true. Raises TimeoutError."""
        async with asyncio.timeout(_BOOKED_S):
            while True:
                if await self.database.fetchval(condition, *values):
                    return
                await asyncio.sleep(0.05)

    async def goes_on(self, device: FakeDevice, shop: ShopFacts) -> None:
        """The device's next sale reaches the books."""
        sale = next(shop.sales(1, lines=3))
        await device.send([sale])
        await self.booked(sale)

    async def booked(self, sale: bytes) -> None:
        """Wait until this sale is in the books."""
        await self.until(
            "select exists (select from sale where id = $1)", decode_fact(sale).envelope.id
        )


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def floor(world: Running) -> AsyncIterator[Floor]:
    database = await asyncpg.connect(world.stack.database_url)
    yield Floor(world=world, database=database)
    await database.close()


@asynccontextmanager
async def device_of(floor: Floor) -> AsyncIterator[tuple[FakeDevice, ShopFacts]]:
    """A new device of Alger, welcomed, and the facts it may write."""
    number = next(_numbers)
    device_id = uuid7(1_760_000_000_000 + number, Random(number).getrandbits(74))
    store = SUPERETTE.stores[0]
    await floor.database.execute(
        "insert into device (organization_id, device_id, store_id, name, created_at)"
        " values ($1, $2, $3, 'made by hand', now())",
        SUPERETTE.id,
        device_id,
        store.id,
    )
    async with floor.fake_device(device_id) as device:
        await device.greet()
        yield device, ShopFacts(seed=number, store_id=store.id)


@pytest.mark.fault(21, "G,I")
async def test_garbage(floor: Floor) -> None:
    """Bytes that are no message are kept with their reason, and the device goes on."""
    async with device_of(floor) as (device, shop):
        garbage = [b"", b"\x00\xff garbage", b"{}\n", b'{"v":1}\nnothing', b"x" * 300_000]
        for payload in garbage:
            await device.up("ev", payload)
            await device.up("bk", payload)
        kept = [("bad-frame", one) for one in garbage]
        for channel in ("hello", "req", "rsp", "hb"):
            for payload in (b"\xff{not json", b"[[[[[[" * 1000):
                await device.up(channel, payload)
                kept.append(("bad-control", _named(device.topics.up(channel), payload)))
        await device.publish(device.topics.presence, b"\xfe")
        kept.append(("bad-control", _named(device.topics.presence, b"\xfe")))
        await floor.goes_on(device, shop)
        assert sorted(await floor.kept(device)) == sorted(kept)


async def test_numbers_that_no_column_takes(floor: Floor) -> None:
    async with device_of(floor) as (device, shop):
        await device.hello(head=2**63, acked=2**63 - 1)
        await device.hello(epoch=2**63)
        await floor.goes_on(device, shop)
        assert {reason for reason, _ in await floor.kept(device)} <= {"unfit", "bad-control"}


def _named(topic: str, payload: bytes) -> bytes:
    """How bytes of another channel than facts are kept: their topic before them."""
    return topic.encode() + b"\n" + payload


async def test_a_wrong_topic_reaches_nobody(floor: Floor) -> None:
    async with device_of(floor) as (thief, shop), device_of(floor) as (victim, own):
        sale = next(own.sales(1, lines=2))
        honest = victim.frame([sale])
        # The broker lets nobody write there, nor under another partition than the device's own.
        await thief.publish(victim.topics.up("ev"), honest)
        elsewhere = (partition_of(thief.device_id) + 1) % PARTITIONS
        stray = next(shop.sales(1, lines=2))
        await thief.publish(f"r1/{elsewhere}/{thief.device_id}/up/ev", thief.frame([stray]))
        await thief.up("ev", honest)  # its own topic, another's frame
        await floor.goes_on(thief, shop)
        stands = "select hwm from device_sync where device_id = $1"
        assert await floor.database.fetchval(stands, victim.device_id) == 0
        assert await floor.database.fetchval(stands, thief.device_id) == 1
        assert await floor.kept(thief) == [("bad-frame", honest)]
        assert await floor.kept(victim) == []
        await floor.goes_on(victim, own)


async def test_nobody_hears_another_device(floor: Floor) -> None:
    async with device_of(floor) as (curious, shop), device_of(floor) as (other, own):
        for topic in (other.topics.all_down, "r1/#", "#"):
            await curious.subscribe(topic)
        await floor.goes_on(other, own)
        await floor.goes_on(curious, shop)
        heard = {topic.split("/")[2] for topic in curious.topics_heard}
        assert heard == {str(curious.device_id)}


async def test_a_forged_hash(floor: Floor) -> None:
    async with device_of(floor) as (device, shop):
        sale = next(shop.sales(1, lines=2))
        forged = device.frame([sale], head=bytes(32))
        await device.up("ev", forged)
        assert (await device.answer(Nak)).code == "bad_hash"
        assert await floor.kept(device) == [("bad-hash", forged)]
        await floor.goes_on(device, shop)


async def test_another_past(floor: Floor) -> None:
    async with device_of(floor) as (device, shop):
        mine, yours = shop.sales(2, lines=2)
        before = device.frame([yours])
        await device.send([mine])
        await device.up("ev", before)  # the same place, other bytes, a sound chain
        assert (await device.answer(Nak)).code == "fork"
        assert await floor.kept(device) == [("fork", before)]
        await floor.goes_on(device, shop)


async def test_an_unknown_wire_version(floor: Floor) -> None:
    async with device_of(floor) as (device, shop):
        sale = next(shop.sales(1, lines=2))
        later = with_header(device.frame([sale]), v=99)
        await device.up("ev", later)
        await floor.goes_on(device, shop)
        assert await floor.kept(device) == [("bad-frame", later)]


@pytest.mark.fault(24, "A,I")
async def test_unknown_types_and_versions_are_parked(floor: Floor) -> None:
    """Facts of a later release are parked with their bytes, and the next ones are booked."""
    async with device_of(floor) as (device, shop):
        sales = list(shop.sales(4, lines=2))
        unknown_type = _rewritten(sales[0], type="loyalty.burned")
        unknown_version = _rewritten(sales[1], sv=99)
        await device.send([sales[2], unknown_type, unknown_version, sales[3]])
        await floor.goes_on(device, shop)
        for sale in sales[2:]:
            await floor.booked(sale)
        assert await floor.aside(device) == [
            (2, _PARKED, "unknown-type", unknown_type),
            (3, _PARKED, "unknown-version", unknown_version),
        ]


@pytest.mark.fault(22, "I,L")
async def test_an_undecodable_fact_is_buried(floor: Floor) -> None:
    """A fact that nobody can read takes its place as dead bytes, and the next one is booked."""
    async with device_of(floor) as (device, shop):
        sales = list(shop.sales(3, lines=2))
        broken = _rewritten(sales[0], body={"lines": "none"})
        await device.send([sales[1], b"42", broken, b'"words"', sales[2]])
        await floor.goes_on(device, shop)
        await floor.booked(sales[2])
        found = await floor.aside(device)
        assert [(seq, state, raw) for seq, state, _, raw in found] == [
            (2, _DEAD, b"42"),
            (3, _DEAD, broken),
            (4, _DEAD, b'"words"'),
        ]
        assert {reason for _, _, reason, _ in found} == {"undecodable"}


@pytest.mark.fault(21, "G,I")
async def test_a_fact_too_large_is_buried(floor: Floor) -> None:
    """A fact over the limit takes its place as dead bytes, and the next one is booked."""
    async with device_of(floor) as (device, shop):
        sales = list(shop.sales(2, lines=2))
        # Letters drawn by chance, so that it stays near its size when compressed.
        letters = "".join(Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=769 * 1024))
        huge = _rewritten(sales[0], note=letters)
        together = device.frame([huge, sales[1]])
        await device.up("bk", together)
        nak = await device.answer(Nak)
        assert (nak.code, nak.ranges) == ("bad_batch", [(1, 2)])
        alone = device.frame([huge])
        await device.up("bk", alone)
        ack = await device.acked(1)
        assert [(dead.seq, dead.code) for dead in ack.dead] == [(1, "too-large")]
        await floor.goes_on(device, shop)
        body = alone.partition(b"\n")[2]
        assert await floor.aside(device) == [(1, _DEAD, "too-large", body)]


@pytest.mark.fault(21, "G,I")
async def test_a_batch_that_lies_about_its_range(floor: Floor) -> None:
    """A frame whose range is not its own is kept aside, and the true one is taken."""
    async with device_of(floor) as (device, shop):
        sales = list(shop.sales(3, lines=2))
        honest = device.frame(sales)
        backwards = with_header(honest, to=0)
        endless = with_header(honest, to=2**40)
        for payload in (backwards, endless):
            await device.up("ev", payload)
        await device.up("ev", with_header(honest, to=5))
        nak = await device.answer(Nak)
        assert (nak.code, nak.ranges) == ("bad_batch", [(1, 5)])
        single = with_header(device.frame(sales), to=1)
        await device.up("ev", single)
        assert [dead.code for dead in (await device.acked(1)).dead] == ["bad-batch"]
        await floor.goes_on(device, shop)
        assert await floor.aside(device) == [(1, _DEAD, "bad-batch", single.partition(b"\n")[2])]
        assert sorted(await floor.kept(device)) == sorted(
            [("bad-frame", backwards), ("bad-frame", endless)]
        )


@pytest.mark.fault(18, "C")
async def test_a_gap_is_asked_for(floor: Floor) -> None:
    """What comes far too early is asked for in order, and nothing is skipped."""
    async with device_of(floor) as (device, shop):
        far = copy(device)
        far.seq, far.hash = 5000, bytes(32)
        await device.up("ev", far.frame(list(shop.sales(1, lines=2))))
        nak = await device.answer(Nak)
        assert (nak.code, nak.ranges) == ("gap", [(1, 5000)])
        await floor.goes_on(device, shop)


@pytest.mark.fault(19, "B,C")
async def test_an_old_epoch_is_refused(floor: Floor) -> None:
    """A batch of an epoch that was ended is refused, however late it comes."""
    async with device_of(floor) as (device, shop):
        sales = list(shop.sales(4, lines=2))
        await device.send(sales[:1])
        at_one = device.hash
        await device.send(sales[1:2])
        old = device.frame(sales[2:3])
        # The disk was rolled back to the first sale and went on differently.
        await device.hello(head=2, head_hash=bytes(32), acked=1, acked_hash=at_one)
        welcome = await _answer_probes(device, {1: at_one, 2: bytes(32)})
        assert (welcome.epoch, welcome.base, welcome.base_hash) == (2, 1, at_one)
        await device.up("ev", old)
        nak = await device.answer(Nak)
        assert (nak.code, nak.epoch) == ("epoch", 2)
        device.epoch, device.seq, device.hash = 2, 1, at_one
        await device.send(sales[3:])
        for sale in (sales[0], sales[1], sales[3]):
            await floor.booked(sale)
        await floor.goes_on(device, shop)
        third = decode_fact(sales[2]).envelope.id
        assert not await floor.rows("select from sale where id = $1", third)


async def test_a_sale_id_used_again(floor: Floor) -> None:
    async with device_of(floor) as (device, shop):
        sale, other = shop.sales(2, lines=2)
        again = _rewritten(other, id=str(decode_fact(sale).envelope.id))
        await device.send([sale, again])
        await floor.goes_on(device, shop)
        assert await floor.kept(device) == [("id-reused", again)]
        await floor.booked(sale)


async def test_an_unregistered_device_is_heard_by_nobody(floor: Floor) -> None:
    stranger = uuid7(1_760_000_000_000, 99)
    async with (
        floor.fake_device(stranger) as device,
        device_of(floor) as (known, shop),
    ):
        await device.hello()
        await device.up("ev", device.frame([next(shop.sales(1, lines=1))]))
        await floor.goes_on(known, shop)
        assert not await floor.rows("select from device_sync where device_id = $1", stranger)


async def test_the_real_shops_went_on(floor: Floor) -> None:
    agent = floor.world.agent(1)
    async with client_of(agent) as client:
        tablet = tablet_of(client, agent.store.registers[0])
        await tablet.sign_in(pin=CASHIER_PIN)
        shift = await tablet.open_shift(uuid7(1_760_000_000_000, 7), float_minor=0)
        product = await tablet.product(floor.world.groceries[0].codes[0])
        sale_id = uuid7(1_760_000_000_000, 8)
        await sell_one(tablet, product, sale_id=sale_id, shift_id=shift, currency="DZD")
    await floor.until("select exists (select from sale where id = $1)", sale_id)


async def _answer_probes(device: FakeDevice, hashes: dict[int, bytes]) -> Welcome:
    """Answer whatever the hub asks about our history until it welcomes us."""
    while True:
        asked = asyncio.create_task(device.answer(Probe))
        welcomed = asyncio.create_task(device.answer(Welcome))
        await asyncio.wait([asked, welcomed], return_when=asyncio.FIRST_COMPLETED)
        if welcomed.done():
            asked.cancel()
            return welcomed.result()
        welcomed.cancel()
        probe = asked.result()
        known = [(seq, hashes[seq]) for seq in probe.seqs if seq in hashes]
        answer = ProbeAnswer(
            epoch=probe.epoch,
            lo=probe.lo,
            hi=probe.hi,
            head=max(hashes),
            hashes=known,
            at_epoch=probe.at_epoch,
            at_hwm=probe.at_hwm,
            sess=device.sess,
        )
        await device.up("rsp", encode_control(answer))


def _rewritten(fact: bytes, **changed: Any) -> bytes:
    """The fact with other words in its envelope."""
    return msgspec.json.encode({**msgspec.json.decode(fact), **changed})
