import sqlite3
from pathlib import Path
from uuid import UUID

from edge_agent.customers.rules import unseal
from edge_agent.customers.service import CustomerParts, CustomerService
from edge_agent.journal.service import Journal
from edge_agent.shop.service import ShopParts, ShopService
from edge_agent.storage.readers import Readers
from edge_agent.storage.writer import Writer
from protocol.codec.facts import decode_fact
from protocol.messages.proposal import CustomerProposed, PersonCard
from tests.unit.edge_agent.clock import ManualClock

DEVICE, STORE, STAFF, NADIA = UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4)
CARD = PersonCard(name="Nadia", phone="0555")


async def test_the_key_travels_beside_the_fact_until_the_person_is_erased(tmp_path: Path) -> None:
    clock = ManualClock()
    writer, readers = Writer(tmp_path / "shop.db"), Readers(tmp_path / "shop.db")
    journal = Journal(readers, clock)
    parts = ShopParts(
        writer=writer,
        readers=readers,
        clock=clock,
        random_bytes=bytes,
        device_id=DEVICE,
        store_id=STORE,
    )
    customers = CustomerService(
        CustomerParts(
            writer=writer,
            journal=journal,
            shop=ShopService(parts),
            clock=clock,
            random_bytes=lambda count: bytes(range(count)),
        )
    )
    await writer.start()
    await readers.open()
    try:
        await writer.submit(lambda c: journal.install(c, device_id=DEVICE, epoch=1))
        assert await customers.propose(NADIA, CARD, staff_id=STAFF) is True
        assert await customers.propose(NADIA, CARD, staff_id=STAFF) is False
        (fact,) = await journal.facts_from(1, max_count=9, max_bytes=9999)
        body = decode_fact(fact.raw).body
        assert isinstance(body, CustomerProposed)
        raws = [fact.raw]
        keys = await writer.submit(lambda c: customers.keys_in(c, raws))
        assert unseal(body.sealed, PersonCard, key=keys[0][str(NADIA)]) == CARD

        def erase(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM person_key WHERE person_id = ?", (str(NADIA),))

        await writer.submit(erase)
        assert await writer.submit(lambda c: customers.keys_in(c, raws)) == {}
    finally:
        await readers.close()
        await writer.stop()
