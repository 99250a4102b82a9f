"""Runs a program under the write journal and cuts the power at every change it made."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from msgspec import Struct

from tests.powercut.disk import Disk, Loss, Step, read_steps, write_files

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]
_TIMEOUT_S = 60
Marks = Sequence[Mapping[str, Any]]
Check = Callable[[Path, Marks], Sequence[str]]
"""Looks at the folder after the cut, knowing what was told before it; returns what is wrong."""


class Recording(Struct, frozen=True, kw_only=True):
    """What the program did. `before` holds the folder as it was."""

    folder: Path
    before: Path
    steps: Sequence[Step]

    @property
    def changes_count(self) -> int:
        """How often the power can be cut."""
        return sum(step.is_change for step in self.steps)


class Verdict(Struct, frozen=True, kw_only=True):
    """How many different disks were looked at, and what was wrong with which."""

    cuts_count: int
    disks_count: int
    violations: Sequence[str]


def compile_shim(name: str, folder: Path, *, sources: Path = _HERE) -> Path:
    """A C source of this folder, or another, as a library for LD_PRELOAD."""
    library = folder / f"{name}.so"
    command = ["cc", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", str(library)]
    source = str(sources / f"{name}.c")
    subprocess.run([*command, source, "-ldl", "-lpthread"], check=True, timeout=60)
    return library


def record(shim: Path, scenario: str, *, before: Path, normal: bool = False) -> Recording:
    """Run the scenario on a copy of `before`."""
    folder = Path(tempfile.mkdtemp(dir=shim.parent)).resolve() / "data"
    run_program(shim, scenario, before=before, folder=folder, normal=normal)
    return Recording(folder=folder, before=before, steps=read_steps(folder.with_name("journal")))


def run_program(
    shim: Path,
    scenario: str,
    *,
    before: Path,
    folder: Path,
    normal: bool = False,
    cut_at: int | None = None,
) -> None:
    """Copy `before` to `folder` and run there; the write journal comes to lie beside it.

    Raises CalledProcessError when the program fails, as it does at `cut_at`.
    """
    shutil.copytree(before, folder)
    environment = {
        **os.environ,
        "LD_PRELOAD": str(shim),
        "HANOUT_JOURNAL_FOLDER": str(folder),
        "HANOUT_JOURNAL_FILE": str(folder.with_name("journal")),
        **({"HANOUT_JOURNAL_NORMAL": "1"} if normal else {}),
        **({} if cut_at is None else {"HANOUT_JOURNAL_CUT_AT": str(cut_at)}),
    }
    command = [sys.executable, "-m", "tests.powercut.program", scenario, str(folder)]
    subprocess.run(command, cwd=_ROOT, env=environment, check=True, timeout=_TIMEOUT_S)


def cut_everywhere(
    recording: Recording, check: Check, *, seed: int, rounds: int = 1, every: int = 1
) -> Verdict:
    """Cut at each change (or each `every`-th), in every manner of loss, `rounds` seeds each."""
    rng = Random(seed)
    cuts, violations, seen = 0, list[str](), set[bytes]()
    for number, disk, marks in _moments(recording):
        if number % every:
            continue
        cuts += 1
        for loss in _manners(rounds):
            files = disk.after_cut(loss, rng)
            key = _key(files, marks)
            if key in seen:
                continue
            seen.add(key)
            wrong = _look(recording, files, check=check, marks=marks)
            violations += [f"cut {number}, lost {loss}, seed {seed}: {one}" for one in wrong]
    return Verdict(cuts_count=cuts, disks_count=len(seen), violations=violations)


def _manners(rounds: int) -> Iterator[Loss]:
    yield from ("unsynced", "nothing")
    for _ in range(rounds):
        yield from ("sectors", "tail")


def _moments(recording: Recording) -> Iterator[tuple[int, Disk, Marks]]:
    """After every change, and behind every mark that follows it."""
    disk, marks = Disk(recording.folder, recording.before), list[Mapping[str, Any]]()
    number = 0
    for at, step in enumerate(recording.steps):
        disk.take(step)
        number += step.is_change
        if step.mark is not None:
            marks.append(json.loads(step.mark))
        next_step = recording.steps[at + 1] if at + 1 < len(recording.steps) else None
        if number and (next_step is None or next_step.is_change):
            yield number, disk, marks


def _key(files: Mapping[str, bytes], marks: Marks) -> bytes:
    content = hashlib.sha256(str(len(marks)).encode())
    for name in sorted(files):
        content.update(name.encode() + b"\0" + hashlib.sha256(files[name]).digest())
    return content.digest()


def _look(
    recording: Recording, files: dict[str, bytes], *, check: Check, marks: Marks
) -> Sequence[str]:
    with tempfile.TemporaryDirectory(dir=recording.folder.parent) as place:
        folder = Path(place)
        write_files(folder, files)
        return check(folder, marks)
