"""The simulation's fact handler: what the hub's books are made of, and an oracle of its own."""

from collections.abc import Sequence
from hashlib import sha256

import msgspec

from hub.events.models import NewEvent, ReceivedFact
from hub.kit.db import TenantSession
from protocol.messages.till import CashMoved
from tests.simulation.goods import UNPROJECTABLE
from tests.simulation.postgres.database import MemorySession

_encoder = msgspec.json.Encoder()


class Books:
    """Implements `FactHandler`. `wrong` collects what no handler may ever see (B, C)."""

    def __init__(self) -> None:
        self.wrong: list[str] = []

    @property
    def fact_types(self) -> frozenset[str]:
        """All that the simulated shops write."""
        return frozenset({"sale.finalised", "cash.moved"})

    async def project(
        self, session: TenantSession, facts: Sequence[ReceivedFact]
    ) -> Sequence[NewEvent]:
        """A row per sale. Raises ValueError for what cannot be projected."""
        assert isinstance(session, MemorySession)
        transaction, tenant = session.transaction, (session.organization_id,)
        for fact in facts:
            if isinstance(fact.body, CashMoved) and fact.body.reason == UNPROJECTABLE:
                raise ValueError(UNPROJECTABLE)
            await transaction.lock("sale", tenant, (fact.id,))
            before = transaction.read("sale", tenant, (fact.id,))
            if before is not None:
                self.wrong.append(f"B: sale {fact.id} is projected a second time")
            last = transaction.read("projected", tenant, (fact.device_id,))
            place = fact.epoch, fact.seq
            if last is not None and last["place"] >= place:
                self.wrong.append(f"C: {place} is projected after {last['place']}")
            transaction.write("projected", tenant, (fact.device_id,), {"place": place})
            row = {"device_id": fact.device_id, "body": body_hash(fact.envelope.body)}
            transaction.write("sale", tenant, (fact.id,), row)
        return [
            NewEvent(
                id=fact.id,
                type=fact.envelope.type,
                store_id=fact.envelope.store_id,
                occurred_at=fact.envelope.at,
                payload={},
            )
            for fact in facts
        ]


def body_hash(body: msgspec.Raw) -> bytes:
    """To compare what was booked with what was rung up."""
    return sha256(bytes(body)).digest()
