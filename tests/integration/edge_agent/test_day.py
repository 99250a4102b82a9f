"""A day in the shop over HTTP, unplugged from everything."""

import socket
import sqlite3
from pathlib import Path

import pytest

from protocol.codec.chain import genesis, link
from protocol.codec.facts import decode_fact
from protocol.messages.till import ShiftClosed
from tests.integration.edge_agent.shop_seed import CASHIER, CHEESE, DEVICE, MANAGER, MILK
from tests.integration.edge_agent.tablet import RunningAgent, Tablet, milk

pytestmark = pytest.mark.slow


def test_a_day_from_opening_to_z_survives_a_restart(config: Path) -> None:
    with RunningAgent(config) as agent, Tablet(agent) as tablet:
        shift = tablet.open_shift(float_minor=500_000)
        sold = tablet.sell(3)
        assert sold["receipt"]["text"] == "R1-1-000001"
        assert sold["flags"] == []
        assert agent.stop() == 0
        agent.start()
        assert tablet.get("/v1/shifts/current").json() == shift
        assert tablet.get(f"/v1/sales/{sold['id']}").json() == sold
        back = tablet.post("/v1/returns", tablet.goods_back(2, original_sale_id=sold["id"]))
        assert back.status_code == 201
        assert back.json()["receipt"]["number"] == 2
        again = tablet.goods_back(2, original_sale_id=sold["id"])
        refused = tablet.post("/v1/returns", again)
        assert (refused.status_code, refused.json()["code"]) == (409, "already-returned")
        _move_cash(tablet)
        x = tablet.get("/v1/shifts/current/x").json()
        assert (x["kind"], x["z_number"], x["closed_at"]) == ("x", None, None)
        expected = 500_000 + 36_000 - 24_000 + 10_000 + 5_000 - 3_000 - 100_000
        assert x["cash"]["expected_minor"] == expected
        assert (x["gross_minor"], x["returns_minor"], x["net_minor"]) == (36_000, 24_000, 12_000)
        closed = tablet.post(
            f"/v1/shifts/{tablet.shift_id}/close", {"counted_cash_minor": expected - 500}
        )
        z = closed.json()
        assert (z["kind"], z["z_number"], z["cash"]["over_short_minor"]) == ("z", 1, -500)
        same = ("gross_minor", "tenders", "taxes", "sales_count", "first_receipt", "last_receipt")
        assert [z[name] for name in same] == [x[name] for name in same]
        assert tablet.get("/v1/z-reports/1").content == closed.content
        assert tablet.get(f"/v1/stock/{MILK}").json()["quantity"] == "-1"
        assert agent.stop() == 0
    _books_hold(config.parent / "data" / "hanout.db", z)


def _move_cash(tablet: Tablet) -> None:
    for kind, amount_minor in (
        ("paid_in", 10_000),
        ("loan", 5_000),
        ("paid_out", 3_000),
        ("pickup", 100_000),
    ):
        body = {
            "id": tablet.ids.next(),
            "shift_id": tablet.shift_id,
            "kind": kind,
            "amount_minor": amount_minor,
            "reason": "as the day goes",
        }
        assert tablet.post("/v1/cash-movements", body).status_code == 201
        assert tablet.post("/v1/cash-movements", body).status_code == 200
        other = tablet.post("/v1/cash-movements", {**body, "amount_minor": 1})
        assert (other.status_code, other.json()["code"]) == (409, "cash-movement-id-reused")


