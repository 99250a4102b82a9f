"""One floor per register, whatever order its Zs come in."""

from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from hub.ingest.floors import closings_in, highest
from protocol.messages.sync import RegisterFloor
from tests.fakes.shop_facts import ShopFacts

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


def test_only_zs_count_and_what_cannot_be_read_is_none() -> None:
    shop = ShopFacts(seed=2, store_id=UUID(int=3))
    facts = [*shop.day(2), b'{"type":"shift.closed"}', b"not a fact"]
    (floor,) = closings_in(facts)
    assert (floor.register_id, floor.z_number) == (shop.register_id, 1)
    assert floor.business_date == date(2026, 11, 20)
