"""Proposing customers. Only the sealed card enters the journal; the key lies in an erasable row."""

import sqlite3
from collections.abc import Callable, Sequence
from uuid import UUID

import msgspec

from edge_agent.customers import store
from edge_agent.customers.rules import KEY_BYTES, NONCE_BYTES, seal, unseal
from edge_agent.journal.models import NewFact
from edge_agent.journal.service import Journal
from edge_agent.kit.clock import Clock
from edge_agent.shop.service import ShopService
from edge_agent.storage.writer import Writer
from protocol.codec.facts import decode_envelope, decode_fact, encode_fact
from protocol.errors import Refused, RemoteProtocolError
from protocol.messages.facts import TYPE_OF_BODY
from protocol.messages.invoice import InvoiceIssued, Party
from protocol.messages.proposal import CustomerProposed, PersonCard


class CustomerParts(msgspec.Struct, frozen=True, kw_only=True):
    """What the customers are built on. `random_bytes` must be unpredictable."""

    writer: Writer
    journal: Journal
    shop: ShopService
    clock: Clock
    random_bytes: Callable[[int], bytes]


class CustomerService:
    """The shop's own customers."""

    def __init__(self, parts: CustomerParts) -> None:
        self._parts = parts

    async def propose(self, customer_id: UUID, card: PersonCard, *, staff_id: UUID) -> bool:
        """Whether this call proposed the customer; False when the same was proposed before.

        Raises Refused `customer-id-reused`.
        """
        key = self._parts.random_bytes(KEY_BYTES)
        sealed = seal(card, key=key, nonce=self._parts.random_bytes(NONCE_BYTES))
        raw = encode_fact(
            id=customer_id,
            at=self._parts.clock.now(),
            store_id=self._parts.shop.store_id,
            body=CustomerProposed(customer_id=customer_id, sealed=sealed),
            staff_id=staff_id,
        )

        def work(connection: sqlite3.Connection) -> bool:
            known = store.customer(connection, customer_id)
            if known is not None:
                if known.key is None or unseal(known.sealed, PersonCard, key=known.key) != card:
                    raise Refused(
                        "customer-id-reused", "This id is another customer's: make a new one."
                    )
                return False
            self._parts.journal.append(connection, NewFact(raw=raw))
            store.insert_customer(connection, customer_id, sealed=sealed, key=key)
            return True

        return await self._parts.writer.submit_spare(work)

    def seal_buyer(
        self, connection: sqlite3.Connection, buyer: Party, *, customer_id: UUID | None, other: UUID
    ) -> tuple[UUID, bytes]:
        """Whose key seals the buyer of an invoice, and the sealed buyer; inside the writer's
        transaction. The customer's, where this shop holds it, so that erasing the customer erases
        the buyer; else a new one under the id `other`."""
        person_id = other if customer_id is None else customer_id
        key = store.person_key(connection, person_id)
        if key is None:
            person_id, key = other, self._parts.random_bytes(KEY_BYTES)
            store.insert_person_key(connection, person_id, key)
        return person_id, seal(buyer, key=key, nonce=self._parts.random_bytes(NONCE_BYTES))

    @staticmethod
    def unseal_buyer(
        connection: sqlite3.Connection, person_id: UUID, sealed: bytes
    ) -> Party | None:
        """The buyer of an invoice; None once the person has been erased."""
        key = store.person_key(connection, person_id)
        return None if key is None else unseal(sealed, Party, key=key)

    @staticmethod
    def keys_in(
        connection: sqlite3.Connection, raws: Sequence[bytes]
    ) -> dict[int, dict[str, bytes]]:
        """Of the facts among `raws` that seal a person: their index → person id → key.

        The keys travel beside the facts (`Batch.keys`); an erased person has none.
        """
        found: dict[int, dict[str, bytes]] = {}
        for index, raw in enumerate(raws):
            person_id = _sealed_person(raw)
            key = None if person_id is None else store.person_key(connection, person_id)
            if key is not None:
                found[index] = {str(person_id): key}
        return found


def _sealed_person(raw: bytes) -> UUID | None:
    """Who is sealed in a fact; nobody in one that a later release wrote."""
    envelope = decode_envelope(raw)
    if envelope.type == TYPE_OF_BODY[CustomerProposed]:
        return envelope.id
    if envelope.type != TYPE_OF_BODY[InvoiceIssued]:
        return None
    try:
        body = decode_fact(raw).body
    except RemoteProtocolError:
        return None
    assert isinstance(body, InvoiceIssued)
    return body.buyer_id
