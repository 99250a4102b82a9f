"""A disk that is rebuilt from the write journal, at any step, as a power cut may leave it.

The rules are POSIX's and no kinder: what a file held at its last fsync is there; of what was
written since, each 512-byte sector may be there or not, whatever the order. Names made, changed or
removed since the folder's last fsync may be lost, the newest first, as a file system's own journal
loses them.
"""

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Literal

from msgspec import Struct

SECTOR_BYTES = 512
_ENTRY = struct.Struct("=IiQII")
_OPENED, _WROTE, _CUT_TO, _SYNCED, _CLOSED, _RENAMED, _UNLINKED, _MARKED, _LINKED = range(1, 10)
_CREATED, _EMPTIED, _IS_FOLDER = 1, 2, 4

Loss = Literal["unsynced", "nothing", "sectors", "tail"]
"""What a cut takes: all that was not synced; nothing (a kill); any sectors; the end of it, with the
last write torn."""


class Step(Struct, frozen=True):
    """An entry of the journal."""

    kind: int
    fd: int
    offset: int
    payload: bytes

    @property
    def is_change(self) -> bool:
        """Whether the disk may look different after it."""
        return self.kind in (_WROTE, _CUT_TO, _SYNCED, _RENAMED, _UNLINKED, _LINKED) or (
            self.kind == _OPENED and bool(self.offset & (_CREATED | _EMPTIED))
        )

    @property
    def mark(self) -> str | None:
        """What the program said at this point."""
        return self.payload.decode() if self.kind == _MARKED else None


def read_steps(file: Path) -> Sequence[Step]:
    """The whole journal; an entry that SIGKILL left half is dropped."""
    raw, at, steps = file.read_bytes(), 0, list[Step]()
    while at + _ENTRY.size <= len(raw):
        kind, fd, offset, length, _ = _ENTRY.unpack_from(raw, at)
        at += _ENTRY.size
        steps.append(Step(kind, fd, offset, raw[at : at + length]))
        at += length
    return steps


class _Write(Struct, frozen=True):
    offset: int
    content: bytes


class _Resize(Struct, frozen=True):
    size: int


class _File:
    """What is safe, and what was done since."""

    def __init__(self, content: bytes = b"") -> None:
        self.safe = content
        self.since: list[_Write | _Resize] = []

    def sync(self) -> None:
        if self.since:
            self.safe = _apply(self.safe, self.since)
            self.since = []


_Names = dict[str, _File]


class Disk:
    """The folder's files. `take` one step after the other; `after_cut` at any of them."""

    def __init__(self, folder: Path, before: Path) -> None:
        """`before` is a copy of the folder as it was, all of it safe."""
        self._root = f"{folder}/"
        self._safe: _Names = {
            str(path.relative_to(before)): _File(path.read_bytes())
            for path in before.rglob("*")
            if path.is_file() and not path.name.endswith("-shm")
        }
        self._now: _Names = dict(self._safe)
        self._renaming: list[dict[str, _File | None]] = []
        self._open: dict[int, _File | None] = {}

    def take(self, step: Step) -> None:
        """Go on by one entry."""
        match step.kind:
            case 1:  # opened
                self._opened(step)
            case 2:  # wrote
                self._changed(step.fd, _Write(step.offset, step.payload))
            case 3:  # cut to
                self._changed(step.fd, _Resize(step.offset))
            case 4:  # synced
                self._synced(step.fd)
            case 5:  # closed
                self._open.pop(step.fd, None)
            case 6:  # renamed
                self._renamed(*step.payload.decode().split("\0"))
            case 7:  # unlinked
                self._rename({self._name(step.payload.decode()): None})
            case 9:  # linked
                old, new = map(self._name, step.payload.decode().split("\0"))
                self._rename({new: self._now[old]})

    def after_cut(self, loss: Loss, rng: Random) -> dict[str, bytes]:
        """The files as the next start finds them."""
        kept = {"unsynced": 0, "nothing": len(self._renaming)}.get(loss)
        if kept is None:
            kept = rng.randint(0, len(self._renaming))
        names = dict(self._safe)
        for change in self._renaming[:kept]:
            _put(names, change)
        return {name: _after(file, loss, rng) for name, file in names.items()}

    def _name(self, path: str) -> str:
        return path.removeprefix(self._root)

    def _opened(self, step: Step) -> None:
        if step.offset & _IS_FOLDER:
            self._open[step.fd] = None
            return
        name = self._name(step.payload.decode())
        if step.offset & _CREATED:
            self._rename({name: _File()})
        file = self._now[name]
        self._open[step.fd] = file
        if step.offset & _EMPTIED:
            file.since.append(_Resize(0))

    def _changed(self, fd: int, change: _Write | _Resize) -> None:
        file = self._open[fd]
        assert file is not None
        file.since.append(change)

    def _synced(self, fd: int) -> None:
        file = self._open[fd]
        if file is not None:
            file.sync()
            return
        for change in self._renaming:
            _put(self._safe, change)
        self._renaming = []

    def _renamed(self, old: str, new: str) -> None:
        old_name, new_name = self._name(old), self._name(new)
        self._rename({old_name: None, new_name: self._now[old_name]})

    def _rename(self, change: dict[str, _File | None]) -> None:
        self._renaming.append(change)
        _put(self._now, change)


def write_files(folder: Path, files: dict[str, bytes]) -> None:
    """The disk as a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _put(names: _Names, change: dict[str, _File | None]) -> None:
    for name, file in change.items():
        if file is None:
            names.pop(name, None)
        else:
            names[name] = file


def _apply(content: bytes, changes: Sequence[_Write | _Resize]) -> bytes:
    now = bytearray(content)
    for change in changes:
        if isinstance(change, _Resize):
            now[change.size :] = bytes(max(0, change.size - len(now)))
        else:
            now.extend(bytes(max(0, change.offset - len(now))))
            now[change.offset : change.offset + len(change.content)] = change.content
    return bytes(now)


def _after(file: _File, loss: Loss, rng: Random) -> bytes:
    if loss == "unsynced" or not file.since:
        return file.safe
    if loss == "nothing":
        return _apply(file.safe, file.since)
    if loss == "tail":
        whole = rng.randint(0, len(file.since) - 1)
        torn = file.since[whole]
        head = file.since[:whole]
        if isinstance(torn, _Write):
            sectors = list(_sectors(torn))
            head = [*head, *sectors[: rng.randint(0, len(sectors))]]
        return _apply(file.safe, head)
    pieces = [
        piece
        for change in file.since
        for piece in (_sectors(change) if isinstance(change, _Write) else (change,))
    ]
    share = rng.choice((0.1, 0.5, 0.9))
    return _apply(file.safe, [piece for piece in pieces if rng.random() < share])


def _sectors(write: _Write) -> Iterator[_Write]:
    at, end = write.offset, write.offset + len(write.content)
    while at < end:
        stop = min(end, (at // SECTOR_BYTES + 1) * SECTOR_BYTES)
        yield _Write(at, write.content[at - write.offset : stop - write.offset])
        at = stop
