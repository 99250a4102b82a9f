"""Invoices and credit notes: one per ticket, gapless, and the buyer readable by key alone."""

import asyncio
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from edge_agent.customers.service import CustomerService
from protocol.codec.facts import decode_fact
from protocol.messages.invoice import InvoiceIssued
from tests.unit.edge_agent.checkout.test_quotes import ENTITY, publish
from tests.unit.edge_agent.embedded_till import Json, Till, open_till

BUYER: Json = {
    "name": "SARL Les Frères",
    "address": ["12, rue Didouche Mourad", "16000 Alger"],
    "ids": {"nif": "000016001234567", "rc": "16/00-1234567B21"},
}
CARD: Json = {
    "tenders": [{"kind": "card", "amount_minor": 12_000}],
    "totals": {"payable_minor": 12_000},
}


async def sell(till: Till, shift: Json, **more: Any) -> Json:
    answer = await till.sell(shift["id"], **CARD, **more)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def bring_back(till: Till, shift: Json, sale: Json) -> Json:
    line = sale["lines"][0]
    answer = await till.post(
        "/v1/returns",
        {
            "id": till.ids.next(),
            "mode": "live",
            "shift_id": shift["id"],
            "currency": "DZD",
            "rung_at": till.clock.now().isoformat(),
            "reason": "sour",
            "original_sale_id": sale["id"],
            "lines": [{"line_no": 1, "product_id": line["product_id"], "quantity": "1"}],
            **CARD,
        },
    )
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def invoice(till: Till, ticket: Json, **more: Any) -> Json:
    return {"id": till.ids.next(), "ticket_id": ticket["id"], "buyer": BUYER, **more}


