"""What a paper is made in."""

from typing import Literal

from msgspec import Struct

PaperFormat = Literal["png", "escpos", "pdf"]
PaperKind = Literal["ticket", "z", "invoice"]
MEDIA_TYPES: dict[PaperFormat, str] = {
    "png": "image/png",
    "escpos": "application/vnd.escpos",
    "pdf": "application/pdf",
}


class PaperAsked(Struct, frozen=True, kw_only=True):
    """The form of a paper. `width`: of a roll, in millimetres; without `languages` the shop's."""

    format: PaperFormat = "png"
    width: Literal[58, 80] = 80
    languages: tuple[str, ...] = ()


class PrintedPaper(Struct, frozen=True, kw_only=True):
    """A rendered paper. `copy`: 0 for the original, else which duplicate it is."""

    content: bytes
    media_type: str
    copy: int = 0
