"""Shops' invoices are kept as issued and proved; the hub's own are numbered without a gap."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import date
from uuid import UUID
from zlib import crc32

import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.sales.invoice_service import HubInvoice, HubInvoices
from hub.tenancy.fiscal_service import FiscalTerms
from protocol.checkout.tax import RegimePoint
from protocol.codec.facts import decode_fact
from protocol.errors import NotFound, Refused
from protocol.messages.collections import LegalEntity
from protocol.messages.invoice import InvoiceIssued, LegalIds, Party
from protocol.messages.ticket import ReturnFinalised, SaleFinalised
from tests.fakes.shop_facts import ShiftFacts, ShopFacts
from tests.integration.hub.conftest import HubDatabase
from tests.integration.hub.inbox_world import Device, InboxWorld, inbox_world

pytestmark = pytest.mark.slow
ON = date(2026, 11, 20)
BUYER = Party(name="SARL Djurdjura", address=("12 rue Didouche",), ids=LegalIds(nif="0999"))


@pytest.fixture
async def world(
    hub_database: HubDatabase, request: pytest.FixtureRequest
) -> AsyncIterator[InboxWorld]:
    seed = crc32(request.node.nodeid.encode())
    async with inbox_world(hub_database.server, hub_database.name, seed=seed) as opened:
        yield opened


def paper(shop: ShopFacts, ticket: bytes, *, number: int, **changes: object) -> bytes:
    """The invoice of a ticket, as the shop's agent issues it."""
    fact = decode_fact(ticket)
    assert isinstance(fact.body, SaleFinalised | ReturnFinalised)
    issued = decode_fact(shop.invoice(fact.envelope.id, on=ON, number=number)).body
    assert isinstance(issued, InvoiceIssued)
    own = {
        "kind": "credit_note" if isinstance(fact.body, ReturnFinalised) else "invoice",
        "currency": fact.body.currency,
        "payable_minor": fact.body.totals.payable_minor,
        **changes,
    }
    return shop.fact(msgspec.structs.replace(issued, **own), business_date=ON)


async def odds(world: InboxWorld, device: Device) -> list[tuple[str, str]]:
    rows = await world.rows(
        "select code, subject from discrepancy where organization_id = $1 order by 1, 2",
        device.ref.organization_id,
    )
    return [(row["code"], row["subject"]) for row in rows]


async def test_invoices_stand_on_their_tickets(world: InboxWorld) -> None:
    device = await world.new_device()
    shop = ShopFacts(seed=4, store_id=device.ref.store_id)
    shift = ShiftFacts(shop, ON)
    sold = [shift.sale() for _ in range(3)]
    back = shift.refund()
    papers = [paper(shop, each, number=n) for n, each in enumerate(sold, start=1)]
    await world.send(device, [shift.opened(), *sold, back, *papers, paper(shop, back, number=1)])
    await world.project_all()
    assert await odds(world, device) == []
    rows = await world.rows(
        "select i.source, i.kind, i.number, s.id is not null as there, seller ->> 'name' as seller"
        " from invoice i left join sale s on s.id = i.ticket_id and s.payable_minor ="
        " i.payable_minor where i.organization_id = $1 order by i.kind, i.number",
        device.ref.organization_id,
    )
    assert [tuple(row.values()) for row in rows] == [
        ("shop", "credit_note", 1, True, "EURL El Baraka"),
        *(("shop", "invoice", number, True, "EURL El Baraka") for number in (1, 2, 3)),
    ]
    (event,) = await world.rows(
        "select payload::text as payload from event where organization_id = $1"
        " and type = 'invoice.issued' and payload ->> 'number' = '3'",
        device.ref.organization_id,
    )
    assert "buyer" not in event["payload"]


async def test_an_odd_invoice_is_kept_and_named(world: InboxWorld) -> None:
    device = await world.new_device()
    shop = ShopFacts(seed=5, store_id=device.ref.store_id)
    shift = ShiftFacts(shop, ON)
    one, two, three = shift.sale(), shift.sale(), shift.sale()
    await world.send(device, [shift.opened(), one, two, three, paper(shop, one, number=1)])
    await world.project_all()
    lost = shop.invoice(shop.new_id(), on=ON, number=4)
    odd = [
        paper(shop, two, number=3),
        paper(shop, three, number=3, payable_minor=1),
        paper(shop, one, number=4),
        lost,
    ]
    await world.send(device, odd)
    await world.project_all()
    assert await odds(world, device) == [
        ("invoice-differs-from-ticket", "payable_minor"),
        ("invoice-number-gap", "number"),
        ("invoice-number-twice", "number"),
        ("invoice-number-twice", "number"),
        ("invoice-without-ticket", "ticket_id"),
        ("ticket-invoiced-twice", "ticket_id"),
    ]
    rows = await world.rows(
        "select 1 from invoice where organization_id = $1", device.ref.organization_id
    )
    assert len(rows) == 5


