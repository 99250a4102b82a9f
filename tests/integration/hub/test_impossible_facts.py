"""What cannot be is kept aside, and everybody can go on reading what is (promises A, I, L)."""

import re
from pathlib import Path

import pytest

from tests.integration.hub.conftest import HubDatabase
from tests.integration.hub.hub_world import DAY, PASSWORD, HubWorld, hub_world

pytestmark = pytest.mark.slow
_READ = ("/v1/stock", "/v1/sales", "/v1/sales/by-day", "/v1/events", "/v1/discrepancies")
_SHOWN = ("/", "/today/takings", "/tickets")


def _altered(raw: bytes, field: bytes, text: bytes) -> bytes:
    return re.sub(rb'("%s":)"[^"]*"' % field, rb'\1"%s"' % text, raw, count=1)


async def test_impossible_values_break_no_reading(
    hub_database: HubDatabase, tmp_path: Path
) -> None:
    """A quantity, currency or time that cannot be is parked with its bytes; the rest is booked,
    also what a shop sold whose clock is centuries off."""
    async with hub_world(hub_database, tmp_path) as world:
        shop = world.algiers.shops[0]
        sale, facts = shop.shift.sale, shop.facts
        poison = [
            _altered(sale(), b"quantity", b"NaN"),
            _altered(facts.stock(DAY), b"quantity", b"-Infinity"),
            _altered(sale(), b"currency", b"D" * 5000),
            _altered(sale(), b"rung_at", b"9999-12-31T23:59:59-01:00"),
            _altered(sale(), b"rung_at", b"0001-01-01T00:00:00+14:00"),
            _altered(sale(), b"at", b"9999-12-31T23:59:59-01:00"),
            _altered(shop.shift.cash(), b"at", b"0001-01-01T00:00:00+14:00"),
        ]
        lost_clocks = [
            _altered(sale(), b"rung_at", b"8999-12-31T22:59:59Z"),
            _altered(sale(), b"at", b"1900-01-01T00:00:00Z"),
            _altered(sale(), b"rung_at", b"1900-01-01T00:00:00Z"),
        ]
        before = await _sales(world)
        await world.send(shop, [sale(), *poison, *lost_clocks, sale()])
        assert await _sales(world) == before + 5
        aside = await world.inbox.rows(
            "select bytes, state, reason from inbox where state > 0 order by seq"
        )
        assert [row["bytes"] for row in aside] == poison
        assert [(row["state"], row["reason"]) for row in aside] == [
            (2, f"impossible-{what}") for what in ("quantity",) * 2 + ("currency",) + ("time",) * 4
        ]
        async with world.client(world.algiers) as client:
            for path in (*_READ, "/v1/set-aside-facts"):
                assert (await client.get(path)).status_code == 200, path
        async with world.client() as visitor:
            form = await visitor.get("/sign-in")
            token = re.search(r'name="form_token" value="([0-9a-f]+)"', form.text)
            assert token is not None
            who = {"email": world.algiers.email, "password": PASSWORD, "form_token": token[1]}
            assert (await visitor.post("/sign-in", data=who)).status_code == 303
            for path in _SHOWN:
                assert (await visitor.get(path)).status_code == 200, path


async def _sales(world: HubWorld) -> int:
    return len(await world.inbox.rows("select 1 from sale"))
