"""Commands: asked once, told until answered or too late, and nobody else's affair."""

from datetime import timedelta
from uuid import UUID

import pytest

from hub.fleet.commands import Commands, note_clock
from hub.fleet.models import DueCommand, NewCommand
from protocol.errors import NotFound, Refused
from protocol.messages.sync import CommandResult
from tests.integration.hub.conftest import HubDatabase
from tests.integration.hub.foundation import NOON, Foundation
from tests.integration.hub.seed_document import ALPHA, BETA, seed_id, without_staff

DEVICE = seed_id("beta", "device", 0)
SERVED = [(BETA, DEVICE)]


@pytest.fixture(autouse=True)
async def tenants(foundation: Foundation, hub_database: HubDatabase) -> None:
    hub_database.sql("delete from device_command; delete from device")
    await foundation.seed(without_staff())


@pytest.fixture
def commands(foundation: Foundation) -> Commands:
    return Commands(foundation.clock)


def command(number: int, *, kind: str = "restart", minutes: int = 60) -> NewCommand:
    return NewCommand(
        command_id=UUID(int=number),
        device_id=DEVICE,
        kind=kind,
        created_by=None,
        expires_at=NOON + timedelta(minutes=minutes),
    )


async def ask(foundation: Foundation, commands: Commands, asked: NewCommand) -> bool:
    async with foundation.database.tenant(BETA) as session:
        _, fresh = await commands.ask(session, asked)
    return fresh


async def due(foundation: Foundation, commands: Commands) -> list[DueCommand]:
    async with foundation.database.lookup() as session:
        return list(await commands.due(session, SERVED))


async def answered(foundation: Foundation, commands: Commands, answer: CommandResult) -> None:
    async with foundation.database.tenant(BETA) as session:
        await commands.answered(session, DEVICE, answer)


def kept(hub_database: HubDatabase, columns: str = "result, detail") -> str:
    return hub_database.sql(f"select {columns} from device_command order by command_id")


@pytest.mark.fault(47, "B")
async def test_it_is_told_until_it_is_answered_and_the_first_answer_stands(
    foundation: Foundation, commands: Commands, hub_database: HubDatabase
) -> None:
    """An open command is told again every half minute; a repeated answer changes nothing."""
    assert await ask(foundation, commands, command(1))
    (told,) = await due(foundation, commands)
    assert (told.device_id, told.kind) == (DEVICE, "restart")
    async with foundation.database.tenant(BETA) as session:
        await commands.told(session, [told.command_id])
    assert await due(foundation, commands) == []
    foundation.clock.time += timedelta(seconds=31)
    assert await due(foundation, commands) == [told]
    for detail in ("first", "second"):
        answer = CommandResult(id=told.command_id, result="done", detail=detail)
        await answered(foundation, commands, answer)
    assert kept(hub_database) == "done|first"
    foundation.clock.time += timedelta(seconds=31)
    assert await due(foundation, commands) == []


@pytest.mark.fault(47, "B")
async def test_an_expired_command_is_told_no_more(
    foundation: Foundation, commands: Commands
) -> None:
    """Past its time a command is told to nobody, whether it was told before or not."""
    await ask(foundation, commands, command(1, minutes=5))
    foundation.clock.time += timedelta(minutes=5)
    assert await due(foundation, commands) == []


async def test_the_same_id_is_the_same_command(foundation: Foundation, commands: Commands) -> None:
    assert await ask(foundation, commands, command(1))
    assert not await ask(foundation, commands, command(1))
    with pytest.raises(Refused, match="id-reused"):
        await ask(foundation, commands, command(1, kind="send-diagnostics"))


async def test_so_many_may_be_open_at_once(foundation: Foundation, commands: Commands) -> None:
    for number in range(1, 33):
        await ask(foundation, commands, command(number, minutes=number))
    with pytest.raises(Refused, match="too-many-commands"):
        await ask(foundation, commands, command(33))
    foundation.clock.time += timedelta(minutes=1)
    await ask(foundation, commands, command(33))


async def test_devices_that_are_not_there_or_revoked_are_asked_nothing(
    foundation: Foundation, commands: Commands, hub_database: HubDatabase
) -> None:
    async with foundation.database.tenant(ALPHA) as session:
        with pytest.raises(NotFound):
            await commands.ask(session, command(1))
    hub_database.sql(f"update device set status = 'revoked' where device_id = '{DEVICE}'")
    with pytest.raises(Refused, match="device-revoked"):
        await ask(foundation, commands, command(1))


async def test_a_strangers_answer_changes_nothing(
    foundation: Foundation, commands: Commands, hub_database: HubDatabase
) -> None:
    await ask(foundation, commands, command(1))
    answer = CommandResult(id=UUID(int=1), result="done")
    async with foundation.database.tenant(ALPHA) as session:
        await commands.answered(session, DEVICE, answer)
    async with foundation.database.tenant(BETA) as session:
        await commands.answered(session, seed_id("beta", "other"), answer)
    assert kept(hub_database) == "|"
    odd = CommandResult(id=UUID(int=1), result="owned\0", detail="x\0" * 20_000)
    await answered(foundation, commands, odd)
    assert kept(hub_database, "result, length(detail)").startswith("failed|")


async def test_old_commands_are_forgotten(
    foundation: Foundation, commands: Commands, hub_database: HubDatabase
) -> None:
    await ask(foundation, commands, command(1))
    foundation.clock.time += timedelta(days=91)
    async with foundation.database.tenant(BETA) as session:
        assert await commands.forget_old(session) == 1
    assert kept(hub_database) == ""


@pytest.mark.fault(25, "B,C,E")
@pytest.mark.parametrize(
    ("at_ms", "offset_ms"),
    [(1_795_435_200_000 - 600_000, "-600000"), (0, ""), (2**63, str(2**62)), (1, "-1795435199999")],
)
async def test_a_devices_clock_is_kept_as_its_offset(
    foundation: Foundation, hub_database: HubDatabase, at_ms: int, offset_ms: str
) -> None:
    """Ten minutes behind or a century off, what a shop's clock says is kept as a bounded offset."""
    assert int(NOON.timestamp() * 1000) == 1_795_435_200_000
    async with foundation.database.tenant(BETA) as session:
        await note_clock(session, DEVICE, at_ms=at_ms, source="rtc", heard_at=NOON)
    sql = f"select clock_offset_ms from device where device_id = '{DEVICE}'"
    assert hub_database.sql(sql) == offset_ms
