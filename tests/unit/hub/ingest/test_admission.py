"""Who may bring a backlog, who waits, and for how long."""

from random import Random
from uuid import UUID

import pytest

from hub.ingest.admission import CREDIT, Admission, Granted
from hub.ingest.inbox import DeviceRef
from tests.fakes.hand_clock import HandClock

_WEEK = 4_200


def device(number: int, *, tenant: int | None = None) -> DeviceRef:
    return DeviceRef(
        device_id=UUID(int=number),
        organization_id=UUID(int=1_000_000 + (number if tenant is None else tenant)),
        store_id=UUID(int=number),
        active=True,
    )


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def admission(clock: HandClock) -> Admission:
    return Admission(clock=clock, rng=Random(1), most=10)


def test_the_live_always_have_credit(admission: Admission) -> None:
    for number in range(50):
        admission.greet(device(number), debt=_WEEK)
    for number in range(100, 120):
        assert admission.greet(device(number), debt=100) == Granted(CREDIT)


@pytest.mark.fault(36, "G,H")
def test_a_street_that_comes_back_is_spread(admission: Admission) -> None:
    """Of a thousand shops back after a week a bounded number is admitted; the rest in waves."""
    granted = [admission.greet(device(number), debt=_WEEK) for number in range(1_000)]
    assert [each.credit for each in granted[:10]] == [CREDIT] * 10
    waits = [each.not_before_ms for each in granted[10:]]
    assert all(each.credit == 1 for each in granted[10:])
    assert min(waits) >= 500
    assert max(waits) <= 300_000
    assert sum(waits[-100:]) > 5 * sum(waits[:100])


def test_one_tenant_has_half_of_the_places(admission: Admission) -> None:
    taken = [admission.admits(device(number, tenant=7)) for number in range(10)]
    assert taken == [True] * 5 + [False] * 5
    assert admission.admits(device(50, tenant=8))


def test_who_is_done_or_silent_makes_room(admission: Admission, clock: HandClock) -> None:
    assert all(admission.admits(device(number)) for number in range(10))
    assert not admission.admits(device(10))
    admission.live(device(3))
    assert admission.admits(device(10))
    clock.seconds += 20
    assert admission.admits(device(0))
    clock.seconds += 15
    assert admission.admits(device(11))
    assert admission.admits(device(0)), "it was heard of meanwhile"
    clock.seconds += 60
    assert all(admission.admits(device(number)) for number in range(20, 30))


def test_a_device_that_lies_about_its_debt_holds_one_place(admission: Admission) -> None:
    for _ in range(100):
        admission.greet(device(1), debt=2**62)
    assert all(admission.admits(device(number)) for number in range(2, 11))


def test_what_it_remembers_of_the_refused_passes(admission: Admission, clock: HandClock) -> None:
    for number in range(1_000):
        admission.greet(device(number), debt=_WEEK)
    clock.seconds += 400
    for number in range(2_000, 2_010):
        admission.admits(device(number))
    assert admission.greet(device(3_000), debt=_WEEK).not_before_ms <= 5_000
