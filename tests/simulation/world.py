"""One schedule, played from its first second to the verdict."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from random import Random
from typing import Any
from uuid import UUID

from msgspec import Struct

from hub.ingest.inbox import DeviceRef
from protocol.errors import HanoutError
from tests.simulation.advisory import AdvisoryServer
from tests.simulation.books import Books
from tests.simulation.box import Box
from tests.simulation.broker import Broker
from tests.simulation.disk import Disk
from tests.simulation.goods import Poison, Sale, new_id
from tests.simulation.injector import Injector, switch_off, switch_on
from tests.simulation.ledger import Ledger, facts_on
from tests.simulation.link import Link
from tests.simulation.mutations import Mutation
from tests.simulation.office import Office
from tests.simulation.oracle import Oracle, settled
from tests.simulation.postgres.database import Cluster
from tests.simulation.postgres.store import Tables
from tests.simulation.schedule import TRADING_MS, Fault, Schedule, rng_of, store_ids
from tests.simulation.trace import Trace
from tests.simulation.virtual_time import now_ms, run_virtually
from tests.simulation.worker import Fleet, HubServers, Worker

_SETTLE_MS = 900_000
_LOOK_MS = 3_000
# What is under way when all is settled arrives: the worst weather keeps a message for 8 s, and its
# sender, who waits for the PUBACK, for twice that; then it answers what came meanwhile.
_ARRIVAL_MS = 20_000
_QUIET_MS = 40_000
_HUB_BACKUP_MS = 20_000
_ASK_AGAIN_S = 3.0
_BOX_DELAY_MS = (5, 60)
_WORKER_DELAY_MS = (1, 3)


class Verdict(Struct, frozen=True, kw_only=True):
    """What came of a schedule; `wrong` is empty when every promise held."""

    seed: int
    wrong: list[str]
    answered: int
    settled_ms: int
    digest: str
    lines: list[str]


class World:
    """Everything there is."""

    def __init__(self, schedule: Schedule, *, mutation: Mutation, trace: Trace) -> None:
        self.schedule = schedule
        self.trace = trace
        self.mutation = mutation
        self.ledger = Ledger()
        self.broker = Broker(trace)
        self.cluster = Cluster(self.rng("database"), blind=mutation.blind)
        self.advisory = AdvisoryServer()
        self.advisory.generous = schedule.overlap
        self.books = Books()
        self.fleet = Fleet()
        self.tenant = new_id(self.rng("tenant"))
        self.images: dict[Fault, bytes] = {}
        self.clones: dict[Box, Box] = {}
        self.workers: list[Worker] = []
        self.boxes: list[Box] = []
        self.oracle = Oracle(self)
        self.office = Office(
            self.cluster, tenant=self.tenant, ledger=self.ledger, rng=self.rng("office")
        )
        self._injector = Injector(self)
        self._backups: list[tuple[int, Tables]] = []
        self._worker_runs = 0
        self._tasks: list[asyncio.Task[None]] = []

    def rng(self, name: str) -> Random:
        """A generator of its own."""
        if self.mutation.no_jitter and name.startswith("box"):
            return _Ceiling()
        return rng_of(self.schedule.seed, name)

    def box(self, number: int) -> Box:
        """Whom a fault means."""
        return self.boxes[number % len(self.boxes)]

    async def play(self) -> int:
        """All of it; virtual milliseconds from the last fault until everything was settled."""
        self._build()
        began = asyncio.get_running_loop().time()
        events: list[tuple[int, int, Coroutine[Any, Any, None]]] = []
        for number, fault in enumerate(self.schedule.faults):
            events.append((self.backup_ms(fault), number, self._fault(fault)))
        for box in self.boxes:
            await self.office.found(box.store_id)
        for number, publication in enumerate(self.schedule.publications):
            store_id = self.box(publication.box).store_id
            work = self.office.publish(publication, store_id=store_id)
            events.append((publication.at_ms, number, work))
        for number, sale in enumerate(self.schedule.sales):
            events.append((sale.at_ms, number, self._sell(sale)))
        self._task(self._keep_backups())
        for at_ms, _, work in sorted(events, key=lambda event: event[:2]):
            await asyncio.sleep(max(0.0, at_ms / 1000 - asyncio.get_running_loop().time()))
            self._task(work)
        await asyncio.sleep(max(0.0, began + TRADING_MS / 1000 - asyncio.get_running_loop().time()))
        await self._put_right()
        return await self._settle()

    def ring(self, sale: Sale) -> None:
        """A tablet asks until it is answered."""
        self._task(self._sell(sale))

    async def poison(self, box: Box, kind: Poison, fact_id: UUID) -> None:
        """If the box runs."""
        if box.agent is None:
            return
        # Before it is tried: what a failing disk reports as failed may be on it nevertheless.
        self.ledger.poisoned[fact_id] = kind
        with suppress(HanoutError):
            await box.poison(box.agent, kind, fact_id)

    def backup_ms(self, fault: Fault) -> int:
        """When something must be done for a fault: earlier, for what needs a backup."""
        early = fault.for_ms if fault.kind == "backup-restored" else 0
        return max(0, fault.at_ms - early)

    def has_clone(self, box: Box) -> bool:
        """Whether there are two cards of it."""
        return box in self.clones

    def clone(self, box: Box) -> None:
        """A copy of the card starts in a box of its own; both sell from now on."""
        twin = self._new_box(f"{box.name}-twin", box.device_id, box.store_id)
        twin.disk.replace(box.disk.image())
        self.clones[box] = twin
        twin.start()

    async def kill_worker(self, number: int) -> None:
        """SIGKILL."""
        await self.workers[number].kill()

    def start_worker(self, number: int) -> None:
        """A new process in its place, unless one runs."""
        if not self.workers[number].running.gate.dead:
            return
        self.workers[number] = self._new_worker(number)
        self.workers[number].start()

    def stop_database(self) -> None:
        """The server goes; what was under way is rolled back, or its word is lost."""
        self.cluster.stop()
        self.advisory.cut()
        self.advisory.down = True

    def start_database(self) -> None:
        """The server is there again."""
        self.cluster.start()
        self.advisory.down = False

    async def restore_hub(self, *, age_ms: int, after_s: float) -> None:
        """The hub comes back from its newest backup that is so old."""
        old = [tables for at_ms, tables in self._backups if at_ms <= now_ms() - age_ms]
        if not old:
            return
        for number in range(len(self.workers)):
            await self.kill_worker(number)
        self.stop_database()
        self.cluster.store.replace(old[-1])
        self._backups = [each for each in self._backups if each[0] <= now_ms() - age_ms]
        self.ledger.note_hub_restored(self.cluster.store)
        await asyncio.sleep(after_s)
        self.start_database()
        for number in range(len(self.workers)):
            self.start_worker(number)

    def check_replica(self, box: Box, collection: str) -> None:
        """A copy flipped: it must equal something that the hub published (J)."""
        self.oracle.look_at_replica(box, collection)

    def _build(self) -> None:
        counter = ("tenant_counter", (self.tenant,))
        self.cluster.store.apply({counter: {("counter",): {"event_position": 0}}})
        store = self.cluster.store
        store.before_commit = self.oracle.look_at_commit
        store.after_commit = lambda overlay: self.ledger.note_commit(store, overlay)
        self.broker.heard = self.oracle.hear
        pairs = store_ids(self.schedule.seed, self.schedule.boxes)
        for number, (store_id, device_id) in enumerate(pairs):
            device = DeviceRef(
                device_id=device_id, organization_id=self.tenant, store_id=store_id, active=True
            )
            self.fleet.found(device, store)
            self.boxes.append(self._new_box(f"box{number}", device_id, store_id))
        self.workers = [self._new_worker(number) for number in range(self.schedule.workers)]
        for worker in self.workers:
            worker.start()
        for box in self.boxes:
            box.start()

    def _new_box(self, name: str, device_id: UUID, store_id: UUID) -> Box:
        box = Box(
            name,
            device_id=device_id,
            store_id=store_id,
            broker=self.broker,
            link=Link(self.rng(f"link {name}"), delay_ms=_BOX_DELAY_MS),
            disk=Disk(self.rng(f"disk {name}"), lying=self.mutation.no_sync),
            trace=self.trace,
            new_rng=lambda what: self.rng(f"{name} {what}"),
        )
        box.on_flip = self.check_replica
        box.on_built = self.ledger.note_built
        return box

    def _new_worker(self, number: int) -> Worker:
        self._worker_runs += 1
        servers = HubServers(
            broker=self.broker,
            cluster=self.cluster,
            advisory=self.advisory,
            books=self.books,
            fleet=self.fleet,
            trace=self.trace,
        )
        name = f"hub{number}"
        run = self._worker_runs
        return Worker(
            name,
            servers,
            link=Link(self.rng(f"link {name} {run}"), delay_ms=_WORKER_DELAY_MS),
            rng=lambda what: self.rng(f"{what} {run}"),
        )

    def _task(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.get_running_loop().create_task(work))

    async def _fault(self, fault: Fault) -> None:
        if fault.kind == "backup-restored":
            self.images[fault] = self.box(fault.target).disk.image()
        await self._injector.inject(fault)

    async def _sell(self, sale: Sale) -> None:
        chance = rng_of(self.schedule.seed, f"till {sale.id}")
        while True:
            box = self.box(sale.box)
            twin = self.clones.get(box)
            if twin is not None and not twin.held_off and chance.random() < 0.5:
                box = twin
            agent = box.agent
            if agent is not None:
                try:
                    await box.ring(agent, sale)
                except HanoutError:
                    pass
                else:
                    self.ledger.answered[sale.id] = box.name
                    return
            await asyncio.sleep(_ASK_AGAIN_S)

    async def _keep_backups(self) -> None:
        while True:
            self._backups.append((now_ms(), self.cluster.store.copy()))
            await asyncio.sleep(_HUB_BACKUP_MS / 1000)

    async def _put_right(self) -> None:
        """Faults stop: everything runs, everything is reached, nothing is forgotten."""
        self.trace.note("WORLD", "faults stop")
        for task in self._tasks:
            task.cancel()
        self.broker.down, self.broker.calm = False, True
        self.start_database()
        for number, worker in enumerate(self.workers):
            worker.running.gate.go_on()
            worker.link.heal()
            self.start_worker(number)
        for box in [*self.boxes, *self.clones.values()]:
            box.link.heal()
            box.disk.stall_ms, box.disk.failing = 0, False
            switch_on(box)

    async def _settle(self) -> int:
        began_ms = now_ms()
        for box, twin in self.clones.items():
            await self._retire(box, twin)
        self.oracle.never_settled = not await self._until(lambda: settled(self))
        took_ms = now_ms() - began_ms
        await asyncio.sleep(_ARRIVAL_MS / 1000)
        self.oracle.heard = Counter()
        await asyncio.sleep(_QUIET_MS / 1000)
        self.oracle.quiet = self.oracle.heard
        return took_ms

    async def _until(self, holds: Callable[[], bool]) -> bool:
        """Look now and then; False when it does not come to hold."""
        for _ in range(_SETTLE_MS // _LOOK_MS):
            if holds():
                return True
            await asyncio.sleep(_LOOK_MS / 1000)
        return False

    async def _retire(self, box: Box, twin: Box) -> None:
        """Somebody takes the copy out once it has brought what it sold; the first card goes on."""
        await switch_off(box, power=False)
        self._settle_alerts(box.device_id)
        await self._until(lambda: self.oracle.is_level(twin))
        self.oracle.look_at_disk(twin)
        await switch_off(twin, power=False)
        self.ledger.note_disk_replaced(facts_on(twin), set(), hub=self.cluster.store)
        self._settle_alerts(box.device_id)
        switch_on(box)

    def _settle_alerts(self, device_id: UUID) -> None:
        """Somebody says at the hub that they looked after it: the next box to speak is the one."""
        group, store = (self.tenant, device_id), self.cluster.store
        alerts = {
            key: {**row, "settled_at": now_ms()}
            for key, row in store.group("device_alert", group).items()
        }
        boots = dict.fromkeys(store.group("device_boot", group))
        store.apply({("device_alert", group): {**alerts}, ("device_boot", group): {**boots}})


class _Ceiling(Random):
    """The longest wait always: what a fleet does without jitter."""

    def randint(self, a: int, b: int) -> int:
        return b


def judge(schedule: Schedule, *, mutation: Mutation | None = None, traced: bool = False) -> Verdict:
    """Play the schedule and say what did not hold."""
    trace = Trace(kept=traced)
    world: list[World] = []

    async def main() -> int:
        world.append(World(schedule, mutation=mutation or Mutation(), trace=trace))
        return await world[0].play()

    took_ms, broken = run_virtually(main)
    wrong = [*world[0].oracle.verdict(), *(f"unseen: {each}" for each in broken)]
    return Verdict(
        seed=schedule.seed,
        wrong=wrong,
        answered=len(world[0].ledger.answered),
        settled_ms=took_ms,
        digest=trace.digest,
        lines=trace.lines,
    )
