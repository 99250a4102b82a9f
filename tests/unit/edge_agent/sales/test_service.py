import sqlite3
from pathlib import Path

from edge_agent.journal.models import DeviceState
from edge_agent.sales.service import MAX_QUARANTINED
from tests.unit.edge_agent.embedded_till import Till, open_till


async def adopt_next_epoch(till: Till) -> None:
    journal = till.agent.journal

    def work(connection: sqlite3.Connection) -> DeviceState:
        state = journal.state(connection)
        return journal.adopt_epoch(
            connection, epoch=state.epoch + 1, base_seq=state.head_seq, base_hash=state.head_hash
        )

    await till.agent.writer.submit(work)


async def test_a_new_epoch_begins_a_new_series_in_the_middle_of_a_shift(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        shift = await till.open_shift()
        before = [(await till.sell(shift["id"])).json()["receipt"]["text"] for _ in range(2)]
        await adopt_next_epoch(till)
        after = [(await till.sell(shift["id"])).json()["receipt"]["text"] for _ in range(3)]
        assert before == ["R1-1-000001", "R1-1-000002"]
        assert after == ["R1-2-000001", "R1-2-000002", "R1-2-000003"]
        z = await till.close_shift(shift["id"])
        assert z["sales_count"] == 5
        assert (z["series_epoch"], z["first_receipt"], z["last_receipt"]) == (2, 1, 3)


async def test_a_refused_sale_takes_no_number(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        shift = await till.open_shift()
        for number in (1, 2, 3):
            assert (await till.sell(shift["id"], currency="EUR")).status_code == 422
            assert (await till.sell(shift["id"])).json()["receipt"]["number"] == number


async def test_a_full_quarantine_asks_to_try_again_and_forgets_nothing(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        shift = await till.open_shift()
        sold = (await till.sell(shift["id"])).json()

        def fill(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "INSERT INTO quarantined_ticket (ticket_id, reason, register_id, staff_id,"
                " received_at_ms, content_hash, body) VALUES (?, '', '', '', 0, x'00', x'00')",
                [(str(number),) for number in range(MAX_QUARANTINED)],
            )

        await till.agent.writer.submit(fill)
        reused = {"id": sold["id"], "mode": "handed_over", "tenders": []}
        answer = await till.sell(shift["id"], **reused)
        assert (answer.status_code, answer.json()["code"]) == (503, "quarantine-full")
        sync = (await till.get("/v1/sync")).json()
        assert sync["quarantined_count"] == MAX_QUARANTINED
