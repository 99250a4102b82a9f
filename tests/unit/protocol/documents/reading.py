"""What a paper says, read back from its layout and from a printer's bytes."""

import re
from collections.abc import Iterator

from msgspec import Struct

from protocol.documents.layout import (
    ISOLATES,
    Barcode,
    Block,
    Pair,
    Paper,
    QrCode,
    Sides,
    Table,
    Text,
    Together,
)
from protocol.documents.printers import PrinterProfile


def said(paper: Paper) -> str:
    """All text of a paper, a line per cell, without marks of direction."""
    text = "\n".join(cell for block in paper.blocks for cell in cells(block))
    return "".join(letter for letter in text if letter not in ISOLATES)


def cells(block: Block) -> Iterator[str]:
    match block:
        case Text():
            yield block.text
        case Pair():
            yield f"{block.label}: {block.amount}"
        case Table():
            yield " | ".join(column.heading for column in block.columns)
            yield from (" | ".join(row) for row in block.rows)
        case Barcode() | QrCode():
            yield f"[{block.content}]"
        case Sides():
            yield from (cell for one in (*block.start, *block.end) for cell in cells(one))
        case Together():
            yield from (cell for one in block.blocks for cell in cells(one))
        case _:
            pass


class Printed(Struct, frozen=True, kw_only=True):
    """`lines`: the letters of each line. `rasters`: (dots across, rows) of each picture."""

    lines: list[str]
    rasters: list[tuple[int, int]]
    cuts: int


class _Width(Struct):
    columns: int = 0
    scale: int = 1


def printed(stream: bytes, printer: PrinterProfile) -> Printed:
    """Reads every byte as a printer would; AssertionError at a command that is none of ours.

    Letters may stand only where the code page was selected after the start and every picture.
    """
    lines, rasters, cuts = [""], list[tuple[int, int]](), 0
    width = _Width()
    page_chosen = False
    at = 0
    commands = re.compile(
        rb"(?P<start>\x1b@)|(?P<leave>\x1c\.)|\x1bt(?P<page>.)|\x1bE(?P<bold>[\x00\x01])"
        rb"|\x1d!(?P<size>[\x00\x11\x22])|(?P<cut>\x1dVA\x00)"
        rb"|\x1dv0\x00(?P<raster>....)|(?P<feed>\n)|(?P<letters>[\x20-\x7e\x80-\xff]+)",
        re.DOTALL,
    )
    while at < len(stream):
        found = commands.match(stream, at)
        assert found is not None, stream[at : at + 8]
        at = found.end()
        if found["page"]:
            assert found["page"][0] == printer.code_page_slot
            page_chosen = True
        elif found["size"]:
            width.scale = (found["size"][0] & 15) + 1
        elif found["raster"]:
            across = int.from_bytes(found["raster"][:2], "little")
            rows = int.from_bytes(found["raster"][2:], "little")
            assert across == (printer.dots + 7) // 8
            assert 0 < rows <= 255
            assert len(stream) >= at + across * rows
            at += across * rows
            rasters.append((across * 8, rows))
            page_chosen = False
        elif found["cut"]:
            cuts += 1
        elif found["feed"]:
            assert width.columns <= printer.columns, lines[-1]
            width.columns = 0
            lines.append("")
        elif found["letters"]:
            assert page_chosen
            lines[-1] += found["letters"].decode(printer.code_page)
            width.columns += len(found["letters"]) * width.scale
    return Printed(lines=lines, rasters=rasters, cuts=cuts)
