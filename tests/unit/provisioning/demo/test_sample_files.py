"""What ships with the demo is what its README says."""

from pathlib import Path

from provisioning.demo.sample_files import ONLINE_RETAIL, read_basket_shapes, read_groceries


def check_digit_fits(gtin: str) -> bool:
    weighed = sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(gtin))
    return weighed % 10 == 0


def test_groceries_have_real_numbers_and_names_in_two_languages() -> None:
    groceries = read_groceries()
    assert len(groceries) == len({one.gtin for one in groceries}) > 1_000
    assert all(len(one.gtin) == 13 and check_digit_fits(one.gtin) for one in groceries)
    assert sum(one.gtin.startswith("613") for one in groceries) > 900
    assert {one.language for one in groceries} == {"fr", "ar"}
    assert sum(one.language == "ar" for one in groceries) > 100
    assert all(one.name.strip() == one.name != "" for one in groceries)


def test_basket_shapes_can_be_sold() -> None:
    shapes = read_basket_shapes()
    assert len(shapes) > 10_000
    assert all(1 <= one.iso_weekday <= 7 and 0 <= one.hour <= 23 for one in shapes)
    lines = [line for one in shapes for line in one.lines]
    assert all(one.lines for one in shapes)
    assert all(rank >= 1 and 1 <= quantity <= 24 for rank, quantity in lines)


def test_the_samples_are_small_and_attributed() -> None:
    folder = ONLINE_RETAIL.parent
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 3_000_000
    readme = (folder / "README.md").read_text()
    for path in folder.glob("*.parquet"):
        assert f"`{path.name}`" in readme
    for owed in ("CC BY 4.0", "Open Database License", "CC0", "10.24432/C5BW33", "Open Food Facts"):
        assert owed in readme


def test_nothing_else_lies_beside_the_samples() -> None:
    names = {path.name for path in ONLINE_RETAIL.parent.iterdir()}
    assert names == {
        "README.md",
        "basket_shapes.parquet",
        "online_retail.parquet",
        "open_food_facts_dz.parquet",
    }
    assert Path(ONLINE_RETAIL).is_file()
