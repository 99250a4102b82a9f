"""Old facts, their stock deltas and their tickets go; what is needed stays."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.edge_agent.checkout.test_invoices import invoice, issue
from tests.unit.edge_agent.checkout.test_invoices import sell as ring
from tests.unit.edge_agent.checkout.test_quotes import publish
from tests.unit.edge_agent.embedded_till import Till, open_till


@pytest.fixture
async def till(tmp_path: Path) -> AsyncIterator[Till]:
    async with open_till(tmp_path / "data") as till:
        yield till


async def count(till: Till, table: str) -> int:
    async with till.agent.readers.connection() as reader:
        ((found,),) = await reader.execute_fetchall(f"SELECT COUNT(*) FROM {table}")
    return int(found)


async def tidy(till: Till) -> None:
    """What the agent does by itself, until nothing is left to do."""
    agent = till.agent
    while await agent.writer.submit(agent.journal.prune):
        pass
    for some in agent.tidy:
        while await agent.writer.submit(some):
            pass


async def sell(till: Till, tickets: int) -> None:
    shift = await till.open_shift()
    for _ in range(tickets):
        assert (await till.sell(shift["id"])).status_code == 201
    await till.close_shift(shift["id"])


async def ack_all(till: Till) -> None:
    agent = till.agent
    agent.journal.heard_hub(till.clock.now())
    head = (await agent.journal.read_state()).head_seq
    await agent.writer.submit(lambda conn: agent.journal.mark_acked(conn, head))


async def test_deltas_go_with_their_facts_and_tickets_with_their_year(till: Till) -> None:
    await sell(till, 3)
    await ack_all(till)
    on_hand = await count(till, "stock_on_hand")
    till.clock.advance(timedelta(days=13))
    await ack_all(till)
    await tidy(till)
    assert await count(till, "stock_delta") == 3
    till.clock.advance(timedelta(days=2))
    await ack_all(till)
    await tidy(till)
    assert await count(till, "journal") == 1, "the next hash follows from the acked fact"
    assert await count(till, "stock_delta") == 0
    assert await count(till, "stock_on_hand") == on_hand
    assert await count(till, "ticket") == 3
    till.clock.advance(timedelta(days=400))
    await tidy(till)
    assert await count(till, "ticket") == 1, "the next number follows from the newest of a series"
    assert await count(till, "ticket_tender") == await count(till, "ticket_tax") == 1
    await till.sign_in()
    shift = await till.open_shift()
    sold = (await till.sell(shift["id"])).json()
    assert sold["receipt"]["number"] == 4


async def test_what_the_hub_lacks_stays_however_old(till: Till) -> None:
    await sell(till, 3)
    facts = await count(till, "journal")
    till.clock.advance(timedelta(days=900))
    await tidy(till)
    assert await count(till, "journal") == facts
    assert await count(till, "stock_delta") == await count(till, "ticket") == 3


async def test_what_may_be_printed_or_told_again_stays(till: Till) -> None:
    """An invoiced ticket for its paper, late ones for the Z that is to tell of them."""
    await publish(till)
    shift = await till.open_shift()
    sales = [await ring(till, shift) for _ in range(3)]
    await issue(till, invoice(till, sales[0]))
    for sale in sales[:2]:
        assert (await till.get(f"/v1/tickets/{sale['id']}/paper?format=escpos")).status_code == 200
    await till.close_shift(shift["id"])
    late = [await ring(till, shift, mode="handed_over") for _ in range(2)]
    for days in (0, 15, 400):
        till.clock.advance(timedelta(days=days))
        await ack_all(till)
        await tidy(till)
    await till.sign_in()
    assert await count(till, "ticket") == 3
    assert await count(till, "paper_copy") == 1
    for sale, status in ((sales[0], 200), (sales[1], 404), (late[0], 200), (late[1], 200)):
        assert (await till.get(f"/v1/sales/{sale['id']}")).status_code == status
