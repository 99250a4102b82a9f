"""What a tablet wrote oddly while it sold alone: booked in the shop, and in the books as told.

ADR 11 over the real way: the agent's HTTP door, its journal, the broker, the hub's projector.
"""

import asyncio
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from protocol.vocabulary.ids import uuid7
from provisioning.demo.plan import CASHIER_PIN
from tests.spine.running import Running, client_of, tablet_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="package"),
]
_BOOKED_S = 60.0
_MADE_MS = 1_760_000_500_000
_NOT_V7 = "3f0e8a52-9c7b-4b1e-8a3c-0d9be2f7b001"
_PAYABLE = 12_345
_RUNG_AT = datetime.now(UTC).isoformat(timespec="seconds")

# what is odd about the body (its `line` about the only line) → a flag it raises
_ODD: tuple[tuple[dict[str, Any], str], ...] = (
    ({"line": {"quantity": "0.12345678", "amount_minor": _PAYABLE}}, "rounded-quantity"),
    ({"line": {"quantity": "1e12"}}, "quantity-out-of-range"),
    ({"line": {"quantity": "NaN"}}, "unknown-quantity"),
    ({"line": {"product_id": None, "name": "Mystère\x00"}}, "unknown-product"),
    ({"line": {"unit_price_minor": 10**15}}, "unknown-figure"),
    ({"line": {"discount": {"percent_ppm": 10**11}}}, "unknown-figure"),
    ({"line": {"original_line_no": 10**12}}, "renumbered-lines"),
    ({"rung_at": _RUNG_AT[:19]}, "time-without-zone"),
    ({"rung_at": "0001-01-01T00:00:00+14:00"}, "unknown-time"),
    ({"rung_at": "9999-12-31T23:59:59-01:00"}, "unknown-time"),
    ({"rung_at": "2031-01-01T00:00:00Z"}, "odd-time"),
    ({"rung_at": "yesterday"}, "unknown-time"),
    ({"currency": "dzd"}, "respelled"),
    ({"currency": "eur"}, "wrong-currency"),
    ({"currency": 12}, "unknown-currency"),
    ({"tenders": [{"kind": "", "amount_minor": _PAYABLE}]}, "unknown-tender"),
    ({"tenders": []}, "short-tender"),
    ({"shift_id": "early"}, "unknown-shift"),
    ({"colour": {"deep": ["blue"]}}, "unknown-fields"),
    ({"id": _NOT_V7}, "not-a-uuid7"),
)


async def test_every_odd_ticket_is_in_the_books(world: Running) -> None:
    agent = world.agent(1)
    database = await asyncpg.connect(world.stack.database_url)
    try:
        async with client_of(agent) as client:
            tablet = tablet_of(client, agent.store.registers[1])
            await tablet.sign_in(pin=CASHIER_PIN)
            product = await tablet.product(world.groceries[0].codes[0])
            flags = {}
            for number, (odd, flag) in enumerate(_ODD):
                body = _body(number, odd, product_id=str(product.product_id))
                answer = await tablet.post("/v1/sales", body)
                assert flag in answer["flags"], (odd, answer)
                assert answer["totals"]["payable_minor"] == _PAYABLE
                flags[body["id"]] = answer["flags"]
        booked = await _booked(database, list(flags))
        # The hub may add its own, such as for a date that has no month.
        assert {each for each, own in flags.items() if not set(own) <= set(booked[each])} == set()
        aside = await database.fetchval(
            "select count(*) from inbox where state <> 0 and device_id in"
            " (select device_id from sale where id = any($1::uuid[]))",
            list(flags),
        )
        assert aside == 0
        words = await database.fetch(
            "select subject, found from discrepancy where code = 'read-otherwise'"
            " and fact_id = any($1::uuid[])",
            list(flags),
        )
        told = {(row["subject"], row["found"]) for row in words}
        assert {("currency", "dzd"), ("rung_at", "yesterday"), ("tenders.0.kind", "")} <= told
    finally:
        await database.close()


def _body(number: int, odd: dict[str, Any], *, product_id: str) -> dict[str, Any]:
    line = {
        "line_no": 1,
        "product_id": product_id,
        "quantity": "1",
        "unit_price_minor": 10_000,
        **odd.get("line", {}),
    }
    return {
        "id": str(uuid7(_MADE_MS, number)),
        "mode": "handed_over",
        "shift_id": str(uuid7(_MADE_MS, 1_000)),
        "currency": "DZD",
        "rung_at": _RUNG_AT,
        "lines": [line],
        "tenders": [{"kind": "card", "amount_minor": _PAYABLE}],
        "totals": {"payable_minor": _PAYABLE},
        **{name: value for name, value in odd.items() if name != "line"},
    }


async def _booked(database: Any, ids: list[str]) -> dict[str, list[str]]:
    """Flags by ticket, once all are in the books. Raises TimeoutError."""
    async with asyncio.timeout(_BOOKED_S):
        while True:
            rows = await database.fetch(
                "select id, flags from sale where id = any($1::uuid[])", ids
            )
            if len(rows) == len(ids):
                return {str(row["id"]): list(row["flags"]) for row in rows}
            await asyncio.sleep(0.05)
