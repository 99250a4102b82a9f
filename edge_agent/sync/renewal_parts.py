"""Puts a renewal together from where a device's files lie."""

from pathlib import Path
from random import Random
from uuid import UUID

from msgspec import Struct

from edge_agent.kit.clock import Clock
from edge_agent.kit.time_floor import TimeFloor
from edge_agent.sync.identity import DeviceIdentity
from edge_agent.sync.renewal import RenewalPace, RenewalParts, RenewalService
from edge_agent.sync.renewal_door import RenewalDoor
from edge_agent.sync.tls import client_context


class RenewalPlace(Struct, frozen=True, kw_only=True):
    """`folder`: the agent's own. Without `hub_url` nothing is renewed; the time floor is kept."""

    device_id: UUID
    identity: DeviceIdentity
    ca_file: Path
    folder: Path
    hub_url: str | None


def build_renewal(
    place: RenewalPlace, *, clock: Clock, pace: RenewalPace, rng: Random
) -> RenewalService:
    """One service; nothing is started. The hub's web address is trusted by the system's
    authorities, and its clock by the floor, as the broker's is."""
    floor = TimeFloor(place.folder)
    door = None
    if place.hub_url is not None:
        door = RenewalDoor(
            place.hub_url,
            device_id=place.device_id,
            tls=lambda: client_context(ca_file=None, pair=None, now=clock.now(), floor=floor.at),
        )
    return RenewalService(
        RenewalParts(
            identity=place.identity,
            ca_file=place.ca_file,
            folder=place.folder,
            door=door,
            floor=floor,
            clock=clock,
            pace=pace,
            rng=rng,
        )
    )
