import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from edge_agent.shop.models import Tablet
from edge_agent.staff.rules import MAX_STAFF, candidates, is_affordable
from edge_agent.staff.service import VALIDITY
from protocol.errors import Throttled, Unauthenticated, Unavailable
from tests.unit.edge_agent.shop_floor import (
    CASHIER,
    CASHIER_PIN,
    MANAGER,
    MANAGER_PIN,
    PAIRING_TOKENS,
    STAFF,
    ShopFloor,
    member,
)


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[ShopFloor]:
    floor = ShopFloor(tmp_path)
    await floor.start()
    await floor.publish_all()
    yield floor
    await floor.stop()


async def pair(floor: ShopFloor) -> Tablet:
    pairing = await floor.shop.pair(PAIRING_TOKENS[0], tablet_name="T")
    return await floor.shop.tablet(pairing.tablet_token)


async def guess_wrong(floor: ShopFloor, tablet: Tablet) -> None:
    with pytest.raises(Unauthenticated):
        await floor.staff.sign_in("9999", tablet=tablet)


async def test_a_pin_says_who_it_is(floor: ShopFloor) -> None:
    tablet = await pair(floor)
    sign_in = await floor.staff.sign_in(MANAGER_PIN, tablet=tablet)
    assert sign_in.expires_at == floor.clock.now() + VALIDITY
    caller = await floor.staff.authenticate(sign_in.token)
    assert caller == sign_in.caller
    assert (caller.staff_id, caller.roles) == (MANAGER, ("manager",))
    assert (caller.tablet_id, caller.register_id) == (tablet.tablet_id, tablet.register_id)
    again = await floor.staff.sign_in(MANAGER_PIN, tablet=tablet)
    assert again.caller == caller
    assert again.token != sign_in.token


async def test_a_sign_in_ends(floor: ShopFloor) -> None:
    tablet = await pair(floor)
    first = await floor.staff.sign_in(CASHIER_PIN, tablet=tablet)
    second = await floor.staff.sign_in(CASHIER_PIN, tablet=tablet)
    await floor.staff.sign_out(first.token)
    await floor.staff.sign_out(first.token)
    with pytest.raises(Unauthenticated):
        await floor.staff.authenticate(first.token)
    await floor.staff.authenticate(second.token)
    floor.clock.advance(VALIDITY)
    with pytest.raises(Unauthenticated):
        await floor.staff.authenticate(second.token)
    assert await floor.writer.submit(floor.staff.tidy) == 1
    assert await floor.writer.submit(floor.staff.tidy) == 0
    with pytest.raises(Unauthenticated):
        await floor.staff.authenticate("never-given")


async def test_revoking_a_tablet_ends_its_sign_ins(floor: ShopFloor) -> None:
    tablet, other = await pair(floor), await pair(floor)
    sign_in = await floor.staff.sign_in(CASHIER_PIN, tablet=tablet)
    elsewhere = await floor.staff.sign_in(CASHIER_PIN, tablet=other)
    await floor.shop.revoke(tablet.tablet_id)
    with pytest.raises(Unauthenticated):
        await floor.staff.authenticate(sign_in.token)
    with pytest.raises(Unauthenticated):
        await floor.staff.sign_in(CASHIER_PIN, tablet=tablet)
    await floor.staff.authenticate(elsewhere.token)


async def test_who_leaves_is_signed_out_and_a_new_pin_counts_at_once(floor: ShopFloor) -> None:
    tablet = await pair(floor)
    cashier = await floor.staff.sign_in(CASHIER_PIN, tablet=tablet)
    manager = await floor.staff.sign_in(MANAGER_PIN, tablet=tablet)
    moved = [member(CASHIER, CASHIER_PIN, active=False), member(MANAGER, "3333", "cashier")]
    await floor.publish("staff", moved, version=2)
    with pytest.raises(Unauthenticated):
        await floor.staff.authenticate(cashier.token)
    assert (await floor.staff.authenticate(manager.token)).roles == ("cashier",)
    for pin in (CASHIER_PIN, MANAGER_PIN):
        with pytest.raises(Unauthenticated):
            await floor.staff.sign_in(pin, tablet=tablet)
    await floor.staff.sign_in("3333", tablet=tablet)


