"""What the calendar asks of the hub, by one process of all."""

from datetime import UTC, datetime, timedelta

import pytest

from hub.cli.housekeeping import Housekeeping
from hub.identity.models import Caller
from hub.kit.advisory import AdvisoryLocks
from hub.tenancy.rules import pairing_token_hash
from protocol.errors import NotFound
from protocol.messages.collections import RegisterSettings, StoreSettings
from tests.integration.hub.conftest import HubDatabase
from tests.integration.hub.foundation import Foundation
from tests.integration.hub.seed_document import BETA, seed_id, without_staff

SHOP = seed_id("beta", "store", 0)


@pytest.fixture
async def housekeeping(foundation: Foundation, hub_database: HubDatabase) -> Housekeeping:
    await foundation.seed(without_staff())
    return Housekeeping(
        foundation.database,
        locks_url=hub_database.url("app"),
        clock=foundation.clock,
        tenancy=foundation.tenancy,
        months_ahead=2,
    )


async def test_months_ahead_have_their_partitions(
    foundation: Foundation, hub_database: HubDatabase, housekeeping: Housekeeping
) -> None:
    foundation.clock.time = datetime(2031, 11, 30, tzinfo=UTC)
    assert await housekeeping.round()
    there = hub_database.sql(
        "select relname from pg_class where relname ~ '^sale_20(31|32)_[0-9]+$' order by 1"
    )
    assert there.split() == ["sale_2031_11", "sale_2031_12", "sale_2032_01"]


async def test_settings_and_rates_that_begin_are_published(
    foundation: Foundation, hub_database: HubDatabase, housekeeping: Housekeeping
) -> None:
    """Ramadan's cut-off is data of a date."""
    hub_database.sql(
        "insert into store_setting"
        f" values ('{BETA}', '{SHOP}', '2027-02-08', true, '{{ar}}', 180, true)"
    )
    hub_database.sql(
        f"insert into tax_rate values ('{BETA}', 'tva-19', '2027-02-08', 'TVA 20 %', 200000)"
    )
    for day, cutoff_minute, rate_ppm in ((6, 0, 190_000), (8, 180, 200_000)):
        foundation.clock.time = datetime(2027, 2, day, 8, tzinfo=UTC)
        assert await housekeeping.round()
        store = (await foundation.published(BETA, SHOP, "settings"))[f"store/{SHOP}"]
        tax = (await foundation.published(BETA, SHOP, "prices"))["tax/tva-19"]
        assert isinstance(store, StoreSettings)
        assert store.cutoff_minute == cutoff_minute
        assert getattr(tax, "rate_ppm", None) == rate_ppm


async def test_what_is_too_old_goes(
    foundation: Foundation, hub_database: HubDatabase, housekeeping: Housekeeping
) -> None:
    signed_in = await foundation.identity.sign_in(
        "owner@beta.example", "beta password", caller=Caller(address="192.0.2.1")
    )
    await foundation.identity.open_session(signed_in.principal, caller=Caller(address="192.0.2.1"))
    async with foundation.database.tenant(BETA) as session:
        await foundation.writer.delete(
            session,
            store_id=SHOP,
            collection="catalogue",
            keys=[f"product/{seed_id('beta', 'product', 1)}"],
        )
    count = (
        "select (select count(*) from user_session), count(*)"
        " from collection_row where payload is null"
    )
    assert hub_database.sql(count) == "1|1"
    foundation.clock.time += timedelta(days=100)
    await housekeeping.round()
    assert hub_database.sql(count) == "0|0"


async def test_one_hub_of_all_does_it(
    foundation: Foundation, housekeeping: Housekeeping, hub_database: HubDatabase
) -> None:
    locks = await AdvisoryLocks.open(hub_database.url("app"))
    assert await locks.take(7302, 0)
    assert not await housekeeping.round()
    await locks.close()
    assert await housekeeping.round()


async def test_a_rotated_pairing_token_is_published_as_its_hash(
    foundation: Foundation, housekeeping: Housekeeping
) -> None:
    register_id = seed_id("beta", "register", 0, 0)
    async with foundation.database.tenant(BETA) as session:
        token = await foundation.tenancy.rotate_pairing_token(session, register_id)
    settings = await foundation.published(BETA, SHOP, "settings")
    register = settings[f"register/{register_id}"]
    assert isinstance(register, RegisterSettings)
    assert register.pairing_token_hash == pairing_token_hash(token)
    with pytest.raises(NotFound):
        async with foundation.database.tenant(BETA) as session:
            await foundation.tenancy.rotate_pairing_token(session, seed_id("nobody"))
