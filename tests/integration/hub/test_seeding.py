"""`hanout-hub seed`: from a file to open shops, repeatably, one tenant at a time."""

import json
from pathlib import Path

import pytest
import sqlalchemy.exc
from argon2 import PasswordHasher
from pydantic import ValidationError
from typer.testing import CliRunner

from hub.cli import app as commands
from hub.cli.seed_file import SeedFile
from hub.tenancy.rules import pairing_token_hash
from protocol.checkout.prices import PricePoint
from protocol.errors import Malformed, Refused
from protocol.messages.collections import (
    CatalogueItem,
    PriceItem,
    RegisterSettings,
    StaffMember,
    StoreSettings,
    TaxRate,
)
from tests.integration.hub.conftest import HubDatabase
from tests.integration.hub.foundation import Foundation
from tests.integration.hub.seed_document import ALPHA, BETA, document, seed_id, tenant

SHOP = seed_id("beta", "store", 0)
SECOND_SHOP = seed_id("beta", "store", 1)


async def test_a_shop_can_open(foundation: Foundation) -> None:
    await foundation.seed(document())
    settings = await foundation.published(BETA, SHOP, "settings")
    assert settings[f"store/{SHOP}"] == StoreSettings(
        store_id=SHOP,
        organization_id=BETA,
        name="Store 0",
        currency="DZD",
        timezone="Africa/Algiers",
        prices_include_tax=True,
        languages=["fr", "ar"],
    )
    register_id = seed_id("beta", "register", 0, 0)
    assert settings[f"register/{register_id}"] == RegisterSettings(
        register_id=register_id,
        name="Caisse 1",
        code="A0",
        pairing_token_hash=pairing_token_hash("beta-0-token"),
    )
    product_id = seed_id("beta", "product", 2)
    catalogue = await foundation.published(BETA, SHOP, "catalogue")
    assert catalogue[f"product/{product_id}"] == CatalogueItem(
        product_id=product_id,
        sku="SKU-2",
        names={"fr": "Produit 2", "ar": "منتج 2"},
        unit="piece",
        codes=["6130000000002"],
        category="drinks",
    )
    prices = await foundation.published(BETA, SHOP, "prices")
    assert prices[f"price/{product_id}"] == PriceItem(
        product_id=product_id,
        currency="DZD",
        tax_id="tva-19",
        schedule=[PricePoint(unit_price_minor=102)],
    )
    assert prices["tax/tva-9"] == TaxRate(tax_id="tva-9", name="TVA 9 %", rate_ppm=90_000)


async def test_people_are_published_where_they_work(foundation: Foundation) -> None:
    await foundation.seed(document())
    here = await foundation.published(BETA, SHOP, "staff")
    there = await foundation.published(BETA, SECOND_SHOP, "staff")
    lila = f"staff/{seed_id('beta', 'staff', 1)}"
    assert lila in here
    assert there.keys() == here.keys() - {lila}
    member = here[lila]
    assert isinstance(member, StaffMember)
    assert member.roles == ["cashier", "manager"]
    assert PasswordHasher().verify(member.pin_hash, "98765")
    assert member.pin_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_seeding_again_publishes_nothing_new(foundation: Foundation) -> None:
    await foundation.seed(document())
    before = await foundation.versions(BETA, SHOP)
    await foundation.seed(document())
    assert await foundation.versions(BETA, SHOP) == before


async def test_what_the_file_changed_is_changed_and_published(foundation: Foundation) -> None:
    await foundation.seed(document())
    before = await foundation.versions(BETA, SHOP)
    changed = document()
    product = changed["tenants"][1]["products"][0]
    product["price_minor"] = 555
    product["store_prices"] = {str(SHOP): 444}
    await foundation.seed(changed)
    after = await foundation.versions(BETA, SHOP)
    assert after == before | {"prices": before["prices"] + 1}
    key = f"price/{seed_id('beta', 'product', 0)}"
    amounts = []
    for shop in (SHOP, SECOND_SHOP):
        item = (await foundation.published(BETA, shop, "prices"))[key]
        assert isinstance(item, PriceItem)
        amounts.append(item.schedule[0].unit_price_minor)
    assert amounts == [444, 555]


async def test_tenants_hold_their_own_alone(foundation: Foundation) -> None:
    await foundation.seed(document())
    assert await foundation.published(ALPHA, SHOP, "catalogue") == {}
    alpha = await foundation.published(ALPHA, seed_id("alpha", "store", 0), "catalogue")
    assert alpha.keys() == {f"product/{seed_id('alpha', 'product', n)}" for n in range(3)}