async def test_wrong_pins_are_slowed_down_even_over_a_restart(floor: ShopFloor) -> None:
    tablet, other = await pair(floor), await pair(floor)
    for _ in range(5):
        await guess_wrong(floor, tablet)
    floor.staff = floor.new_staff_service()
    with pytest.raises(Throttled) as refusal:
        await floor.staff.sign_in(CASHIER_PIN, tablet=tablet)
    assert refusal.value.retry_after_s == 30
    await floor.staff.sign_in(CASHIER_PIN, tablet=other)
    floor.clock.advance(timedelta(seconds=30))
    await guess_wrong(floor, tablet)
    with pytest.raises(Throttled) as refusal:
        await floor.staff.sign_in(CASHIER_PIN, tablet=tablet)
    assert refusal.value.retry_after_s == 60
    floor.clock.advance(timedelta(seconds=60))
    await floor.staff.sign_in(CASHIER_PIN, tablet=tablet)
    await guess_wrong(floor, tablet)


async def test_the_store_is_guarded_against_many_tablets_and_known_pins(floor: ShopFloor) -> None:
    for _ in range(5):
        tablet = await pair(floor)
        for _ in range(3):
            await guess_wrong(floor, tablet)
        await floor.staff.sign_in(CASHIER_PIN, tablet=tablet)
        await guess_wrong(floor, tablet)
    with pytest.raises(Throttled):
        await floor.staff.sign_in(CASHIER_PIN, tablet=await pair(floor))


async def test_one_tablet_guesses_once_at_a_time(floor: ShopFloor) -> None:
    tablet = await pair(floor)
    tries = [floor.staff.sign_in(f"{pin:04}", tablet=tablet) for pin in range(3000, 3050)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(outcome, Unauthenticated) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Throttled) for outcome in outcomes) == 49


async def test_sign_ins_of_a_tablet_are_bounded(floor: ShopFloor) -> None:
    tablet = await pair(floor)
    tokens = []
    for _ in range(22):
        floor.clock.advance(timedelta(seconds=1))
        tokens.append((await floor.staff.sign_in(CASHIER_PIN, tablet=tablet)).token)
    for token in tokens[:2]:
        with pytest.raises(Unauthenticated):
            await floor.staff.authenticate(token)
    for token in tokens[2:]:
        await floor.staff.authenticate(token)


async def test_a_shop_without_staff_says_so(tmp_path: Path) -> None:
    floor = ShopFloor(tmp_path)
    await floor.start()
    tablet = Tablet(tablet_id=UUID(int=1), name="T", register_id=UUID(int=2))
    with pytest.raises(Unavailable) as refusal:
        await floor.staff.sign_in(CASHIER_PIN, tablet=tablet)
    assert refusal.value.code == "not-provisioned-yet"
    await floor.stop()


async def test_broken_hashes_block_nobody(floor: ShopFloor) -> None:
    broken = [
        member(UUID(int=number), "", pin_hash=pin_hash)
        for number, pin_hash in enumerate(["", "plain", "$argon2id$v=19$m=8,t=1,p=1$xx", "é"])
    ]
    await floor.publish("staff", [*broken, *STAFF], version=2)
    sign_in = await floor.staff.sign_in(CASHIER_PIN, tablet=await pair(floor))
    assert sign_in.caller.staff_id == CASHIER


def test_candidates_are_active_affordable_and_few() -> None:
    pin_hash = STAFF[0].pin_hash
    many = [member(UUID(int=number), "", pin_hash=pin_hash) for number in range(80, 0, -1)]
    chosen = candidates([*many, member(UUID(int=0), "", pin_hash=pin_hash, active=False)])
    assert [one.staff_id.int for one in chosen] == list(range(1, MAX_STAFF + 1))
    assert not is_affordable("$argon2id$v=19$m=4194304,t=1,p=1$c2FsdHNhbHQ$aGFzaA")
    assert not is_affordable("$argon2id$v=19$m=8,t=4000,p=1$c2FsdHNhbHQ$aGFzaA")
