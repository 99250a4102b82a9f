"""What tablets ring up, and facts that no hub can use."""

from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from random import Random
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from edge_agent.sales.rules import Receipt, TicketDocument, receipt_text
from protocol.codec.facts import encode_fact
from protocol.messages.ticket import SaleFinalised
from protocol.messages.till import CashMoved
from protocol.vocabulary.ids import uuid7
from tests.fakes.shop_facts import ShopFacts
from tests.simulation.virtual_time import EPOCH

Poison = Literal["unknown-type", "bad-body", "no-json", "unprojectable"]
UNPROJECTABLE = "no handler takes this"
_NOWHERE = UUID(int=7 << 76 | 2 << 62)


class Sale(Struct, frozen=True, kw_only=True):
    """A tablet's request: it is repeated under its id until it is answered."""

    id: UUID
    at_ms: int
    box: int
    register_id: UUID


def new_id(rng: Random) -> UUID:
    """A repeatable UUIDv7."""
    return uuid7(rng.getrandbits(40), rng.getrandbits(74))


@lru_cache(maxsize=1)
def _ticket() -> SaleFinalised:
    shop = ShopFacts(seed=1, store_id=_NOWHERE)
    ticket = shop.ticket(EPOCH.date(), lines=1)
    assert isinstance(ticket, SaleFinalised)
    return ticket


def sale_fact(
    sale: Sale, *, at: datetime, store_id: UUID, series_epoch: int, number: int
) -> tuple[bytes, SaleFinalised]:
    """The fact's bytes with this receipt number, and its body."""
    body = msgspec.structs.replace(_ticket(), series_epoch=series_epoch, receipt_number=number)
    raw = encode_fact(
        id=sale.id,
        at=at,
        store_id=store_id,
        body=body,
        register_id=sale.register_id,
        staff_id=_NOWHERE,
        business_date=EPOCH.date(),
    )
    return raw, body


def ticket_document(
    sale: Sale, body: SaleFinalised, *, seq: int, digest: bytes, at: datetime
) -> TicketDocument:
    """What is booked and answered."""
    return TicketDocument(
        id=sale.id,
        kind="sale",
        mode="live",
        receipt=Receipt(
            number=body.receipt_number,
            series_epoch=body.series_epoch,
            register_id=sale.register_id,
            text=receipt_text(
                register_code="1", series_epoch=body.series_epoch, number=body.receipt_number
            ),
        ),
        seq=seq,
        hash=digest.hex(),
        shift_id=None,
        staff_id=_NOWHERE,
        business_date=EPOCH.date(),
        rung_at=at,
        finalised_at=at,
        currency=body.currency,
        prices_include_tax=True,
        lines=[],
        tax_lines=[],
        totals=body.totals,
        tenders=[],
        flags=[],
    )


def request_hash(sale: Sale) -> bytes:
    """What tells a repetition from a reused id."""
    return sha256(sale.id.bytes).digest()


def poison_fact(kind: Poison, *, fact_id: UUID, store_id: UUID, at: datetime) -> bytes:
    """Bytes that chain well and mean nothing to the hub."""
    if kind == "unprojectable":
        body = CashMoved(kind="paid_out", currency="DZD", amount_minor=1, reason=UNPROJECTABLE)
        return encode_fact(id=fact_id, at=at, store_id=store_id, body=body)
    when = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    name = "sale.finalised" if kind == "bad-body" else "gift.wrapped"
    raw = (
        f'{{"id":"{fact_id}","type":"{name}","sv":1,"at":"{when}",'
        f'"store_id":"{store_id}","body":{{}}}}'
    ).encode()
    return raw[:-1] if kind == "no-json" else raw