async def sold_in(
    world: InboxWorld, count: int, *, entity: bool = True
) -> tuple[Device, list[UUID]]:
    """A store of a legal entity, and the ids of tickets that it sold."""
    device = await world.new_device()
    organization_id, store_id = device.ref.organization_id, device.ref.store_id
    if entity:
        async with world.app.tenant(organization_id) as session:
            await FiscalTerms(world.clock).put_legal_entity(
                session,
                LegalEntity(
                    legal_entity_id=store_id,
                    party=Party(name="EURL El Baraka", ids=LegalIds(nif="0001")),
                    regimes=[RegimePoint(valid_from=date(2020, 1, 1), kind="reel", verify=True)],
                ),
                code="EURL",
            )
            await session.execute(
                "update store set legal_entity_id = store_id where organization_id"
                " = :organization_id"
            )
    facts = list(ShopFacts(seed=6, store_id=store_id).sales(count, lines=1))
    await world.send(device, facts)
    await world.project_all()
    return device, [decode_fact(raw).envelope.id for raw in facts]


def hub_invoices(world: InboxWorld) -> HubInvoices:
    return HubInvoices(
        clock=world.clock,
        ids=world.ids,
        fiscal=FiscalTerms(world.clock),
        random_bytes=os.urandom,
    )


async def test_the_hubs_own_numbers_have_no_gap_whoever_fails(world: InboxWorld) -> None:
    device, tickets = await sold_in(world, 12)
    office = hub_invoices(world)

    async def issue(ticket_id: UUID, *, fails: bool) -> HubInvoice | None:
        try:
            async with world.app.tenant(device.ref.organization_id) as session:
                issued = await office.issue_invoice(session, ticket_id, BUYER)
                if fails:
                    raise RuntimeError("the power went")
        except RuntimeError:
            return None
        return issued

    issued = await asyncio.gather(
        *(issue(ticket_id, fails=number % 3 == 2) for number, ticket_id in enumerate(tickets))
    )
    numbers = sorted(each.number for each in issued if each is not None)
    assert numbers == list(range(1, 9))
    rows = await world.rows(
        "select number from invoice where organization_id = $1 and source = 'hub' order by 1",
        device.ref.organization_id,
    )
    assert [row["number"] for row in rows] == numbers


async def test_a_buyer_is_sealed_under_a_key_that_can_be_erased(world: InboxWorld) -> None:
    device, (ticket_id, *_) = await sold_in(world, 1)
    async with world.app.tenant(device.ref.organization_id) as session:
        issued = await hub_invoices(world).issue_invoice(session, ticket_id, BUYER)
    year = world.clock.now().year
    assert issued.number_text == f"FH-{year}-000001"
    (row,) = await world.rows(
        "select i.buyer, k.key, i.seller ->> 'name' as seller from invoice i join person_key k"
        " on k.person_id = i.buyer_id where i.id = $1",
        issued.invoice_id,
    )
    opened = AESGCM(row["key"]).decrypt(row["buyer"][:12], row["buyer"][12:], None)
    assert msgspec.json.decode(opened, type=Party) == BUYER
    assert row["seller"] == "EURL El Baraka"
    assert b"Djurdjura" not in row["buyer"]


async def test_a_ticket_is_invoiced_once(world: InboxWorld) -> None:
    device, (ticket_id, *_) = await sold_in(world, 1)
    office = hub_invoices(world)

    async def issue() -> str:
        try:
            async with world.app.tenant(device.ref.organization_id) as session:
                await office.issue_invoice(session, ticket_id, BUYER)
        except Refused as error:
            return error.code
        return "issued"

    assert sorted(await asyncio.gather(issue(), issue(), issue())) == [
        "already-invoiced",
        "already-invoiced",
        "issued",
    ]


async def test_without_a_ticket_or_a_seller_there_is_no_invoice(world: InboxWorld) -> None:
    device, (ticket_id, *_) = await sold_in(world, 1, entity=False)
    async with world.app.tenant(device.ref.organization_id) as session:
        with pytest.raises(Refused, match="no-legal-entity"):
            await hub_invoices(world).issue_invoice(session, ticket_id, BUYER)
        with pytest.raises(NotFound, match="unknown-sale"):
            await hub_invoices(world).issue_invoice(session, world.new_id(), BUYER)