async def issue(till: Till, body: Json) -> Json:
    answer = await till.post("/v1/invoices", body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def issued_facts(till: Till) -> list[InvoiceIssued]:
    rows = await till.agent.writer.submit(
        lambda connection: connection.execute("SELECT bytes FROM journal ORDER BY seq").fetchall()
    )
    bodies = [decode_fact(bytes(raw)).body for (raw,) in rows]
    return [body for body in bodies if isinstance(body, InvoiceIssued)]


async def keys(till: Till) -> list[str]:
    """Whose keys go beside the facts to the hub."""

    def work(connection: sqlite3.Connection) -> list[str]:
        rows = connection.execute("SELECT bytes FROM journal ORDER BY seq").fetchall()
        found = CustomerService.keys_in(connection, [bytes(raw) for (raw,) in rows])
        return [person for _, keys in sorted(found.items()) for person in keys]

    return await till.agent.writer.submit(work)


async def test_an_invoice_for_a_ticket_and_a_credit_note_for_its_return(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        await publish(till)
        shift = await till.open_shift()
        sale = await sell(till, shift)
        first = await issue(till, invoice(till, sale))
        assert (first["kind"], first["text"]) == ("invoice", "F2026-R1-1-000001")
        assert (first["payable_minor"], first["legal_entity_id"]) == (12_000, str(ENTITY))
        assert first["buyer"]["name"] == BUYER["name"]
        assert first["seller"]["name"] == "SARL El Bahdja"
        assert (await till.get(f"/v1/invoices/{first['id']}")).json() == first
        back = await bring_back(till, shift, sale)
        note = await issue(till, invoice(till, back, buyer=None))
        assert (note["kind"], note["text"]) == ("credit_note", "A2026-R1-1-000001")
        assert (note["corrects"], note["buyer"]) == (first["id"], first["buyer"])
        sealed = await issued_facts(till)
        assert [body.number for body in sealed] == [1, 1]
        assert all(b"Les Fr" not in body.buyer for body in sealed)


async def test_a_repeated_request_is_answered_the_same_and_numbers_have_no_gap(
    tmp_path: Path,
) -> None:
    async with open_till(tmp_path) as till:
        await publish(till)
        shift = await till.open_shift()
        sales = [await sell(till, shift) for _ in range(3)]
        bodies = [invoice(till, sale) for sale in sales]
        answers = await asyncio.gather(*(till.post("/v1/invoices", body) for body in bodies * 2))
        assert sorted(answer.status_code for answer in answers) == [200] * 3 + [201] * 3
        assert answers[0].json() == answers[3].json()
        assert sorted(body.number for body in await issued_facts(till)) == [1, 2, 3]
        till.clock.advance(timedelta(days=330))
        await till.sign_in()
        await till.close_shift(shift["id"])
        later = await sell(till, await till.open_shift())
        assert (await issue(till, invoice(till, later)))["text"] == "F2027-R1-1-000001"


async def test_what_cannot_be_invoiced_says_why_and_takes_no_number(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        shift = await till.open_shift()
        sale = await sell(till, shift)
        refused = await till.post("/v1/invoices", invoice(till, sale))
        assert (refused.status_code, refused.json()["code"]) == (409, "no-legal-entity")
        await publish(till)
        strange = invoice(till, {"id": till.ids.next()})
        nameless = invoice(till, sale, buyer={**BUYER, "name": ""})
        for body, status, code in (
            (strange, 404, "unknown-ticket"),
            (nameless, 422, "malformed"),
            (invoice(till, sale, buyer=None), 422, "buyer-missing"),
        ):
            answer = await till.post("/v1/invoices", body)
            assert (answer.status_code, answer.json()["code"]) == (status, code)
        first = invoice(till, sale)
        assert (await issue(till, first))["number"] == 1
        other = {**first, "buyer": {**BUYER, "name": "Un autre"}}
        for body, code in (
            (invoice(till, sale), "already-invoiced"),
            (other, "invoice-id-reused"),
        ):
            answer = await till.post("/v1/invoices", body)
            assert (answer.status_code, answer.json()["code"]) == (409, code)
        assert (await till.get(f"/v1/invoices/{sale['id']}")).status_code == 404
        assert len(await issued_facts(till)) == 1


@pytest.mark.parametrize("mode", ["live", "handed_over"])
async def test_an_invoice_in_the_commit_of_its_sale(tmp_path: Path, mode: str) -> None:
    async with open_till(tmp_path) as till:
        await publish(till)
        shift = await till.open_shift()
        asked = {"id": till.ids.next(), "buyer": BUYER}
        body = {"id": till.ids.next(), "paper": "invoice", "invoice": asked, "mode": mode}
        sale = await sell(till, shift, **body)
        assert sale["flags"] == []
        assert sale["invoice"] == {"id": asked["id"], "text": "F2026-R1-1-000001"}
        again = await till.sell(shift["id"], **CARD, **body)
        assert (again.status_code, again.json()) == (200, sale)
        known = (await till.get(f"/v1/invoices/{asked['id']}")).json()
        assert (known["ticket_id"], known["buyer"]["address"]) == (sale["id"], BUYER["address"])
        assert len(await issued_facts(till)) == 1


async def test_a_handed_over_sale_does_not_wait_for_an_invoice_that_cannot_be(
    tmp_path: Path,
) -> None:
    async with open_till(tmp_path) as till:
        shift = await till.open_shift()
        asked: Json = {"id": till.ids.next(), "buyer": BUYER}
        more: Json = {"paper": "invoice", "invoice": asked}
        refused = await till.sell(shift["id"], **CARD, **more)
        assert (refused.status_code, refused.json()["code"]) == (409, "no-legal-entity")
        sale = await sell(till, shift, mode="handed_over", **more)
        assert (sale["flags"], "invoice" in sale) == (["no-legal-entity"], False)
        await publish(till)
        for odd in ({"id": "x", "buyer": BUYER}, {**asked, "buyer": {"name": " "}}, "invoice"):
            told = await sell(till, shift, mode="handed_over", paper="invoice", invoice=odd)
            assert "invoice" not in told
        used = {"id": sale["id"], "buyer": BUYER}
        told = await sell(till, shift, mode="handed_over", paper="invoice", invoice=used)
        assert told["flags"] == ["invoice-id-reused"]
        wrong = await till.sell(shift["id"], **CARD, invoice=asked)
        assert wrong.status_code == 422


async def test_the_buyers_key_travels_beside_the_fact_until_the_person_is_erased(
    tmp_path: Path,
) -> None:
    async with open_till(tmp_path) as till:
        await publish(till)
        shift = await till.open_shift()
        customer = till.ids.next()
        await till.post("/v1/customers", {"id": customer, "name": "Nadia"})
        known = await issue(till, invoice(till, await sell(till, shift, customer_id=customer)))
        stranger = await issue(till, invoice(till, await sell(till, shift)))
        owners = [str(body.buyer_id) for body in await issued_facts(till)]
        assert owners == [customer, stranger["id"]]
        assert await keys(till) == [customer, customer, stranger["id"]]
        await till.agent.writer.submit(
            lambda connection: connection.execute(
                "DELETE FROM person_key WHERE person_id = ?", (customer,)
            )
        )
        assert await keys(till) == [stranger["id"]]
        assert (await till.get(f"/v1/invoices/{known['id']}")).json()["buyer"] is None
        assert (await till.get(f"/v1/invoices/{stranger['id']}")).json()["buyer"] is not None
