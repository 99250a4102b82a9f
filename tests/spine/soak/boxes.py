"""The shops' boxes: claimed with a code, each behind a link of its own.

Some of them live on a disk of a few MiB, some see a clock that the tests set.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from provisioning.demo.children import Children
from provisioning.demo.plan import Store
from provisioning.demo.ports import free_port
from provisioning.demo.proxy import FaultyLink
from provisioning.demo.spawning import Child, ChildSpec
from provisioning.demo.stack import Agent
from tests.powercut.cutting import compile_shim
from tests.powercut.small_disk import small_disk
from tests.spine.soak.office import Office

DISK_MIB = 128
_BALLAST_BYTES = 2 * 1024 * 1024
_AT_ONCE = 4
_TIMEOUT_S = 120
_TRIES, _PAUSE_S, _TRY_AGAIN = 20, 2.0, 2
_READY_S = 180.0
_BIN = Path(sys.executable).parent
_DAY_NS = 86_400_000_000_000
# One shop's machine, not a street of five thousand: it may come back at once.
_PACE = {
    "CONNECT_JITTER_MS": "100",
    "BACKOFF_INITIAL_MS": "200",
    "BACKOFF_MAX_MS": "2000",
    "ANSWER_INITIAL_MS": "1000",
    "ANSWER_MAX_MS": "5000",
    "BALLAST_BYTES": str(_BALLAST_BYTES),
    # The oracle reads every fact, also at a box whose clock stood ten years back for a while.
    "JOURNAL_RETENTION_DAYS": "36500",
    "TICKET_RETENTION_DAYS": "36500",
}


class Boxes:
    """`named`: agents by their program's name. `clocks` and `disks`: by the same, what a fault may
    turn or fill."""

    def __init__(self, folder: Path, children: Children, *, broker_port: int, hub_url: str) -> None:
        self.named: dict[str, Agent] = {}
        self.clocks: dict[str, Path] = {}
        self.disks: dict[str, Path] = {}
        self._folder = folder
        self._children = children
        self._broker_port = broker_port
        self._hub_url = hub_url
        self._gate = asyncio.Semaphore(_AT_ONCE)
        self._mounts = ExitStack()
        folder.mkdir(parents=True, exist_ok=True)
        self._clock_shim = compile_shim("box_clock", folder, sources=Path(__file__).parent)

    @property
    def in_use(self) -> list[Agent]:
        """All but those that were replaced."""
        return [agent for name, agent in self.named.items() if _heir(name) not in self.named]

    async def open(self, offices: Iterable[Office]) -> None:
        """One box in every shop: every fourth can be told a wrong time, every seventh is small."""
        shops = [(office, store) for office in offices for store in office.tenant.stores]
        async with asyncio.TaskGroup() as group:
            for number, (office, store) in enumerate(shops):
                group.create_task(
                    self._open(office, store, clock=number % 4 == 1, small=number % 7 == 2)
                )

    async def replace(self, office: Office, name: str) -> Agent:
        """Another box takes the place of this one, which is revoked and goes on running."""
        old = self.named[name]
        claim = await office.ask(
            "POST",
            "/v1/devices/claims",
            {
                "store_id": str(old.store.id),
                "name": _heir(name),
                "replaces": str(old.store.device_id),
            },
        )
        return await self._claim(old.organization_id, old.store, name=_heir(name), claim=claim)

    async def close(self) -> None:
        """End the links. What is on small disks is copied out before they go."""
        for agent in self.named.values():
            await agent.link.stop()
        with self._mounts:
            for name, disk in self.disks.items():
                await asyncio.to_thread(shutil.copytree, disk, self._folder / "disks" / name)

    async def _open(self, office: Office, store: Store, *, clock: bool, small: bool) -> None:
        async with self._gate:
            name, folder = store.slug, self._folder / store.slug
            if small:
                self.disks[name] = self._mounts.enter_context(
                    small_disk(folder / "data", mib=DISK_MIB)
                )
            if clock:
                self.clocks[name] = folder.with_suffix(".clock")
            slot = {"store_id": str(store.id), "name": name}
            claim = await office.ask("POST", "/v1/devices/claims", slot)
            await self._claim(office.tenant.id, store, name=name, claim=claim)

    async def _claim(
        self, organization_id: UUID, store: Store, *, name: str, claim: Mapping[str, str]
    ) -> Agent:
        folder, port = self._folder / name, free_port()
        link = FaultyLink(target_port=self._broker_port)
        await link.start()
        await asyncio.to_thread(self._become, claim["code"], folder, port)
        agent = Agent(
            organization_id=organization_id,
            store=replace(store, device_id=UUID(claim["device_id"])),
            url=f"http://127.0.0.1:{port}",
            port=port,
            data_dir=folder / "data",
            link=link,
        )
        await asyncio.to_thread(self._start, name, {**_PACE, "BROKER_PORT": str(link.port)})
        self.named[name] = agent
        return agent

    def _become(self, code: str, folder: Path, port: int) -> None:
        """As often as the command says that it may be worth another try."""
        where = ["--hub", self._hub_url, "--directory", str(folder)]
        listen = ["--listen-host", "127.0.0.1", "--listen-port", str(port)]
        for _ in range(_TRIES):
            done = subprocess.run(
                [_BIN / "hanout-provision", "claim", code, *where, *listen],
                capture_output=True,
                text=True,
                timeout=_TIMEOUT_S,
                check=False,
            )
            if done.returncode != _TRY_AGAIN:
                break
            time.sleep(_PAUSE_S)
        assert done.returncode == 0, done.stderr

    def _start(self, name: str, settings: Mapping[str, str]) -> None:
        configuration = str(self._folder / name / "agent.toml")
        environment = {f"HANOUT_EDGE_{key}": value for key, value in settings.items()}
        if name in self.clocks:
            set_clock(self.clocks[name], 0)
            environment["LD_PRELOAD"] = str(self._clock_shim)
            environment["HANOUT_BOX_CLOCK"] = str(self.clocks[name])
        self._children.start_child(
            ChildSpec(
                name=name,
                command=(str(_BIN / "hanout-edge"), "serve", "--config", configuration),
                log_file=self._folder / "logs" / f"{name}.log",
                env=environment,
                ready=_is_ready,
                ready_timeout_s=_READY_S,
            )
        )


def _heir(name: str) -> str:
    return f"{name}-new"


def set_clock(file: Path, days: float) -> None:
    """From now on the box's clock is that far off; read by box_clock.c."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.pwrite(descriptor, round(days * _DAY_NS).to_bytes(8, sys.byteorder, signed=True), 0)
    finally:
        os.close(descriptor)


def _is_ready(child: Child) -> bool:
    return child.json_line("ready") is not None
