"""What receipt printers can do, as data.

The file's law: a printer is a row. Widths, code page numbers and cutters are facts restated from
escpos-printer-db (CC BY 4.0, see NOTICE); which printers need `leaves_multibyte` is practice.
"""

from typing import Literal

from msgspec import Struct

from protocol.errors import Malformed

CodePage = Literal["cp858", "cp1252"]


class PrinterProfile(Struct, frozen=True, kw_only=True):
    """One model. `code_page_slot`: the number by which ESC t selects the page.

    `leaves_multibyte`: starts in a Chinese mode that eats accents, and must be told to leave it.
    `pictures_only`: its letters are not to be relied on; the whole paper goes as dots.
    """

    name: str
    dots: int
    columns: int
    code_page: CodePage = "cp858"
    code_page_slot: int = 19
    cuts: bool = True
    leaves_multibyte: bool = False
    pictures_only: bool = False


PRINTERS: tuple[PrinterProfile, ...] = (
    PrinterProfile(name="generic-58", dots=384, columns=32, cuts=False, leaves_multibyte=True),
    PrinterProfile(name="generic-80", dots=576, columns=48, leaves_multibyte=True),
    PrinterProfile(
        name="pictures-58", dots=384, columns=32, cuts=False, leaves_multibyte=True,
        pictures_only=True,
    ),
    PrinterProfile(
        name="pictures-80", dots=576, columns=48, leaves_multibyte=True, pictures_only=True
    ),
    PrinterProfile(name="TM-T20II", dots=576, columns=48),
    PrinterProfile(name="TM-T20III", dots=576, columns=48),
    PrinterProfile(
        name="TM-m30III", dots=576, columns=48, code_page="cp1252", code_page_slot=16
    ),
    PrinterProfile(name="TM-T70II", dots=512, columns=42),
    PrinterProfile(name="TM-T88III", dots=512, columns=42),
    PrinterProfile(name="TM-T88IV", dots=512, columns=42),
    PrinterProfile(name="TM-T88V", dots=512, columns=42),
    PrinterProfile(name="TM-P80", dots=576, columns=42),
    PrinterProfile(name="TM-L90", dots=576, columns=48),
    PrinterProfile(name="CT-S651", dots=640, columns=48),
    PrinterProfile(name="SRP-S300", dots=640, columns=48),
    PrinterProfile(name="RP-F10-58mm", dots=432, columns=36),
    PrinterProfile(name="RP-F10-80mm", dots=576, columns=48),
    PrinterProfile(
        name="POS-5890", dots=384, columns=32, code_page_slot=53, cuts=False, leaves_multibyte=True
    ),
    PrinterProfile(
        name="NT-5890K", dots=384, columns=32, code_page_slot=53, cuts=False, leaves_multibyte=True
    ),
    PrinterProfile(
        name="P822D", dots=576, columns=42, code_page_slot=53, leaves_multibyte=True
    ),
    PrinterProfile(
        name="KR-306", dots=576, columns=48, code_page_slot=31, leaves_multibyte=True
    ),
    PrinterProfile(
        name="YHD-8390", dots=640, columns=48, code_page_slot=14, leaves_multibyte=True
    ),
    PrinterProfile(
        name="ZJ-5870", dots=384, columns=32, code_page="cp1252", code_page_slot=16, cuts=False,
        leaves_multibyte=True,
    ),
    PrinterProfile(name="Sunmi-V2", dots=384, columns=32, cuts=False, leaves_multibyte=True),
)  # fmt: skip


def printer(name: str) -> PrinterProfile:
    """The profile of that name; Malformed `unknown-printer` names those there are."""
    for one in PRINTERS:
        if one.name == name:
            return one
    known = ", ".join(one.name for one in PRINTERS)
    raise Malformed(
        "unknown-printer",
        f"Use one of the printers {known}.",
        fields={"printer": f"{name[:32]!r} is not known"},
    )
