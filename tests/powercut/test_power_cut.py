"""The power goes out at every change that the agent makes on its disk (DESIGN §9).

A program with the agent's own storage runs under the write journal; the disk is rebuilt as it may
be after every single change, in several manners of loss, and opened again. The same with
`synchronous=NORMAL` must fail, or these tests would prove nothing.
"""

import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest

from tests.powercut import checks
from tests.powercut.cutting import Check, Verdict, cut_everywhere, record, run_program
from tests.powercut.disk import Disk, read_steps

pytestmark = pytest.mark.slow
_SEED = int(os.environ.get("HANOUT_SEED", "20261123"))
_PROVE_ROUNDS = 40
_CHECKS: Mapping[str, Check] = {
    "sell": checks.after_sales,
    "migrate": checks.after_migration,
    "pull": checks.after_pull,
    "prune": checks.after_prune,
}


class Room:
    """Where scenarios are cut."""

    def __init__(self, shim: Path, folders: Mapping[str, Path]) -> None:
        self._shim = shim
        self._folders = folders

    def cut(
        self, scenario: str, *, rounds: int = 1, every: int = 1, normal: bool = False
    ) -> Verdict:
        recording = record(self._shim, scenario, before=self._folders[scenario], normal=normal)
        verdict = cut_everywhere(
            recording, _CHECKS[scenario], seed=_SEED, rounds=rounds, every=every
        )
        print(
            f"HANOUT_SEED={_SEED} {scenario}: {verdict.cuts_count} cuts,"
            f" {verdict.disks_count} disks, {len(verdict.violations)} violations"
        )
        return verdict


@pytest.fixture
def room(write_journal: Path, folders: Mapping[str, Path]) -> Room:
    return Room(write_journal, folders)


@pytest.mark.fault(9, "A")
@pytest.mark.fault(10, "A,L")
def test_no_answered_sale_is_lost_or_half_written(room: Room) -> None:
    """The power goes at every write of sales and checkpoints, unsynced writes lost, reordered or
    torn: answered sales are whole, chained and numbered, and the database is sound."""
    verdict = room.cut("sell")
    assert not verdict.violations
    assert verdict.cuts_count > 300


@pytest.mark.fault(7, "J")
def test_a_replica_is_the_old_version_or_the_new(room: Room) -> None:
    """The power goes at every write of a collection's pages, their flip and the sweep: readers see
    one published version, and after the flip only the new one."""
    verdict = room.cut("pull")
    assert not verdict.violations
    assert verdict.cuts_count > 100


@pytest.mark.fault(8, "A,D")
@pytest.mark.parametrize(("scenario", "every"), [("migrate", 2), ("prune", 4)])
def test_prune_and_migration_end_on_one_side(room: Room, scenario: str, every: int) -> None:
    """The power goes while the journal is pruned or the schema migrated: facts that the hub lacks
    stay, and the schema is at one of its versions and goes on from there."""
    verdict = room.cut(scenario, every=every)
    assert not verdict.violations
    assert verdict.cuts_count > 100


@pytest.mark.parametrize("scenario", ["sell", "pull"])
def test_without_full_synchronisation_it_fails(room: Room, scenario: str) -> None:
    assert room.cut(scenario, normal=True, every=3).violations


@pytest.mark.fault(9, "A")
@pytest.mark.prove
@pytest.mark.timeout(5400)
@pytest.mark.parametrize("scenario", list(_CHECKS))
def test_every_cut_in_many_manners(room: Room, scenario: str) -> None:
    """The same, each cut with eighty seeded losses: tens of thousands of different disks."""
    assert not room.cut(scenario, rounds=_PROVE_ROUNDS).violations


def test_a_real_cut_leaves_the_same_as_the_recording(
    write_journal: Path, folders: Mapping[str, Path], tmp_path: Path
) -> None:
    """SIGKILL at a change: the files are those that the recording has at that point."""
    folder, before = (tmp_path / "data").resolve(), folders["migrate"]
    with pytest.raises(subprocess.CalledProcessError) as ended:
        run_program(write_journal, "migrate", before=before, folder=folder, cut_at=100)
    assert ended.value.returncode == -signal.SIGKILL
    steps = read_steps(folder.with_name("journal"))
    disk = Disk(folder, before)
    for step in steps:
        disk.take(step)
    assert sum(step.is_change for step in steps) == 99
    rebuilt = disk.after_cut("nothing", Random(_SEED))
    assert rebuilt == {
        path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".db-shm"
    }
