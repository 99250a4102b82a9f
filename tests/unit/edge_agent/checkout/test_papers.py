"""Papers over HTTP: of every kind and form, the first the original and the others duplicates."""

import asyncio
from pathlib import Path
from uuid import UUID

import pytest

from edge_agent.printing import store
from edge_agent.printing.models import PaperAsked
from edge_agent.printing.service import PrintService
from protocol.documents.layout import Paper, Text
from protocol.errors import Malformed
from tests.unit.edge_agent.checkout.test_invoices import bring_back, invoice, issue, sell
from tests.unit.edge_agent.checkout.test_quotes import publish
from tests.unit.edge_agent.embedded_till import Till, open_till

SALE = UUID(int=1)
SIGNATURES = {"png": b"\x89PNG", "escpos": b"\x1b@", "pdf": b"%PDF-"}


async def paper(till: Till, path: str, **query: str) -> tuple[str, bytes, str]:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    answer = await till.get(f"{path}/paper?{asked}")
    assert answer.status_code == 200, answer.text
    return answer.headers["content-type"], answer.content, answer.headers["X-Paper-Copy"]


async def test_every_paper_in_every_form(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        await publish(till)
        shift = await till.open_shift()
        sale = await sell(till, shift)
        back = await bring_back(till, shift, sale)
        issued = await issue(till, invoice(till, sale))
        note = await issue(till, invoice(till, back, buyer=None))
        paths = [
            f"/v1/tickets/{sale['id']}",
            f"/v1/tickets/{back['id']}",
            f"/v1/invoices/{issued['id']}",
            f"/v1/invoices/{note['id']}",
            "/v1/shifts/current/x",
        ]
        for path in paths:
            for form, start in SIGNATURES.items():
                for width, languages in (("58", "fr,ar"), ("80", "ar"), ("80", "")):
                    _, content, _ = await paper(
                        till, path, format=form, width=width, languages=languages
                    )
                    assert content.startswith(start), (path, form)
        await till.close_shift(shift["id"])
        kind, content, copy = await paper(till, "/v1/z-reports/1")
        assert (kind, content[:4], copy) == ("image/png", b"\x89PNG", "0")
        assert (await paper(till, "/v1/z-reports/1"))[2] == "1"


async def test_the_first_is_the_original_and_every_other_one_a_duplicate(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        shift = await till.open_shift()
        sale = await sell(till, shift)
        path = f"/v1/tickets/{sale['id']}"
        first = await paper(till, path, format="escpos", languages="fr")
        second = await paper(till, path, format="escpos", languages="fr")
        assert (first[2], second[2]) == ("0", "1")
        assert b"DUPLICATA" not in first[1]
        assert b"DUPLICATA" in second[1]
        copies = await asyncio.gather(*(paper(till, path, format="escpos") for _ in range(4)))
        assert sorted(copy for *_, copy in copies) == ["2", "3", "4", "5"]
        for _ in range(2):
            assert (await paper(till, "/v1/shifts/current/x"))[2] == "0"


async def test_what_is_not_there_has_no_paper(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        nothing = UUID(int=5)
        for path, status, code in (
            (f"/v1/tickets/{nothing}/paper", 404, "unknown-ticket"),
            (f"/v1/invoices/{nothing}/paper", 404, "unknown-invoice"),
            ("/v1/shifts/current/x/paper", 404, "no-open-shift"),
            ("/v1/z-reports/1/paper", 404, "unknown-z-report"),
            (f"/v1/tickets/{nothing}/paper?format=gif", 422, "malformed"),
            (f"/v1/tickets/{nothing}/paper?width=70", 422, "malformed"),
        ):
            answer = await till.get(path)
            assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_paper_that_could_not_be_drawn_counts_for_nothing(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        printing = PrintService(till.agent.writer)

        def broken(copy: int) -> Paper:
            raise Malformed("unknown-currency", f"copy {copy}")

        for _ in range(2):
            with pytest.raises(Malformed, match="copy 0"):
                await printing.counted("z", "1", PaperAsked(), make=broken)
        plain = Paper(title="", blocks=(Text(text="a"),))

        printed = await printing.counted("ticket", str(SALE), PaperAsked(), make=lambda _: plain)
        assert printed.copy == 0
        await till.agent.writer.submit(
            lambda connection: PrintService.forget_tickets(connection, [SALE])
        )
        found = await till.agent.writer.submit(
            lambda connection: store.copies(connection, "ticket", str(SALE))
        )
        assert found == 0
