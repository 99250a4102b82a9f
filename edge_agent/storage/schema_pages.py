"""The few pages that say where every table begins, kept beside the database.

Without them nothing in it is found, and they change with the schema alone. Page 1 is the root of
the schema's tree, its children are the leaves (sqlite.org, fileformat2, "B-tree Pages"); a schema
of some hundred tables has no third level.
"""

import struct
from collections.abc import Sequence
from pathlib import Path

from edge_agent.kit.durable_files import write_durably

_PAGE_BYTES = 4096
_PAGE_NO = struct.Struct(">I")
_ROOT = struct.Struct(">BHHHBI")
_CHANGES_AT, _ROOT_AT, _CELLS_AT = 40, 100, 112
_INTERIOR = 5


def remember_schema_pages(database: Path, *, remembered: Path) -> None:
    """Write them anew if they changed; raises OSError."""
    first = _read(database, [1])
    pages = first + _read(database, _leaves(first[4:]))
    if not remembered.exists() or _schema(remembered.read_bytes()) != _schema(pages):
        write_durably(remembered, pages)


def schema_is_sound(database: Path, *, remembered: Path) -> bool:
    """False if the pages differ although nobody changed the schema since they were remembered."""
    if not remembered.exists():
        return True
    held = remembered.read_bytes()
    numbers = [_PAGE_NO.unpack_from(held, at)[0] for at in range(0, len(held), 4 + _PAGE_BYTES)]
    pages = _read(database, numbers)
    changes = slice(4 + _CHANGES_AT, 8 + _CHANGES_AT)
    return pages[changes] != held[changes] or _schema(pages) == _schema(held)


def restore_schema_pages(database: Path, *, remembered: Path) -> None:
    """Put them back into a copy whose own are broken; raises OSError when none were kept."""
    held = remembered.read_bytes()
    count = database.stat().st_size // _PAGE_BYTES
    with database.open("r+b") as file:
        for at in range(0, len(held), 4 + _PAGE_BYTES):
            (number,) = _PAGE_NO.unpack_from(held, at)
            page = bytearray(held[at + 4 : at + 4 + _PAGE_BYTES])
            if number == 1:
                page[28:32] = count.to_bytes(4, "big")  # as many pages as there are,
                page[92:96] = page[24:28]  # and believe it;
                page[32:40] = bytes(8)  # none of them free
            file.seek((number - 1) * _PAGE_BYTES)
            file.write(page)


def _read(database: Path, numbers: Sequence[int]) -> bytes:
    """The pages, each behind its number."""
    pages = bytearray()
    with database.open("rb") as file:
        for number in numbers:
            file.seek((number - 1) * _PAGE_BYTES)
            pages += _PAGE_NO.pack(number) + file.read(_PAGE_BYTES)
    return bytes(pages)


def _leaves(first: bytes) -> list[int]:
    kind, _, cells, _, _, last = _ROOT.unpack_from(first, _ROOT_AT)
    if kind != _INTERIOR:
        return []
    places = struct.unpack_from(f">{cells}H", first, _CELLS_AT)
    return [*(int(_PAGE_NO.unpack_from(first, place)[0]) for place in places), int(last)]


def _schema(pages: bytes) -> bytes:
    """Without the counters in the file's header, which every commit moves on."""
    return pages[4 + _ROOT_AT :]
