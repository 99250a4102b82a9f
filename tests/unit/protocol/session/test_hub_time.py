"""Commands by the hub's clock, whatever the shop's says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.codec.control import encode_control
from protocol.messages.sync import Command
from protocol.session.hub_time import HubTime
from protocol.session.outputs import HubClock, RunCommand
from tests.unit.protocol.codec.examples import DEVICE
from tests.unit.protocol.session.test_edge import HASHES, _ack, _live, _session

_HUB_MS = 1_795_000_000_000


def _command(not_after_ms: int) -> Command:
    return Command(id=DEVICE, kind="restart", not_after_ms=not_after_ms)


@given(st.integers(0, 2**40), st.integers(0, 2**40), st.integers(-(2**40), 2**40))
def test_only_the_hubs_clock_says_what_is_late(heard_ms: int, waited_ms: int, left: int) -> None:
    time = HubTime()
    assert time.heard(_HUB_MS, heard_ms) == HubClock(_HUB_MS)
    command = _command(_HUB_MS + waited_ms + left)
    assert time.run(command, heard_ms + waited_ms) == RunCommand(command=command, late=left < 0)


@pytest.mark.fault(47, "B")
def test_a_command_is_passed_on_once_welcomed_and_late_by_the_hubs_clock() -> None:
    """A command that arrives after its time is told apart by the hub's clock, not the shop's."""
    session = _session()
    payload = encode_control(_command(_HUB_MS + 50))
    session.connected(0)
    assert session.receive("cmd", payload, 0) == []
    _live(session, hwm=3, hash=HASHES[3], hub_time_ms=_HUB_MS)
    on_time = session.receive("cmd", payload, 50)
    late = session.receive("cmd", payload, 51)
    assert [on_time, late] == [
        [RunCommand(command=_command(_HUB_MS + 50), late=False)],
        [RunCommand(command=_command(_HUB_MS + 50), late=True)],
    ]
    session.receive("ack", _ack(3, hub_time_ms=_HUB_MS), 1_000)
    (again,) = session.receive("cmd", payload, 1_050)
    assert again == RunCommand(command=_command(_HUB_MS + 50), late=False)
