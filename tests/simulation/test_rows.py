"""Rows of the fault matrix, each many times over in virtual time, and nothing else going wrong."""

import pytest

from tests.simulation.running import Players, first_failure
from tests.simulation.schedule import draw_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
_SEEDS = range(100, 112)


def hold(players: Players, *kinds: str) -> None:
    """Every promise, with these faults in many schedules."""
    failed = first_failure(players, [draw_of(seed, *kinds) for seed in _SEEDS])
    assert failed is None


@pytest.mark.fault(15, "AH")
def test_a_broker_that_forgets_everything(players: Players) -> None:
    """The broker restarts with an empty store, again and again, and no sale is lost."""
    hold(players, "broker-restart", "wants-lost")


@pytest.mark.fault(17, "B")
@pytest.mark.fault(18, "C")
def test_messages_come_often_and_in_any_order(players: Players) -> None:
    """Batches come up to ten times and in disorder: each fact counts once, in its place."""
    hold(players, "weather", "worker-weather", "burst")


@pytest.mark.fault(19, "BC")
def test_messages_come_much_later(players: Players) -> None:
    """Copies arrive minutes later, under an epoch that is over: nothing moves."""
    hold(players, "weather", "worker-weather", "backup-restored", "disk-wiped")


@pytest.mark.fault(20, "AH")
def test_messages_are_lost(players: Players) -> None:
    """Batches, acks, naks and pages are lost: all is repeated until it is there."""
    hold(players, "weather", "worker-weather", "reset")


@pytest.mark.fault(25, "BCE")
def test_clocks_jump_by_years(players: Players) -> None:
    """The shop's clock jumps by up to ten years either way in the middle of trading."""
    hold(players, "clock-jump", "power-cut")


@pytest.mark.fault(27, "AB")
@pytest.mark.fault(28, "AD")
def test_the_database_goes_in_the_middle(players: Players) -> None:
    """The database goes in the middle of commits, and comes back without its last minutes."""
    hold(players, "database-down", "hub-restored")


@pytest.mark.fault(29, "ABH")
def test_the_hub_comes_back_from_a_backup(players: Players) -> None:
    """The restored hub asks for what it lost, also while the connections stay up."""
    hold(players, "hub-restored", "wants-lost", "burst")


@pytest.mark.fault(30, "BC")
def test_a_box_comes_back_from_a_backup(players: Players) -> None:
    """A restored or blank card goes on under a new epoch, and nothing is doubled."""
    hold(players, "backup-restored", "disk-wiped", "weather")


@pytest.mark.fault(31, "BL")
def test_two_cards_sell_under_one_name(players: Players) -> None:
    """Both sell; the copy's own sales come to the hub once somebody has looked after it."""
    hold(players, "card-cloned", "reset", "box-kill")


@pytest.mark.fault(33, "H")
@pytest.mark.fault(35, "AH")
def test_ways_are_shut_without_a_word(players: Players) -> None:
    """Half-open connections and ways that are open in one direction alone."""
    hold(players, "blackhole", "no-way-up", "no-way-down", "worker-blackhole")


@pytest.mark.fault(43, "AC")
@pytest.mark.fault(51, "BC")
def test_workers_die_and_hang(players: Players) -> None:
    """Ingest workers are killed or stopped, and come back believing what was true before."""
    hold(players, "worker-kill", "worker-stop", "burst")


@pytest.mark.fault(22, "IL")
@pytest.mark.fault(23, "IL")
@pytest.mark.fault(24, "AI")
def test_facts_that_nobody_can_read(players: Players) -> None:
    """Broken, unprojectable and unknown facts are kept aside, and what follows them goes on."""
    hold(players, "poison", "burst", "worker-kill")


@pytest.mark.fault(45, "J")
@pytest.mark.fault(54, "HJ")
def test_copies_of_what_the_hub_publishes(players: Players) -> None:
    """Tombstones are gone unseen, wants are lost: copies still equal what was published."""
    hold(players, "tombstones-pruned", "wants-lost", "no-way-down", "power-cut")
