"""A cashier's plainest sale: one piece of one product, paid by card at what the agent quotes."""

from typing import Any
from uuid import UUID

from provisioning.demo.tablet import Found, Tablet


async def sell_one(
    tablet: Tablet, product: Found, *, sale_id: UUID, shift_id: UUID, currency: str
) -> dict[str, Any]:
    """The agent's answer."""
    line = {
        "line_no": 1,
        "product_id": str(product.product_id),
        "quantity": "1",
        "unit_price_minor": product.unit_price_minor,
    }
    rung = {"currency": currency, "rung_at": "2026-11-23T09:00:00Z", "lines": [line]}
    payable_minor = (await tablet.post("/v1/quotes", rung))["due_minor"]
    return await tablet.post(
        "/v1/sales",
        {
            "id": str(sale_id),
            "mode": "live",
            "shift_id": str(shift_id),
            **rung,
            "tenders": [{"kind": "card", "amount_minor": payable_minor}],
            "totals": {"payable_minor": payable_minor, "change_minor": 0},
        },
    )