def _books_hold(database: Path, z: dict[str, object]) -> None:
    """Seqs without gap, the chain whole, and the Z's fact says what the Z says."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    rows = connection.execute("SELECT seq, epoch, bytes, hash FROM journal ORDER BY seq").fetchall()
    connection.close()
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
    previous = genesis(DEVICE)
    for seq, epoch, raw, chain_hash in rows:
        previous = link(previous, epoch=epoch, seq=seq, raw=raw)
        assert previous == chain_hash
    closed = decode_fact(rows[-1][2]).body
    assert isinstance(closed, ShiftClosed)
    assert (closed.z_number, closed.net_minor) == (z["z_number"], z["net_minor"])
    assert closed.last_receipt == 2


def test_two_registers_count_their_own_receipts_and_zs(config: Path) -> None:
    with (
        RunningAgent(config) as agent,
        Tablet(agent, register=0, stream=1) as first,
        Tablet(agent, register=1, stream=2) as second,
    ):
        for tablet, code in ((first, "R1"), (second, "R2")):
            tablet.open_shift()
            texts = [tablet.sell()["receipt"]["text"] for _ in range(2)]
            assert texts == [f"{code}-1-000001", f"{code}-1-000002"]
        for number in (1, 2):
            closing = {"counted_cash_minor": 0}
            path = f"/v1/shifts/{first.shift_id}/close"
            z = first.post(path, closing).json()
            assert z["z_number"] == number
            assert first.post(path, closing).json() == z
            other = first.post(path, {"counted_cash_minor": 1})
            assert (other.status_code, other.json()["code"]) == (409, "shift-closed")
            first.open_shift()
        foreign = second.post(f"/v1/shifts/{first.shift_id}/close", {"counted_cash_minor": 0})
        assert foreign.status_code == 404


def test_opening_again_is_the_same_shift_and_a_second_one_is_refused(config: Path) -> None:
    with RunningAgent(config) as agent, Tablet(agent) as tablet:
        assert tablet.get("/v1/shifts/current").status_code == 404
        shift = tablet.open_shift(float_minor=100)
        same = tablet.post("/v1/shifts", {"id": shift["id"], "float_minor": 100})
        assert (same.status_code, same.json()) == (200, shift)
        other = tablet.post("/v1/shifts", {"id": shift["id"], "float_minor": 200})
        assert (other.status_code, other.json()["code"]) == (409, "shift-id-reused")
        second = tablet.post("/v1/shifts", {"id": tablet.ids.next(), "float_minor": 0})
        assert (second.status_code, second.json()["code"]) == (409, "shift-open")


def test_stock_and_proposals_count_on_the_next_ticket(config: Path) -> None:
    with RunningAgent(config) as agent, Tablet(agent) as tablet:
        tablet.open_shift()
        moved = {
            "id": tablet.ids.next(),
            "kind": "goods_receipt",
            "reason": "delivery",
            "lines": [
                {"product_id": str(MILK), "quantity": "24"},
                {"product_id": str(CHEESE), "quantity": "7.500"},
            ],
        }
        assert tablet.post("/v1/stock-movements", moved).status_code == 201
        assert tablet.post("/v1/stock-movements", moved).status_code == 200
        tablet.sell(5)
        assert tablet.get(f"/v1/stock/{MILK}").json()["quantity"] == "19"
        assert tablet.get(f"/v1/stock/{CHEESE}").json()["quantity"] == "7.5"
        for lines, code in (
            ([{"product_id": str(MILK), "quantity": "0"}], "wrong-quantity"),
            ([{"product_id": str(MILK), "quantity": "0.5"}], "wrong-quantity"),
            ([{"product_id": tablet.ids.next(), "quantity": "1"}], "unknown-product"),
        ):
            body = {**moved, "id": tablet.ids.next(), "lines": lines}
            refused = tablet.post("/v1/stock-movements", body)
            assert (refused.status_code, refused.json()["code"]) == (422, code)
        proposal = {
            "id": tablet.ids.next(),
            "name": "Kesra",
            "unit": "piece",
            "unit_price_minor": 4000,
            "tax_id": "tva9",
        }
        for field in ("name", "unit", "code", "tax_id"):
            refused = tablet.post("/v1/products", {**proposal, field: "\x00"})
            assert refused.status_code == 422, field
        assert tablet.post("/v1/products", proposal).status_code == 201
        kesra = milk(product_id=proposal["id"], unit_price_minor=4000)
        sold = tablet.sell(
            lines=[kesra],
            tenders=[{"kind": "card", "amount_minor": 4000}],
            totals={"payable_minor": 4000, "change_minor": 0},
        )
        assert sold["lines"][0]["name"] == "Kesra"


def test_a_customers_name_reaches_neither_journal_nor_answer_in_clear(config: Path) -> None:
    with RunningAgent(config) as agent, Tablet(agent) as tablet:
        tablet.open_shift()
        body = {"id": tablet.ids.next(), "name": "Nadia Benali", "phone": "0555010203"}
        assert tablet.post("/v1/customers", body).status_code == 201
        assert tablet.post("/v1/customers", body).status_code == 200
        other = tablet.post("/v1/customers", {**body, "name": "Nadir"})
        assert (other.status_code, other.json()["code"]) == (409, "customer-id-reused")
        assert tablet.sell(customer_id=body["id"])["customer_id"] == body["id"]
        assert agent.stop() == 0
    folder = config.parent / "data"
    for path in folder.iterdir():
        assert b"Benali" not in path.read_bytes()


def test_a_return_without_ticket_is_first_class(config: Path) -> None:
    with RunningAgent(config) as agent, Tablet(agent) as tablet:
        tablet.open_shift()
        body = tablet.goods_back(1, lines=[milk(unit_price_minor=9000)])
        body["tenders"][0]["amount_minor"] = body["totals"]["payable_minor"] = 9000
        answer = tablet.post("/v1/returns", body)
        assert answer.status_code == 201, answer.text
        assert answer.json()["kind"] == "return"
        assert tablet.get(f"/v1/stock/{MILK}").json()["quantity"] == "1"


def test_nothing_of_it_needs_the_network(config: Path) -> None:
    """A broker that does not exist changes nothing; the debt is shown."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    text = f'\nbroker_host = "127.0.0.1"\nbroker_port = {port}\nbroker_tls = false\n'
    config.write_text(config.read_text() + text + "connect_jitter_ms = 0\n")
    with RunningAgent(config) as agent, Tablet(agent) as tablet:
        tablet.open_shift()
        tablet.sell()
        tablet.sign_in(MANAGER)
        tablet.sell()
        tablet.sign_in(CASHIER)
        sync = tablet.get("/v1/sync", token="").json()
        assert sync["connected"] is False
        assert (sync["head_seq"], sync["acked_seq"], sync["debt"]["count"]) == (3, 0, 3)
        assert sync["debt"]["value_minor"] == {"DZD": 24_000}
        assert agent.stop() == 0
