"""The letters that papers are drawn with: DejaVu Sans, which ships beside this file.

The file's law: what needs shaping (Arabic, Hebrew, marks) is shaped by Raqm or not drawn at all:
letters standing apart or in the wrong order would be a wrong paper. Everything else needs no Raqm.
Sizes are in dots of 1/203 inch.
"""

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from protocol.documents.layout import unisolated
from protocol.documents.lines import Face
from protocol.errors import Unavailable

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

DOTS = {"small": 18, "normal": 21, "large": 36, "huge": 68}
_RIGHT_TO_LEFT = frozenset({"R", "AL"})
_SHAPED = frozenset({"R", "AL", "AN", "NSM"})


def font_bytes(*, bold: bool) -> bytes:
    """The font file as it ships."""
    from importlib.resources import files  # noqa: PLC0415 - only where something is drawn

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return files("protocol.documents").joinpath("fonts", name).read_bytes()


def is_shaped(text: str) -> bool:
    """Whether its letters join, stack or run from right to left."""
    return not text.isascii() and any(unicodedata.bidirectional(one) in _SHAPED for one in text)


def runs_left(text: str) -> bool:
    """Whether its first letter with a direction is of a script read from right to left."""
    for letter in text:
        kind = unicodedata.bidirectional(letter)
        if kind == "L" or kind in _RIGHT_TO_LEFT:
            return kind != "L"
    return False


class DotMeasure(Struct, frozen=True, kw_only=True):
    """A roll in dots; 384 on 58 mm, 576 on 80 mm."""

    width: int
    gap: int = 12
    is_page: bool = False

    def text_width(self, text: str, face: Face) -> int:
        return text_dots(text, face)


@lru_cache(maxsize=1024)
def text_dots(text: str, face: Face) -> int:
    """How wide the text comes out; Unavailable `no-text-shaping`."""
    letters = font(face, shaped=is_shaped(text))
    length = letters.getlength(drawable(text), direction=direction(text))
    return -int(-length // 1)


def direction(text: str) -> str | None:
    """Raqm's word for it; without Raqm there is but one."""
    if not is_shaped(text):
        return None
    return "rtl" if runs_left(text) else "ltr"


def drawable(text: str) -> str:
    """The text as its font takes it: only Raqm knows isolates."""
    return text if is_shaped(text) else unisolated(text)


def font(face: Face, *, shaped: bool) -> "FreeTypeFont":
    """Pillow's font for these letters; Unavailable `no-text-shaping` where Raqm cannot load."""
    if shaped:
        require_shaping(raqm=_raqm_loads())
    return _font(face.bold, DOTS[face.size], shaped)


def require_shaping(*, raqm: bool) -> None:
    """Unavailable `no-text-shaping` without Raqm, which loads FriBiDi from the system."""
    if not raqm:
        raise Unavailable(
            "no-text-shaping",
            "Install the system's FriBiDi library (Debian: libfribidi0) to draw Arabic.",
        )


@lru_cache(maxsize=1)
def _raqm_loads() -> bool:
    from PIL import features  # noqa: PLC0415

    return bool(features.check("raqm"))


@lru_cache(maxsize=2)
def _cached_bytes(bold: bool) -> bytes:
    return font_bytes(bold=bold)


@lru_cache(maxsize=16)
def _font(bold: bool, dots: int, shaped: bool) -> "FreeTypeFont":
    from io import BytesIO  # noqa: PLC0415

    from PIL import ImageFont  # noqa: PLC0415

    engine = ImageFont.Layout.RAQM if shaped else ImageFont.Layout.BASIC
    return ImageFont.truetype(BytesIO(_cached_bytes(bold)), dots, layout_engine=engine)
