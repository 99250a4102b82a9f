"""Makes go wrong what the schedule says, and in the end puts everything right again."""

import asyncio
from random import Random
from typing import TYPE_CHECKING

from tests.simulation.box import Box
from tests.simulation.disk import blank_image
from tests.simulation.goods import Poison, new_id
from tests.simulation.ledger import facts_on
from tests.simulation.link import Weather
from tests.simulation.schedule import Fault, burst, rng_of
from tests.simulation.worker import Worker

if TYPE_CHECKING:
    from tests.simulation.world import World

_POISONS: tuple[Poison, ...] = ("unknown-type", "bad-body", "no-json", "unprojectable")
_JUMPS_MS = tuple(sign * days * 86_400_000 for days in (1, 20, 365, 3650) for sign in (1, -1))
_IDLE_IN_TRANSACTION_S = 60.0
_HUB_RESTORE_S = 3.0


class Injector:
    """`inject` runs until the fault is over."""

    def __init__(self, world: "World") -> None:
        self._world = world

    async def inject(self, fault: Fault) -> None:
        """Do it to whatever stands there now."""
        self._world.trace.note("FAULT", f"{fault.kind} {fault.target} for {fault.for_ms} ms")
        box = self._world.box(fault.target)
        match fault.kind:
            case "reset" | "blackhole" | "no-way-up" | "no-way-down" | "weather" | "slow":
                await self._network(fault, box)
            case "worker-blackhole" | "worker-weather" | "worker-kill" | "worker-stop":
                await self._worker(fault)
            case "worker-disorder":
                await self._worker(fault)
            case "broker-restart" | "wants-lost" | "database-down" | "hub-restored":
                await self._server(fault)
            case "box-kill" | "power-cut" | "disk-fails" | "disk-stalls" | "clock-jump":
                await self._box(fault, box)
            case "backup-restored" | "card-cloned" | "disk-wiped":
                await self._card(fault, box)
            case "poison":
                await self._poison(fault, box)
            case "tombstones-pruned":
                await self._world.office.prune()
            case _:
                number = self._world.boxes.index(box)
                for sale in burst(self._world.schedule.seed, fault, box=number):
                    self._world.ring(sale)

    async def _network(self, fault: Fault, box: Box) -> None:
        link, seconds = box.link, fault.for_ms / 1000
        match fault.kind:
            case "reset":
                if box.agent is not None and box.agent.session is not None:
                    self._world.broker.drop(box.agent.session, "reset")
            case "blackhole":
                link.up.shut = link.down.shut = True
            case "no-way-up":
                link.up.shut = True
            case "no-way-down":
                link.down.shut = True
            case "weather":
                link.weather = weather_of(rng_of(fault.value, "weather"))
            case _:
                link.slow_ms = 200 + fault.value % 4_000
        await asyncio.sleep(seconds)
        link.heal()

    async def _worker(self, fault: Fault) -> None:
        world, seconds = self._world, fault.for_ms / 1000
        number = fault.target % len(world.workers)
        worker = world.workers[number]
        match fault.kind:
            case "worker-blackhole":
                worker.link.up.shut = worker.link.down.shut = True
                await asyncio.sleep(seconds)
                worker.link.heal()
            case "worker-weather":
                worker.link.weather = weather_of(rng_of(fault.value, "weather"))
                await asyncio.sleep(seconds)
                worker.link.heal()
            case "worker-disorder":
                worker.link.weather = Weather(shuffle_ms=fault.value, double=0.2)
                await asyncio.sleep(seconds)
                worker.link.heal()
            case "worker-kill":
                await world.kill_worker(number)
                await asyncio.sleep(seconds)
                world.start_worker(number)
            case _:
                await self._stop(worker, seconds)

    async def _stop(self, worker: Worker, seconds: float) -> None:
        """SIGSTOP, and later SIGCONT."""
        gate = worker.running.gate
        gate.stop()
        asyncio.get_running_loop().call_later(
            _IDLE_IN_TRANSACTION_S, self._world.cluster.end_idle, gate
        )
        await asyncio.sleep(seconds)
        gate.go_on()

    async def _server(self, fault: Fault) -> None:
        world, seconds = self._world, fault.for_ms / 1000
        match fault.kind:
            case "broker-restart":
                world.broker.stop()
                await asyncio.sleep(seconds)
                world.broker.down = False
            case "wants-lost":
                world.broker.forget_wants()
            case "database-down":
                world.stop_database()
                await asyncio.sleep(seconds)
                world.start_database()
            case _:
                await world.restore_hub(age_ms=fault.for_ms, after_s=_HUB_RESTORE_S)

    async def _box(self, fault: Fault, box: Box) -> None:
        seconds = fault.for_ms / 1000
        match fault.kind:
            case "box-kill" | "power-cut":
                await switch_off(box, power=fault.kind == "power-cut")
                await asyncio.sleep(seconds)
                switch_on(box)
            case "disk-fails":
                box.disk.failing = True
                await asyncio.sleep(3.0)
                box.disk.failing = False
            case "disk-stalls":
                box.disk.stall_ms = 500 + fault.value % 4_500
                await asyncio.sleep(seconds)
                box.disk.stall_ms = 0
            case _:
                box.clock.jump_ms = _JUMPS_MS[fault.value % len(_JUMPS_MS)]

    async def _card(self, fault: Fault, box: Box) -> None:
        world = self._world
        match fault.kind:
            case "backup-restored":
                await asyncio.sleep(max(0.0, (fault.at_ms - world.backup_ms(fault)) / 1000))
                image = world.images.pop(fault, None)
                if image is not None and not world.has_clone(box):
                    await self._replace(box, image, off_s=5.0)
            case "disk-wiped":
                if not world.has_clone(box):
                    await self._replace(box, blank_image(), off_s=fault.for_ms / 1000)
            case _:
                if not world.has_clone(box):
                    world.clone(box)

    async def _replace(self, box: Box, image: bytes, *, off_s: float) -> None:
        world = self._world
        await switch_off(box, power=True)
        before = facts_on(box)
        box.disk.replace(image)
        world.ledger.note_disk_replaced(before, facts_on(box), hub=world.cluster.store)
        await asyncio.sleep(off_s)
        switch_on(box)

    async def _poison(self, fault: Fault, box: Box) -> None:
        kind = _POISONS[fault.value % len(_POISONS)]
        await self._world.poison(box, kind, new_id(rng_of(fault.value, "poison")))


async def switch_off(box: Box, *, power: bool) -> None:
    """It stays off until `switch_on`."""
    box.held_off = True
    await box.kill(power=power)


def switch_on(box: Box) -> None:
    """Let it run."""
    box.held_off = False
    box.start()


def weather_of(rng: Random) -> Weather:
    """Bad in one way or in several."""
    return Weather(
        loss=rng.choice((0.0, 0.05, 0.2, 0.5)),
        double=rng.choice((0.0, 0.1, 0.5, 0.9)),
        shuffle_ms=rng.choice((0, 50, 1_000, 8_000)),
        stray=rng.choice((0.0, 0.0, 0.05)),
    )
