"""A shop that refuses some tickets sells the rest; nobody waits for a sale that never was."""

import json
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any, cast
from uuid import UUID

import pytest
from rich.console import Console

from provisioning.demo.goods import gift_id
from provisioning.demo.ledger import Ledger
from provisioning.demo.online_retail_tickets import Line, ReturnTicket, SaleTicket, Ticket
from provisioning.demo.plan import GIFTS
from provisioning.demo.progress import Progress
from provisioning.demo.proxy import FaultyLink
from provisioning.demo.replay import Pace, Refuse, Shop
from provisioning.demo.stack import Agent
from provisioning.demo.tablet import TicketRefused

TOO_LARGE = {"type": "urn:hanout:problem:fact-too-large", "detail": "Split it."}

QUOTE = {
    "lines": [{"line_no": 1, "unit_price_minor": 100}],
    "due_minor": 200,
    "cash": {"duty_minor": 0, "rounding_minor": 0, "payable_minor": 200, "step_minor": 1},
}


class Till(BaseHTTPRequestHandler):
    """An agent that takes returns and tickets of one line, but no larger ones."""

    def do_GET(self) -> None:
        if "products" not in self.path:
            return self._answer(200, {"id": str(UUID(int=1))})
        code = self.path.rpartition("=")[2]
        item = {"id": str(gift_id(code)), "sku": code, "codes": [], "name": code, "unit": "piece"}
        priced = {"unit_price_minor": 100, "tax_id": "vat-20", "tax_rate_ppm": 200_000}
        return self._answer(200, {"items": [{**item, **priced}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if len(body.get("lines", ())) > 1:
            return self._answer(422, TOO_LARGE)
        if self.path.endswith("/quotes"):
            return self._answer(200, QUOTE)
        kind = self.path.rpartition("/")[2].removesuffix("s")
        tokens = {"tablet_token": "t", "token": "t"}
        return self._answer(200, {**tokens, "id": body.get("id"), "kind": kind, "lines": []})

    def log_message(self, *_: Any) -> None:
        """Silent."""

    def _answer(self, status: int, body: object) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Agent]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Till) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        yield Agent(
            organization_id=GIFTS.id,
            store=GIFTS.stores[0],
            url=f"http://127.0.0.1:{port}",
            port=port,
            data_dir=tmp_path,
            link=FaultyLink(target_port=port),
        )
        server.shutdown()


def entry(kind: type[Ticket], invoice_no: str, *codes: str, **line: Any) -> Ticket:
    lines = tuple(
        Line(
            line_no=number,
            row_number=number,
            stock_code=code,
            description=code,
            quantity=2,
            unit_price_minor=100,
            usual_price_minor=100,
            customer_id="7",
            **line,
        )
        for number, code in enumerate(codes, 1)
    )
    at = datetime.fromisoformat("2011-07-04T12:00")
    return kind(invoice_no=invoice_no, at=at, customer_id="7", country=None, lines=lines)


ENTRIES = cast(
    "list[SaleTicket | ReturnTicket]",
    [
        entry(SaleTicket, "1", "A", "B"),
        entry(SaleTicket, "2", "A"),
        entry(ReturnTicket, "C3", "A", original=("1", 1)),
    ],
)


async def replayed(agent: Agent, refuse: Refuse | None) -> tuple[Ledger, Progress]:
    ledger, progress = Ledger(), Progress(Console(quiet=True))
    rng = Random(7)
    shop = Shop(GIFTS, agent, ledger, rng=rng, pace=Pace(0, rng), progress=progress, refuse=refuse)
    await shop.open()
    try:
        await shop.replay(ENTRIES)
    finally:
        await shop.close()
    return ledger, progress


async def test_what_is_refused_is_told_and_the_rest_sold(agent: Agent) -> None:
    refused: list[tuple[str, str]] = []
    ledger, progress = await replayed(
        agent, lambda ticket, why: refused.append((ticket.invoice_no, why))
    )
    assert refused == [("1", "the shop refused it: [fact-too-large] Split it.")]
    assert (len(ledger), progress.count) == (2, 3)
    assert len(ledger.moving(GIFTS.id)) == 2


async def test_without_anybody_to_tell_a_refusal_ends_the_replay(agent: Agent) -> None:
    with pytest.raises(ExceptionGroup) as ended:
        await replayed(agent, None)
    assert ended.group_contains(TicketRefused)
