"""Which machine this is, by what its maker wrote into it: a copied card does not take it along."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

# A Raspberry Pi's serial number; a PC's. Not /etc/machine-id, which lies on the card.
SERIAL_FILES = (
    Path("/proc/device-tree/serial-number"),
    Path("/sys/class/dmi/id/product_uuid"),
    Path("/sys/class/dmi/id/board_serial"),
)
_SHOWN = 32


def hardware_fingerprint(files: Sequence[Path]) -> str:
    """A name for the machine that says nothing else of it; empty when no file tells."""
    serials = [serial for file in files if (serial := _read(file))]
    return sha256(b"\n".join(serials)).hexdigest()[:_SHOWN] if serials else ""


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes().strip(b"\0 \t\r\n")
    except OSError:  # another kind of machine, or not ours to read
        return b""
