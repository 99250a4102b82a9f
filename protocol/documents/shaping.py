"""Text as glyphs in their places, by HarfBuzz, for pages whose letters stay letters (PDF).

The file's law: glyphs come in the order they stand in, from left to right, with advances and
offsets in thousandths of the letter size.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from protocol.documents.bidi import visual_runs
from protocol.documents.fonts import font_bytes, is_shaped, runs_left
from protocol.documents.layout import ISOLATES, unisolated

if TYPE_CHECKING:
    import uharfbuzz

MILLI = 1000


class Glyph(Struct, frozen=True):
    """`text`: what it stands for; of several glyphs of one letter the first says it."""

    number: int
    advance: int
    x_offset: int
    y_offset: int
    text: str


@lru_cache(maxsize=1024)
def shape(text: str, *, bold: bool) -> tuple[Glyph, ...]:
    """The glyphs of a line."""
    line = text if is_shaped(text) else unisolated(text)
    glyphs: list[Glyph] = []
    for run in visual_runs(line, rtl=runs_left(line)):
        letters = "".join(letter for letter in run.text if letter not in ISOLATES)
        if letters:
            glyphs += _shape_run(letters, rtl=run.rtl, bold=bold)
    return tuple(glyphs)


def subset(glyphs: frozenset[int], *, bold: bool) -> bytes:
    """The font with these glyphs alone, under their own numbers."""
    import uharfbuzz  # noqa: PLC0415 - only where a page is drawn

    wanted = uharfbuzz.SubsetInput()
    wanted.glyph_set.update(glyphs)
    wanted.flags = uharfbuzz.SubsetFlags.RETAIN_GIDS | uharfbuzz.SubsetFlags.NO_HINTING
    wanted.layout_feature_tag_set.clear()
    blob: bytes = uharfbuzz.subset(_face(bold), wanted).blob.data
    return blob


def _shape_run(letters: str, *, rtl: bool, bold: bool) -> list[Glyph]:
    import uharfbuzz  # noqa: PLC0415

    buffer = uharfbuzz.Buffer()
    buffer.add_str(letters)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if rtl else "ltr"
    uharfbuzz.shape(_font(bold), buffer)
    starts = sorted({one.cluster for one in buffer.glyph_infos})
    ends = dict(zip(starts, [*starts[1:], len(letters)], strict=True))
    glyphs = []
    for one, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        end = ends.pop(one.cluster, one.cluster)
        glyphs.append(
            Glyph(
                one.codepoint,
                place.x_advance,
                place.x_offset,
                place.y_offset,
                letters[one.cluster : end],
            )
        )
    return glyphs


@lru_cache(maxsize=2)
def _face(bold: bool) -> "uharfbuzz.Face":
    import uharfbuzz  # noqa: PLC0415

    return uharfbuzz.Face(font_bytes(bold=bold))


@lru_cache(maxsize=2)
def _font(bold: bool) -> "uharfbuzz.Font":
    """Scaled so that HarfBuzz itself reckons in thousandths."""
    import uharfbuzz  # noqa: PLC0415

    font = uharfbuzz.Font(_face(bold))
    font.scale = (MILLI, MILLI)
    return font


def own_advance(glyph: int, *, bold: bool) -> int:
    """How far a glyph moves on where nothing kerns it."""
    return int(_font(bold).get_glyph_h_advance(glyph))
