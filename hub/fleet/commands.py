"""What the office asks of a shop's agent: durable, expiring, told again until it is answered.

The file's law: only the kinds below exist, never a shell (sync reference §3, commands). A command
may reach its device many times; the device keeps its result and says it again.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy import RowMapping

from hub.fleet import command_repository as repository
from hub.fleet.models import DueCommand, NewCommand
from hub.kit.clock import Clock
from hub.kit.db import Session, TenantSession
from protocol.errors import NotFound, Refused
from protocol.messages.sync import COMMAND_RESULTS, CommandResult

CommandKind = Literal["send-diagnostics", "resync-collections", "rotate-certificate", "restart"]
KINDS: tuple[str, ...] = get_args(CommandKind)
SHORTEST_S, LONGEST_S = 60, 7 * 24 * 3600
_OPEN_PER_DEVICE = 32
_TOLD_EVERY = timedelta(seconds=30)
_DUE_AT_ONCE = 256
_KEPT = timedelta(days=90)
_LONGEST_DETAIL = 16_384
_LONGEST_SOURCE = 16
_MOST_MS = 2**62


class Commands:
    """Methods take the caller's transaction."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def ask(self, session: TenantSession, command: NewCommand) -> tuple[RowMapping, bool]:
        """Keep a command: its row, and whether it is new; the same again changes nothing.

        Raises NotFound `unknown-device`, Refused `device-revoked`, `too-many-commands`, or
        `id-reused` when another command has this id.
        """
        status = await repository.device_status(session, command.device_id)
        if status is None:
            raise NotFound("unknown-device", "There is no such device.")
        known = await repository.commands(session, command.device_id, command_id=command.command_id)
        fresh = not known
        if fresh:
            await self._keep(session, command, status)
            known = await repository.commands(
                session, command.device_id, command_id=command.command_id
            )
        if not known or known[0]["kind"] != command.kind:
            raise Refused("id-reused", "Another command has this id.")
        return known[0], fresh

    async def due(
        self, session: Session, devices: Sequence[tuple[UUID, UUID]]
    ) -> Sequence[DueCommand]:
        """What these (organization, device) are to be told now; without a tenant."""
        now = self._clock.now()
        return await repository.due(
            session, devices, at=now, told_before=now - _TOLD_EVERY, most=_DUE_AT_ONCE
        )

    async def told(self, session: TenantSession, command_ids: Sequence[UUID]) -> None:
        """They were published; they are published again if no answer comes."""
        await repository.note_told(session, command_ids, self._clock.now())

    async def answered(
        self, session: TenantSession, device_id: UUID, answer: CommandResult
    ) -> None:
        """The device's answer; the first one stands, a stranger's changes nothing."""
        await repository.note_answer(
            session,
            device_id,
            command_id=answer.id,
            result=answer.result if answer.result in COMMAND_RESULTS else "failed",
            detail=answer.detail[:_LONGEST_DETAIL].replace("\0", ""),
            at=self._clock.now(),
        )

    async def forget_old(self, session: TenantSession) -> int:
        """Delete what was asked more than 90 days ago."""
        return await repository.forget(session, self._clock.now() - _KEPT)

    async def _keep(self, session: TenantSession, command: NewCommand, status: str) -> None:
        now = self._clock.now()
        if status == "revoked":
            raise Refused("device-revoked", "This device is revoked and hears nothing any more.")
        if await repository.count_open(session, command.device_id, now) >= _OPEN_PER_DEVICE:
            raise Refused(
                "too-many-commands", "So many commands wait for this device; let it answer first."
            )
        await repository.insert(session, command, now)


async def note_clock(
    session: TenantSession, device_id: UUID, *, at_ms: int, source: str, heard_at: datetime
) -> None:
    """The device's clock said `at_ms` (Unix milliseconds; 0: it does not say)."""
    if at_ms <= 0:
        return
    offset_ms = at_ms - int(heard_at.timestamp() * 1000)
    await repository.note_clock(
        session,
        device_id,
        offset_ms=max(-_MOST_MS, min(offset_ms, _MOST_MS)),
        source=source[:_LONGEST_SOURCE].replace("\0", ""),
        at=heard_at,
    )
