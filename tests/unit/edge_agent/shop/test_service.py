from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from edge_agent.shop import service as shop_service
from edge_agent.shop.models import Tablet
from protocol.errors import NotFound, Refused, Throttled, Unauthenticated, Unavailable
from tests.unit.edge_agent.shop_floor import (
    PAIRING_TOKENS,
    REGISTERS,
    SETTINGS,
    ShopFloor,
    register,
)


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[ShopFloor]:
    floor = ShopFloor(tmp_path)
    await floor.start()
    yield floor
    await floor.stop()


async def test_an_agent_without_settings_says_so(floor: ShopFloor) -> None:
    assert await floor.shop.find_settings() is None
    assert await floor.shop.registers() == []
    for attempt in (floor.shop.settings(), floor.shop.pair("x" * 20, tablet_name="T")):
        with pytest.raises(Unavailable) as refusal:
            await attempt
        assert refusal.value.code == "not-provisioned-yet"
    with pytest.raises(Unavailable):
        await floor.writer.submit(floor.shop.settings_in)


async def test_the_settings_of_this_store_are_in_force(floor: ShopFloor) -> None:
    await floor.publish_all()
    assert await floor.shop.settings() == SETTINGS
    assert await floor.writer.submit(floor.shop.settings_in) == SETTINGS
    assert [one.code for one in await floor.shop.registers()] == ["C1", "C2"]
    await floor.publish("settings", [SETTINGS, register(0, active=False)], version=2)
    assert await floor.shop.registers() == []
    found = await floor.writer.submit(
        lambda connection: floor.shop.register_in(connection, REGISTERS[0])
    )
    assert found.code == "C1"
    with pytest.raises(NotFound):
        await floor.writer.submit(
            lambda connection: floor.shop.register_in(connection, REGISTERS[1])
        )


async def test_a_code_pairs_tablets_to_its_register(floor: ShopFloor) -> None:
    await floor.publish_all()
    first = await floor.shop.pair(PAIRING_TOKENS[1], tablet_name="Tablette A")
    second = await floor.shop.pair(PAIRING_TOKENS[1], tablet_name="Tablette B")
    assert first.register.register_id == second.register.register_id == REGISTERS[1]
    assert first.tablet_token != second.tablet_token
    assert await floor.shop.tablet(first.tablet_token) == Tablet(
        tablet_id=first.tablet_id, name="Tablette A", register_id=REGISTERS[1]
    )
    await floor.shop.revoke(first.tablet_id)
    with pytest.raises(Unauthenticated):
        await floor.shop.tablet(first.tablet_token)
    assert (await floor.shop.tablet(second.tablet_token)).name == "Tablette B"
    with pytest.raises(NotFound):
        await floor.shop.revoke(UUID(int=3))


async def test_wrong_rotated_and_idle_codes_are_refused(floor: ShopFloor) -> None:
    await floor.publish_all()
    with pytest.raises(Unauthenticated):
        await floor.shop.pair("not-a-token-of-ours", tablet_name="T")
    await floor.publish("settings", [SETTINGS, register(0, active=False)], version=2)
    for token in PAIRING_TOKENS:
        with pytest.raises(Unauthenticated):
            await floor.shop.pair(token, tablet_name="T")


async def test_guessing_codes_is_slowed_down(floor: ShopFloor) -> None:
    await floor.publish_all()
    for _ in range(20):
        with pytest.raises(Unauthenticated):
            await floor.shop.pair("not-a-token-of-ours", tablet_name="T")
    with pytest.raises(Throttled) as refusal:
        await floor.shop.pair(PAIRING_TOKENS[0], tablet_name="T")
    assert refusal.value.retry_after_s == 30
    floor.clock.advance(timedelta(seconds=30))
    await floor.shop.pair(PAIRING_TOKENS[0], tablet_name="T")


async def test_tablets_are_bounded(floor: ShopFloor) -> None:
    await floor.publish_all()
    for _ in range(shop_service.MAX_TABLETS):
        pairing = await floor.shop.pair(PAIRING_TOKENS[0], tablet_name="T")
    with pytest.raises(Refused):
        await floor.shop.pair(PAIRING_TOKENS[0], tablet_name="T")
    await floor.shop.revoke(pairing.tablet_id)
    await floor.shop.pair(PAIRING_TOKENS[0], tablet_name="T")
