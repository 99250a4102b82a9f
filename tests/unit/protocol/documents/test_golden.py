"""Papers as they were looked at: bytes to the letter, pictures to the dot.

The pictures are of the pinned Pillow, whose wheel brings its own FreeType and HarfBuzz, and of the
pinned PDFium; where another one draws them, write them anew and look (`golden.py`). Pages are
compared with a small tolerance: PDFium smooths edges by the machine's arithmetic.
"""

from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageStat

from protocol.documents.printers import printer
from tests.unit.protocol.documents.golden import (
    FOLDER,
    WIDTHS,
    Golden,
    files,
    goldens,
    layouts,
    letters,
)
from tests.unit.protocol.documents.reading import printed

# Mean difference of shades out of 255 that no eye sees; one shifted word is beyond it.
PAGE_TOLERANCE = 0.02


def test_papers_are_laid_out_as_ever() -> None:
    other = [name for name, said in layouts() if (FOLDER / name).read_bytes() != said]
    assert other == []


def test_letters_go_to_printers_as_ever() -> None:
    other = [name for name, stream in letters() if (FOLDER / name).read_bytes() != stream]
    assert other == []


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    return dict(files())


@pytest.mark.slow
def test_every_golden_file_is_a_papers_and_every_paper_has_one(made: dict[str, bytes]) -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(made)


@pytest.mark.slow
def test_printers_get_the_bytes_they_always_got(made: dict[str, bytes]) -> None:
    other = [
        name
        for name, content in made.items()
        if name.endswith(".bin") and (FOLDER / name).read_bytes() != content
    ]
    assert other == []


@pytest.mark.slow
def test_pictures_are_the_same_to_the_dot(made: dict[str, bytes]) -> None:
    rolls = [name for name in made if name.endswith(".png") and "-a4-" not in name]
    assert [name for name in rolls if difference(name, made[name]) > 0] == []


@pytest.mark.slow
def test_pages_look_the_same(made: dict[str, bytes]) -> None:
    sheets = [name for name in made if "-a4-" in name]
    assert [name for name in sheets if difference(name, made[name]) > PAGE_TOLERANCE] == []


def difference(name: str, content: bytes) -> float:
    one, other = Image.open(FOLDER / name), Image.open(BytesIO(content))
    if one.size != other.size:
        return 255.0
    return float(ImageStat.Stat(ImageChops.difference(one, other)).mean[0])


@pytest.mark.parametrize("golden", list(goldens()), ids=lambda one: one.name)
def test_golden_bytes_are_whole_commands(golden: Golden) -> None:
    for width in golden.widths:
        profile = printer(WIDTHS[width])
        read = printed((FOLDER / f"{golden.name}-{width}.bin").read_bytes(), profile)
        assert read.cuts >= profile.cuts
