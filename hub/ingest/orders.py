"""Commands on their way to devices, and answers on theirs back.

The file's law: a command is told while it is open, again every half minute, only to devices that
this worker hears; the table decides what is open, whoever tells it.
"""

from collections.abc import Awaitable, Callable, Sequence
from itertools import groupby
from operator import attrgetter

from hub.fleet.commands import Commands
from hub.fleet.models import DueCommand
from hub.ingest.broker import Outbound
from hub.ingest.inbox import DeviceRef
from hub.kit.db import Database
from protocol.codec.control import decode_control, encode_control
from protocol.codec.topics import DeviceTopics
from protocol.messages.sync import Command, CommandResult

_BY_TENANT = attrgetter("organization_id")
Publish = Callable[[Outbound], Awaitable[None]]


class Orders:
    """`database`: as the role app."""

    def __init__(self, database: Database, commands: Commands) -> None:
        self._database = database
        self._commands = commands

    async def tell(self, devices: Sequence[DeviceRef], publish: Publish) -> None:
        """Tell these devices what they are asked; raises Unavailable."""
        if not devices:
            return
        served = [(device.organization_id, device.device_id) for device in devices]
        async with self._database.lookup() as session:
            due = await self._commands.due(session, served)
        for command in due:
            await publish(_letter(command))
        for organization_id, own in groupby(sorted(due, key=_BY_TENANT), key=_BY_TENANT):
            async with self._database.tenant(organization_id) as session:
                await self._commands.told(session, [command.command_id for command in own])

    async def answered(self, device: DeviceRef, payload: bytes) -> None:
        """A device says what became of a command; raises RemoteProtocolError."""
        answer = decode_control(payload, CommandResult)
        async with self._database.tenant(device.organization_id) as session:
            await self._commands.answered(session, device.device_id, answer)


def _letter(due: DueCommand) -> Outbound:
    not_after_ms = int(due.expires_at.timestamp() * 1000)
    command = Command(id=due.command_id, kind=due.kind, not_after_ms=not_after_ms)
    return Outbound(DeviceTopics(due.device_id).down("cmd"), encode_control(command))
