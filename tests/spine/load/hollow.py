"""Hollow shops: the agent's own sync over real MQTT, before a journal in memory.

Many fit into one process, so that a hub can be loaded by a street of them.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from random import Random

from edge_agent.kit.clock import SystemClock
from edge_agent.sync.identity import KeyPair
from edge_agent.sync.mqtt import Broker, MqttTransport
from edge_agent.sync.ports import Debt
from edge_agent.sync.service import SyncPace, SyncService
from edge_agent.sync.tls import client_context
from protocol.codec.chain import genesis, links
from protocol.messages.sync import Page
from protocol.session.edge import Boot
from protocol.session.outputs import AdoptEpoch, JournalState, Replica, StoredFact
from protocol.session.timing import Timing
from tests.fakes.shop_facts import ShopFacts
from tests.integration.hub.inbox_world import Device
from tests.servers.pki import Pki

PACE = SyncPace(
    connect_jitter_ms=50,
    backoff_initial_ms=100,
    backoff_max_ms=1_000,
    heartbeat_ms=2_000,
    timing=Timing(linger_ms=20, answer_initial_ms=500, answer_max_ms=3_000),
)


class MemoryJournal:
    """Both ports of the sync; nothing of it survives the test."""

    def __init__(self, device: Device) -> None:
        self.raws: list[bytes] = []
        self.hashes: list[bytes] = [genesis(device.ref.device_id)]
        self.epoch = 1
        self.acked = 0
        self.dead: list[tuple[int, str]] = []
        self._sess = 0

    def append(self, facts: Sequence[bytes]) -> None:
        """Commit facts."""
        first = len(self.raws) + 1
        self.raws += facts
        self.hashes += links(self.hashes[-1], epoch=self.epoch, first_seq=first, raws=list(facts))

    async def next_sess(self) -> int:
        self._sess += 1
        return self._sess

    async def state(self) -> JournalState:
        return JournalState(
            epoch=self.epoch,
            head=len(self.raws),
            head_hash=self.hashes[-1],
            acked=self.acked,
            acked_hash=self.hashes[self.acked],
        )

    async def read(
        self, *, first: int, max_facts: int, max_bytes: int
    ) -> tuple[list[StoredFact], bytes]:
        facts, size = list[StoredFact](), 0
        for seq in range(first, min(len(self.raws), first + max_facts - 1) + 1):
            raw = self.raws[seq - 1]
            size += len(raw)
            if facts and size > max_bytes:
                break
            facts.append(StoredFact(seq=seq, hash=self.hashes[seq], raw=raw))
        return facts, self.hashes[first - 1]

    async def hashes_at(self, seqs: Sequence[int]) -> dict[int, bytes]:
        return {seq: self.hashes[seq] for seq in seqs if seq < len(self.hashes)}

    def heard_hub(self, hub_time_ms: int) -> None:
        """Nothing is ever pruned."""

    async def mark_acked(self, *, hwm: int, dead: Sequence[tuple[int, str]]) -> None:
        self.acked = hwm
        self.dead += dead

    async def adopt_epoch(self, adopt: AdoptEpoch) -> JournalState:
        self.epoch, base = adopt.epoch, adopt.base
        self.acked = min(self.acked, base)
        tail = links(adopt.base_hash, epoch=self.epoch, first_seq=base + 1, raws=self.raws[base:])
        self.hashes = [*self.hashes[: base + 1], *tail]
        return await self.state()

    async def debt(self) -> Debt:
        return Debt(
            count=len(self.raws) - self.acked,
            value_minor={},
            oldest_at_ms=None,
            dead_count=len(self.dead),
            disk_free_bytes=1 << 40,
        )

    async def replicas(self) -> Mapping[str, Replica]:
        return {}

    async def stage(self, collection: str, page: Page) -> None:
        raise AssertionError(f"a shop without collections was sent {collection}")

    async def sweep(self) -> bool:
        return False


class HollowShop:
    """A device with a journal that sells by itself."""

    def __init__(self, device: Device, *, pki: Pki, port: int, seed: int) -> None:
        identity = pki.device(device.ref.device_id)
        self.device = device
        self.port = port
        self.facts = ShopFacts(seed=seed, store_id=device.ref.store_id)
        self.journal = MemoryJournal(device)
        broker = Broker(
            host="127.0.0.1",
            port=port,
            client_id=str(device.ref.device_id),
            tls=lambda: client_context(
                ca_file=pki.ca_file,
                pair=KeyPair(identity.certificate_file, identity.key_file),
                now=SystemClock().now(),
                floor=None,
            ),
        )
        self.sync = SyncService(
            boot=Boot(device_id=device.ref.device_id, boot="hollow", agent="hollow 1"),
            transport=MqttTransport(broker),
            journal=self.journal,
            replicas=self.journal,
            clock=SystemClock(),
            pace=PACE,
            rng=Random(seed),
        )

    def sell(self, tickets: int, *, lines: int = 2) -> None:
        """So many sales."""
        self.journal.append(list(self.facts.sales(tickets, lines=lines)))
        self.sync.wake()

    @property
    def debt(self) -> int:
        """Facts that the hub has not acknowledged."""
        return len(self.journal.raws) - self.journal.acked


@asynccontextmanager
async def open_shops(shops: Sequence[HollowShop]) -> AsyncIterator[None]:
    """They connect and stay connected until the end of the block."""
    running = [asyncio.create_task(shop.sync.run()) for shop in shops]
    try:
        yield
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def trade(shops: Sequence[HollowShop], *, seconds: float, rng: Random) -> None:
    """Every shop sells a ticket now and then."""
    async with asyncio.TaskGroup() as group:
        for shop in shops:
            group.create_task(_trade(shop, seconds=seconds, rng=rng))


async def _trade(shop: HollowShop, *, seconds: float, rng: Random) -> None:
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end:
        shop.sell(1)
        await asyncio.sleep(rng.uniform(0.05, 0.25))
