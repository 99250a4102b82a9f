"""Builds everything and runs it."""

import asyncio
import os
from collections.abc import Callable

import uvloop

from edge_agent.api.agent import Agent
from edge_agent.journal.salvage import new_salvager
from edge_agent.journal.service import Journal
from edge_agent.kit.broadcast import Broadcast
from edge_agent.kit.clock import Clock, SystemClock
from edge_agent.kit.logging import configure_logging
from edge_agent.main.ground import Ground
from edge_agent.main.serving import build_agent_app
from edge_agent.main.slices import build_reference, build_trade
from edge_agent.main.syncing import build_sync, renewal_of
from edge_agent.settings import EdgeSettings
from edge_agent.storage.folder import AgentFolder
from edge_agent.storage.readers import Readers
from edge_agent.storage.room import DiskRoom
from edge_agent.storage.writer import Writer


def run_agent(settings: EdgeSettings, *, on_listening: Callable[[str], None]) -> bool:
    """Build and run until SIGTERM or SIGINT; False when the database failed.

    Raises Refused, Unavailable, OSError or sqlite3.Error when the agent cannot begin.
    """
    configure_logging(settings.log_level)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_run_until_signal(settings, on_listening))


async def _run_until_signal(settings: EdgeSettings, on_listening: Callable[[str], None]) -> bool:
    return await create_agent(settings).live(on_listening=on_listening)


def create_agent(
    settings: EdgeSettings,
    *,
    clock: Clock | None = None,
    random_bytes: Callable[[int], bytes] = os.urandom,
) -> Agent:
    """Build everything and start nothing; raises Unavailable `folder-in-use`."""
    folder = AgentFolder(settings.data_dir)
    readers = Readers(folder.database)
    clock = clock or SystemClock()
    room = DiskRoom(folder.path, ballast_bytes=settings.ballast_bytes)
    salvager = new_salvager(clock, device_id=settings.device_id, epoch=settings.epoch)
    ground = Ground(
        settings=settings,
        folder=folder,
        room=room,
        writer=Writer(folder.database, room=room, salvager=salvager),
        readers=readers,
        journal=Journal(readers, clock, retention_days=settings.journal_retention_days),
        broadcast=Broadcast(),
        clock=clock,
        random_bytes=random_bytes,
    )
    reference = build_reference(ground)
    trade = build_trade(ground, reference)
    renewal = renewal_of(ground)
    sync = build_sync(ground, reference, trade=trade, renewal=renewal)
    closing = asyncio.Event()
    return Agent(
        device_id=settings.device_id,
        epoch=settings.epoch,
        listen_host=settings.listen_host,
        listen_port=settings.listen_port,
        app=build_agent_app(ground, reference, trade=trade, sync=sync, closing=closing),
        folder=folder,
        room=room,
        writer=ground.writer,
        readers=readers,
        journal=ground.journal,
        collections=reference.collections,
        tidy=(
            reference.catalog.tidy,
            reference.staff.tidy,
            trade.sweep.tidy,
            trade.quarantine.tidy,
        ),
        sync=sync,
        renewal=renewal,
        broadcast=ground.broadcast,
        closing=closing,
    )
