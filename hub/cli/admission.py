"""`hanout-hub admission`: keeps a broker's door as the device table says, until told to stop."""

import asyncio
import signal
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.certificates import authority_of
from hub.cli.invoking import read_settings, run_to_end
from hub.fleet.mosquitto import MosquittoAdmission
from hub.fleet.nats import NatsAdmission
from hub.fleet.ports import BrokerAdmission
from hub.fleet.reloading import PidFileReload, Reload, at_next_start
from hub.fleet.tasks import Gatekeeper
from hub.kit.announcing import announce_ready
from hub.kit.clock import SystemClock
from hub.kit.db import Database
from hub.kit.logging import configure_logging
from hub.kit.safety import refuse_unsafe_database
from hub.settings import HubSettings
from protocol.errors import Unavailable

app = typer.Typer()


class BrokerKind(StrEnum):
    """The brokers whose doors are known."""

    MOSQUITTO = "mosquitto"
    NATS = "nats"


_PROGRAMS = {BrokerKind.MOSQUITTO: "mosquitto", BrokerKind.NATS: "nats-server"}


@app.command()
def admission(
    kind: Annotated[BrokerKind, typer.Option(help="The broker.")],
    directory: Annotated[
        Path, typer.Option(help="Where its configuration includes files from.", file_okay=False)
    ],
    pid_file: Annotated[Path | None, typer.Option(help="Of the broker, to be told.")] = None,
    worker: Annotated[
        list[str] | None, typer.Option(help="A hub worker's name; instead of the setting's.")
    ] = None,
    once: Annotated[bool, typer.Option(help="Write the files, tell nobody, and end.")] = False,
) -> None:
    """Let in the devices that the hub admits, and out those it revoked, within seconds."""
    if once == (pid_file is not None):
        raise typer.BadParameter("give either --pid-file or --once")
    settings = read_settings()
    reload = at_next_start if pid_file is None else PidFileReload(pid_file, program=_PROGRAMS[kind])

    async def run() -> None:
        configure_logging(settings.log_level)
        directory.mkdir(parents=True, exist_ok=True)
        broker = _broker(settings, kind, directory=directory, reload=reload)
        workers = worker or [settings.ingest_worker_name]
        database = Database(settings.url("admission_database_url"), pool_size=1)
        try:
            await refuse_unsafe_database(database)
            gatekeeper = Gatekeeper(database, broker, clock=SystemClock(), workers=workers)
            await (_write_once(gatekeeper) if once else _follow(gatekeeper))
        finally:
            await database.close()

    run_to_end(run)


def _broker(
    settings: HubSettings, kind: BrokerKind, *, directory: Path, reload: Reload
) -> BrokerAdmission:
    if kind is BrokerKind.NATS:
        return NatsAdmission(directory, reload=reload)
    return MosquittoAdmission(
        directory, authority=authority_of(settings), clock=SystemClock(), reload=reload
    )


async def _write_once(gatekeeper: Gatekeeper) -> None:
    if not await gatekeeper.step():
        raise Unavailable("admission-unwritten", "The files could not be written; see the log.")


async def _follow(gatekeeper: Gatekeeper) -> None:
    """Until SIGTERM or SIGINT; announced when the broker first knows who may enter."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    following = asyncio.create_task(gatekeeper.run(on_told=lambda: announce_ready(None)))
    stopped = asyncio.create_task(stopping.wait())
    await asyncio.wait([following, stopped], return_when=asyncio.FIRST_COMPLETED)
    following.cancel()
    stopped.cancel()
    await asyncio.gather(following, stopped, return_exceptions=True)
    if not following.cancelled():
        following.result()
