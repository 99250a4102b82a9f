"""On-hand is the sum of what moved; beyond what a column holds it stays at the bound."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.stock import store
from edge_agent.storage.schema import migrate, released_migrations
from tests.integration.edge_agent.shop_seed import MILK
from tests.unit.edge_agent.embedded_till import open_till

FULL = 9 * 10**18
# The most that one ticket moves: 2,000 lines of 10⁹, in millionths.
MOST = 2 * 10**18


@contextmanager
def stock() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection, released_migrations())
        yield connection


def on_hand(connection: sqlite3.Connection) -> tuple[int, str]:
    rows = connection.execute("SELECT quantity_micro, typeof(quantity_micro) FROM stock_on_hand")
    ((micro, kind),) = rows.fetchall()
    return micro, kind


@given(
    st.lists(st.integers(-MOST, MOST) | st.sampled_from([MOST, -MOST, 1, -1]), min_size=1),
)
def test_on_hand_never_leaves_its_column(moves: list[int]) -> None:
    expected = 0
    with stock() as connection:
        for number, micro in enumerate(moves):
            store.apply(connection, UUID(int=number), deltas={MILK: micro})
            expected = max(-FULL, min(FULL, expected + micro))
            assert on_hand(connection) == (expected, "integer")


async def test_what_is_beyond_all_stock_is_sold_all_the_same(tmp_path: Path) -> None:
    """By both doors, again and again, and goods that come in count from there."""
    async with open_till(tmp_path) as till:
        for source in range(1, 6):
            empty = partial(store.apply, source_id=UUID(int=source), deltas={MILK: -MOST})
            await till.agent.writer.submit(empty)
        shift = await till.open_shift()
        assert (await till.sell(shift["id"])).status_code == 201
        assert (await till.sell(shift["id"], mode="handed_over")).status_code == 201
        answer = await till.get(f"/v1/stock/{MILK}")
        assert answer.json()["quantity"] == "-9000000000000"
        x = (await till.get("/v1/shifts/current/x")).json()
        assert (x["sales_count"], x["handed_over_count"]) == (2, 1)
        assert (await till.close_shift(shift["id"]))["z_number"] == 1
