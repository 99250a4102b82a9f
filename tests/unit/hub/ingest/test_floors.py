"""One floor per register, whatever order its Zs come in."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.ingest.floors import closings_in, highest
from hub.ingest.rules import Slot
from protocol.messages.sync import RegisterFloor
from protocol.vocabulary.numbering import MAX_Z_NUMBER
from tests.fakes.shop_facts import ShiftFacts, ShopFacts

REGISTERS = [UUID(int=number) for number in (1, 2)]
FLOORS = st.builds(
    RegisterFloor,
    register_id=st.sampled_from(REGISTERS),
    z_number=st.integers(1, 50),
    business_date=st.integers(0, 400).map(lambda days: date(2026, 1, 1) + timedelta(days)),
)


@given(st.lists(FLOORS, max_size=20))
def test_the_highest_of_each_register(floors: list[RegisterFloor]) -> None:
    found = highest(floors)
    assert {floor.register_id for floor in found} == {floor.register_id for floor in floors}
    for floor in found:
        own = [each for each in floors if each.register_id == floor.register_id]
        assert floor.z_number == max(each.z_number for each in own)
        assert floor.business_date == max(each.business_date for each in own)


STORE, RECEIVED_AT = UUID(int=3), datetime(2026, 11, 20, 23, 30, tzinfo=UTC)


def slots(raws: Sequence[bytes]) -> list[Slot]:
    return [
        Slot(epoch=1, seq=seq, raw=raw, received_at=RECEIVED_AT, state=0, person_keys=None)
        for seq, raw in enumerate(raws, start=1)
    ]


def z_with(field: str, value: object) -> bytes:
    shop = ShopFacts(seed=2, store_id=STORE)
    z = msgspec.json.decode(ShiftFacts(shop, date(2026, 11, 20)).closed())
    (z["body"] if field in z["body"] else z)[field] = value
    return msgspec.json.encode(z)


def test_only_zs_count_and_what_cannot_be_read_is_none() -> None:
    shop = ShopFacts(seed=2, store_id=STORE)
    facts = [*shop.day(2), b'{"type":"shift.closed"}', b"not a fact"]
    (floor,) = closings_in(slots(facts), store_id=STORE)
    assert (floor.register_id, floor.z_number) == (shop.register_id, 1)
    assert floor.business_date == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("store_id", str(UUID(int=4))),
        ("register_id", None),
        ("at", "9999-12-31T23:59:59Z"),
        ("currency", "dinar"),
        ("sales_count", 10**30),
        *(("z_number", number) for number in (-1, 0, MAX_Z_NUMBER + 1, 2**63 - 1, 10**30)),
    ],
)
def test_what_the_projector_will_park_raises_no_floor(field: str, value: object) -> None:
    assert closings_in(slots([z_with(field, value)]), store_id=STORE) == []


@pytest.mark.parametrize(
    ("own", "held"),
    [
        ("2026-11-19", date(2026, 11, 19)),
        ("2026-11-21", date(2026, 11, 21)),  # a shop east of Greenwich, after its midnight
        ("2026-11-22", date(2026, 11, 21)),
        ("2100-12-31", date(2026, 11, 21)),
        ("1999-12-31", date(2026, 11, 20)),  # as the projector lands it
    ],
)
def test_no_floor_holds_a_till_in_a_wrong_clocks_year(own: str, held: date) -> None:
    (floor,) = closings_in(slots([z_with("business_date", own)]), store_id=STORE)
    assert floor.business_date == held
