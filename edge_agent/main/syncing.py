"""Builds the way to the hub: the device's certificate and the sync."""

import signal
from importlib.metadata import version
from random import Random

from edge_agent.kit.clock_source import clock_source
from edge_agent.kit.hardware import hardware_fingerprint
from edge_agent.main.ground import Ground
from edge_agent.main.slices import Reference, Trade
from edge_agent.sync.commands import CommandDesk
from edge_agent.sync.identity import DeviceIdentity
from edge_agent.sync.kinds import KindParts, build_kinds, renewal_kinds
from edge_agent.sync.mqtt import Broker, MqttTransport
from edge_agent.sync.renewal import RenewalPace, RenewalService
from edge_agent.sync.renewal_parts import RenewalPlace, build_renewal
from edge_agent.sync.resync import ResyncingReplicas
from edge_agent.sync.service import SyncPace, SyncService
from edge_agent.sync.storage import SyncStorage
from protocol.session.edge import Boot
from protocol.session.timing import Timing


def renewal_of(ground: Ground) -> RenewalService | None:
    """None where the broker is spoken to in the clear: then there is nothing to renew."""
    settings = ground.settings
    if settings.tls_files is None:
        return None
    ca_file, certificate_file, key_file = settings.tls_files
    return build_renewal(
        RenewalPlace(
            device_id=settings.device_id,
            identity=DeviceIdentity(certificate_file, key_file),
            ca_file=ca_file,
            folder=ground.folder.path,
            hub_url=settings.hub_url,
        ),
        clock=ground.clock,
        pace=RenewalPace(
            retry_initial_ms=settings.renewal_retry_initial_ms,
            retry_max_ms=settings.renewal_retry_max_ms,
        ),
        rng=Random(ground.random_bytes(16)),  # noqa: S311 — waits, not secrets
    )


def build_sync(
    ground: Ground,
    reference: Reference,
    *,
    trade: Trade,
    renewal: RenewalService | None,
) -> SyncService | None:
    settings = ground.settings
    if settings.broker_host is None:
        return None
    broker = Broker(
        host=settings.broker_host,
        port=settings.broker_port,
        client_id=str(settings.device_id),
        tls=None if renewal is None else renewal.context,
    )
    storage = SyncStorage(
        writer=ground.writer,
        journal=ground.journal,
        collections=reference.collections,
        person_keys=trade.customers.keys_in,
        folder=settings.data_dir,
    )
    replicas = ResyncingReplicas(
        storage, writer=ground.writer, collections=[one.name for one in reference.collections]
    )
    random, agent = ground.random_bytes, f"hanout {version('hanout')}"
    sync = SyncService(
        boot=Boot(
            device_id=settings.device_id,
            boot=random(8).hex(),
            agent=agent,
            fingerprint=hardware_fingerprint(settings.hardware_files),
        ),
        transport=MqttTransport(broker),
        journal=storage,
        replicas=replicas,
        clock=ground.clock,
        pace=SyncPace(
            connect_jitter_ms=settings.connect_jitter_ms,
            backoff_initial_ms=settings.backoff_initial_ms,
            backoff_max_ms=settings.backoff_max_ms,
            timing=Timing(
                answer_initial_ms=settings.answer_initial_ms,
                answer_max_ms=settings.answer_max_ms,
                clone_wait_ms=settings.clone_wait_ms,
            ),
        ),
        rng=Random(random(16)),  # noqa: S311 — waits, not secrets
    )
    kinds = build_kinds(
        KindParts(agent=agent, sync=sync, journal=storage, replicas=replicas, restart=_ask_to_end)
    )
    if renewal is not None:
        kinds = {**kinds, **renewal_kinds(renewal)}
    sync.clock_source = clock_source
    sync.on_floors = trade.tills.raise_floors
    sync.commands = CommandDesk(writer=ground.writer, clock=ground.clock, kinds=kinds)
    return sync


def _ask_to_end() -> None:
    """As if it had been told to end; what supervises it starts it again."""
    signal.raise_signal(signal.SIGTERM)
