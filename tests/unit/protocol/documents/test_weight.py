"""A box that prints nothing does not pay for drawing."""

import subprocess
import sys

MODULES = ("receipt", "till_report", "invoice", "notes", "labels", "escpos", "pictures", "pdf")
HEAVY = {"PIL", "uharfbuzz", "segno"}


def test_libraries_that_draw_are_loaded_where_they_draw() -> None:
    code = "".join(f"import protocol.documents.{name}\n" for name in MODULES)
    command = [sys.executable, "-c", f"{code}import sys\nprint(*sys.modules)"]
    loaded = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert HEAVY & set(loaded.stdout.split()) == set()
