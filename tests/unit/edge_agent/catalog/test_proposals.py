"""A proposal says the day it was made, which is where the hub books what it notes of it."""

from datetime import date, timedelta
from pathlib import Path

from protocol.codec.facts import decode_envelope
from tests.unit.edge_agent.embedded_till import open_till


async def test_a_proposal_says_its_business_date_and_keeps_it(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        till.clock.advance(timedelta(hours=16, minutes=59))  # 02:59 in Algiers, before 03:00
        await till.sign_in()
        proposal = {"id": till.ids.next(), "name": "Kesra", "unit": "piece"}
        first = await till.post("/v1/products", proposal)
        till.clock.advance(timedelta(days=1))
        await till.sign_in()
        again = await till.post("/v1/products", proposal)
        assert (first.status_code, again.status_code) == (201, 200)
        rows = await till.agent.writer.submit(
            lambda connection: connection.execute("SELECT bytes FROM journal").fetchall()
        )
        [proposed] = [decode_envelope(bytes(raw)) for (raw,) in rows]
        assert proposed.business_date == date(2026, 3, 2)
