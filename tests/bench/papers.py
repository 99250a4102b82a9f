"""What a receipt of 30 lines costs to draw: as a printer's bytes and as a picture.

Beside each, in the same run: Pillow alone writing the same number of lines and packing a picture of
the same size, which no layout can beat. French goes as letters, Arabic line by line as dots.
"""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from io import BytesIO
from pathlib import Path
from statistics import median

from PIL import Image, ImageDraw

from protocol.documents.escpos import to_escpos
from protocol.documents.fonts import font
from protocol.documents.layout import Paper
from protocol.documents.lines import Face
from protocol.documents.pictures import to_png
from protocol.documents.printers import printer
from protocol.documents.receipt import receipt
from tests.bench.figures import Figure
from tests.unit.protocol.documents.examples import context, line, sale

_LINES = 30
_ROUNDS = 15
_DOTS = 576
# A printer takes seconds for such a paper; drawing it must be lost in them.
_GOAL_MS = 100.0
_GOAL_RATIO = 4.0
_NAMES = {"fr": "Lait entier en poudre 400 g", "ar": "حليب مجفف كامل الدسم 400 غ"}


async def papers(folder: Path) -> list[Figure]:
    """The median of the rounds, in milliseconds and against Pillow alone."""
    del folder
    return await asyncio.to_thread(_figures)


def _figures() -> list[Figure]:
    profile = printer("TM-T20III")
    figures = []
    for language in ("fr", "ar"):
        paper = _receipt(language)
        height = Image.open(BytesIO(to_png(paper, _DOTS))).height
        bytes_ms = _median_ms(partial(to_escpos, paper, profile))
        picture_ms = _median_ms(partial(to_png, paper, _DOTS))
        alone_ms = _median_ms(partial(_pillow_alone, height, _NAMES[language]))
        figures += [
            Figure(
                name=f"a {_LINES}-line receipt in {language} as ESC/POS",
                value=bytes_ms,
                unit="ms",
                goal=_GOAL_MS,
                beside={"Pillow alone, ms": alone_ms, "bytes": len(to_escpos(paper, profile))},
            ),
            Figure(
                name=f"a {_LINES}-line receipt in {language} as PNG",
                value=picture_ms / alone_ms,
                unit="× Pillow alone",
                goal=_GOAL_RATIO,
                beside={"ms": picture_ms, "Pillow alone, ms": alone_ms, "rows": height},
            ),
        ]
    return figures


def _receipt(language: str) -> Paper:
    name = _NAMES[language]
    lines = [line(number, f"{name} {number}") for number in range(1, _LINES + 1)]
    return receipt(sale(lines=lines), context=context(language))


def _pillow_alone(height: int, text: str) -> None:
    """Two spans a row, as a receipt has: nothing measured, nothing placed."""
    image = Image.new("L", (_DOTS, height), 255)
    draw = ImageDraw.Draw(image)
    latin = font(Face(), shaped=False)
    own = latin if text.isascii() else font(Face(), shaped=not text[0].isascii())
    for top in range(0, height, 26):
        draw.text((0, top), text, fill=0, font=own)
        draw.text((480, top), "1 234,00", fill=0, font=latin)
    image.save(BytesIO(), format="PNG")


def _median_ms(work: Callable[[], object]) -> float:
    work()
    took = []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        work()
        took.append((time.perf_counter() - started) * 1000)
    return median(took)
