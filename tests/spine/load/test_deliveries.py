"""What a broker may do to messages, and a device to frames, with a device that is spoken for."""

import zlib
from random import Random

import pytest

from protocol.messages.sync import Nak
from tests.fakes.shop_facts import ShopFacts
from tests.integration.hub.inbox_world import Device
from tests.spine.fake_device import FakeDevice, with_header
from tests.spine.load.yard import Yard

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.asyncio(loop_scope="package"),
]
_MEMORY_BYTES = 300 * 1024 * 1024


async def _booked(lane: Yard, device: Device, count: int) -> None:
    """Wait until the books have so many sales of it, each once."""

    async def are_there() -> bool:
        rows = await lane.world.rows(
            "select count(*) as n, count(distinct id) as ids from sale where device_id = $1",
            device.ref.device_id,
        )
        return bool(rows[0]["n"] == rows[0]["ids"] == count)

    await lane.until(f"{count} sales are booked", are_there)


def _batches(device: FakeDevice, facts: ShopFacts, *, count: int, size: int) -> list[bytes]:
    frames = []
    for _ in range(count):
        some = list(facts.sales(size, lines=2))
        frames.append(device.frame(some))
        device.move_on(some)
    return frames


@pytest.mark.fault(17, "B")
@pytest.mark.fault(18, "C")
async def test_every_batch_ten_times_and_in_any_order(lane: Yard) -> None:
    """Batches that come ten times each, shuffled, have the effect of each once, in order."""
    made = await lane.world.new_device()
    facts = ShopFacts(seed=17, store_id=made.ref.store_id)
    async with lane.fake_device(made) as device:
        await device.greet()
        frames = _batches(device, facts, count=6, size=5) * 10
        Random(17).shuffle(frames)
        for start in range(0, len(frames), 10):
            for frame in frames[start : start + 10]:
                await device.up("bk", frame)
            await device.acked(0)
        await device.acked(30)
    await _booked(lane, made, 30)
    rows = await lane.world.rows(
        "select seq from inbox where device_id = $1 order by seq", made.ref.device_id
    )
    assert [row["seq"] for row in rows] == list(range(1, 31))


@pytest.mark.fault(19, "B,C")
async def test_yesterdays_batches_of_an_old_epoch(lane: Yard) -> None:
    """Batches of before a new epoch that come a day later are refused, and change nothing."""
    made = await lane.world.new_device()
    facts = ShopFacts(seed=19, store_id=made.ref.store_id)
    async with lane.fake_device(made) as device:
        await device.greet()
        old = _batches(device, facts, count=2, size=3)
        for frame in old:
            await device.up("bk", frame)
        await device.acked(6)
        await lane.world.issue_epoch(made, base=6)
        for frame in old:
            await device.up("bk", frame)
            assert (await device.answer(Nak)).code == "epoch"
        device.epoch, device.seq, device.hash = 2, 6, made.epoch.base_hash
        await device.send(list(facts.sales(2, lines=1)))
    await _booked(lane, made, 8)


@pytest.mark.fault(21, "G,I")
async def test_truncated_swollen_and_endless_batches(lane: Yard) -> None:
    """Frames cut short, blown up or without an end cost no memory; the next sound one is taken."""
    made = await lane.world.new_device()
    facts = ShopFacts(seed=21, store_id=made.ref.store_id)
    async with lane.fake_device(made) as device:
        await device.greet()
        some = list(facts.sales(3, lines=2))
        sound = device.frame(some)
        line = sound.partition(b"\n")[0]
        bomb = zlib.compress(b"[" * (64 * 1024 * 1024), level=9)
        endless = zlib.compressobj()
        cut_off = endless.compress(b" " * 4096) + endless.flush(zlib.Z_SYNC_FLUSH)
        for frame in (
            sound[:20],
            sound[:-7],
            line,
            line + b"\n" + bomb,
            line + b"\n" + cut_off,
            sound + b"\0" * 100_000,
            with_header(sound, to=10**12),
            with_header(sound, len=2**40),
        ):
            await device.up("bk", frame)
        await device.send(some)
    await _booked(lane, made, 3)
    assert lane.memory_bytes("hub-in-1") < _MEMORY_BYTES