async def test_a_device_of_another_tenant_cannot_be_seeded(foundation: Foundation) -> None:
    await foundation.seed(document())
    thief = tenant("thief", currency="DZD")
    thief["stores"][0]["devices"] = [{"id": str(seed_id("beta", "device", 0))}]
    with pytest.raises(sqlalchemy.exc.IntegrityError):
        await foundation.seed({"tenants": [thief]})


async def test_a_tenant_that_fails_leaves_nothing(
    foundation: Foundation, hub_database: HubDatabase
) -> None:
    broken = tenant("broken", currency="DZD")
    broken["products"][1]["codes"] = broken["products"][0]["codes"]
    with pytest.raises(Refused) as caught:
        await foundation.seed({"tenants": [broken]})
    assert caught.value.code == "code-taken"
    left = hub_database.sql(
        f"select count(*) from organization where organization_id = '{seed_id('broken')}'"
    )
    assert left == "0"


async def test_codes_may_move_between_products(foundation: Foundation) -> None:
    await foundation.seed(document())
    moved = document()
    first, second, _ = moved["tenants"][1]["products"]
    first["codes"], second["codes"] = second["codes"], first["codes"]
    await foundation.seed(moved)
    catalogue = await foundation.published(BETA, SHOP, "catalogue")
    item = catalogue[f"product/{first['id']}"]
    assert isinstance(item, CatalogueItem)
    assert item.codes == ["6130000000001"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("currency",), "DZ"),
        (("products", 0, "unit"), "bushel"),
        (("products", 0, "price_minor"), -1),
        (("products", 0, "price_minor"), 1.5),
        (("products", 0, "unknown"), 1),
        (("stores", 0, "cutoff_minute"), 1440),
        (("staff", 0, "roles"), ["king"]),
        (("tax_rates", 0, "rate_ppm"), 1_000_001),
    ],
)
def test_a_wrong_file_is_refused_before_anything_happens(
    path: tuple[str | int, ...], value: object
) -> None:
    wrong = tenant("wrong", currency="DZD")
    place = wrong
    for step in path[:-1]:
        place = place[step]  # type: ignore[index]
    place[path[-1]] = value  # type: ignore[index]
    with pytest.raises((ValidationError, Malformed)):
        SeedFile.model_validate_json(json.dumps({"tenants": [wrong]}))


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        (("stores", 0, "timezone"), "Africa/Nowhere", "unknown-timezone"),
        (("stores", 0, "timezone"), "../../etc/passwd", "unknown-timezone"),
        (("stores", 0, "registers", 0, "code"), "a b", "bad-register-code"),
        (("staff", 0, "pin"), "12ab", "bad-pin"),
        (("products", 0, "category"), "none", "unknown-category"),
    ],
)
async def test_what_cannot_be_is_malformed(
    foundation: Foundation, path: tuple[str | int, ...], value: object, code: str
) -> None:
    wrong = tenant("wrong", currency="DZD")
    place = wrong
    for step in path[:-1]:
        place = place[step]  # type: ignore[index]
    place[path[-1]] = value  # type: ignore[index]
    with pytest.raises(Malformed) as caught:
        await foundation.seed({"tenants": [wrong]})
    assert caught.value.code == code


def test_the_command_says_what_it_did_or_why_not(hub_database: HubDatabase, tmp_path: Path) -> None:
    file = tmp_path / "seed.json"
    file.write_text(json.dumps(document()))
    runner = CliRunner()
    url = {"HANOUT_HUB_DATABASE_URL": hub_database.url("app")}
    done = runner.invoke(commands, ["seed", str(file)], env=url)
    assert (done.exit_code, done.stdout) == (0, "2 tenants, 3 stores, 6 products.\n")
    refused = runner.invoke(
        commands,
        ["seed", str(file)],
        env={"HANOUT_HUB_DATABASE_URL": hub_database.superuser_url},
    )
    assert refused.exit_code == 1
    assert "is a superuser" in refused.stderr
    missing = runner.invoke(commands, ["seed", str(file)], env={"HANOUT_HUB_DATABASE_URL": None})
    assert missing.exit_code == 1
    assert "HANOUT_HUB_DATABASE_URL" in missing.stderr
    file.write_text("{}")
    wrong = runner.invoke(commands, ["seed", str(file)], env=url)
    assert wrong.exit_code == 1
    assert "no seed file" in wrong.stderr
