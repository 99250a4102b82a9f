"""The short way in reads what the documented shape takes, to the same order, and nothing else."""

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from edge_agent.checkout.live_door import read_live_sale
from edge_agent.checkout.requests import order_of
from edge_agent.checkout.rules.orders import content_hash
from edge_agent.checkout.rules.reading import UNKNOWN_TIME
from edge_agent.checkout.schemas import LiveSale, SaleRequest

_documented: TypeAdapter[Any] = TypeAdapter(SaleRequest)
_SALE: dict[str, Any] = LiveSale.model_json_schema()["examples"][0]
_LINE = _SALE["lines"][0]

_ODD_KINDS = ["", " ", "Cash", "CARD", "cash ", "cash\n", "bon d'achat", "2x", "_x", "é", "k" * 65]
_ODD_TIMES = [
    *(1_700_000_000, 1.7e9, "1700000000", "2026-11-23", "2026-11-23T09:14Z", "20261123T091407Z"),
    *("2026-11-23T09:14:07", "2026-11-23T09:14:07+0100", True, None, "", " 2026-11-23T09:14:07Z"),
]

_ids = st.uuids(version=4) | st.just("019a7c11-3b5e-7a20-9c41-1f0e8d6b2a05")
_amounts = st.integers(-1, 10**12 + 1) | st.sampled_from([5.0, "5", True, None])
_texts = st.text(max_size=3) | st.sampled_from(
    ["x" * 64, "x" * 65, "x" * 201, "\x00", " ", "\x1c", "\u3164", "\u202e", "حليب", "", None, 1]
)
_kinds = _texts | st.sampled_from(
    ["cash", "Cash", " cash", "cash\n", "gift_card2", "2x", "_x", "é", "k" * 64, "k" * 65]
)
_quantities = st.sampled_from(
    ["2", "0.250", "1.0", "0", "-1", "1e3", "", " 1", "٣", "007", 2, 2.5, 2.0, True, None, "NaN"]
)
_discounts = st.fixed_dictionaries(
    {}, optional={"percent_ppm": _amounts, "amount_minor": _amounts, "reason": _texts}
)
_lines = st.fixed_dictionaries(
    {
        "line_no": st.sampled_from([1, 2, 0, 10_000, 10_001, "1", 1.0]),
        "product_id": _ids.map(str),
        "quantity": _quantities,
        "unit_price_minor": _amounts,
    },
    optional={
        "code": _texts,
        "price_reason": _texts,
        "discount": _discounts | st.none(),
        "name": _texts,
        "tax_id": _texts,
        "tax_rate_ppm": _amounts | st.just(2**64),
        "amount_minor": _amounts,
        "original_line_no": st.none(),
    },
)
_tenders = st.fixed_dictionaries(
    {"kind": _kinds, "amount_minor": _amounts}, optional={"reference": _texts}
)
_times = st.datetimes().map(lambda at: at.isoformat() + "Z") | st.sampled_from(
    [
        "2026-11-23T09:14:07Z",
        "2026-11-23T09:14:07.123Z",
        "2026-11-23T09:14:07.123456+00:00",
        "2026-11-23T09:14:07.1234567Z",
        "2026-11-23T10:14:07+01:00",
        "2026-11-23T09:14:60Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23 09:14:07Z",
        "2026-11-23T09:14:07Z\n",
        "2026-11-23T09:14:07",
        "1999-12-31T23:59:59Z",
        "2100-01-01T00:00:00Z",
        1_790_000_000,
        "1790000000",
        1.79e9,
        "2026-11-23",
        "2026-11-23T09:14Z",
        "2026-11-23t09:14:07z",
        "2026-11-23T09:14:07+0100",
        None,
    ]
)
_changes = st.fixed_dictionaries(
    {},
    optional={
        "id": _ids.map(str),
        "mode": st.sampled_from(["live", "handed_over", "other"]),
        "shift_id": _ids.map(str) | st.none(),
        "currency": st.sampled_from(["DZD", "EUR", "dzd", "DZD\n", "DZDD", None]),
        "rung_at": _times,
        "lines": st.lists(_lines, max_size=2),
        "discounts": st.lists(_discounts, max_size=2),
        "tenders": st.lists(_tenders, max_size=2),
        "customer_id": _ids.map(str) | st.none(),
        "totals": st.fixed_dictionaries(
            {"payable_minor": _amounts}, optional={"change_minor": _amounts}
        ),
        "colour": st.just("blue"),
    },
)


@given(_changes)
def test_what_it_reads_the_documented_shape_reads_the_same(changes: dict[str, Any]) -> None:
    body = json.dumps({**_SALE, **changes}).encode()
    order = read_live_sale(body)
    if order is not None:
        documented, flags = order_of(_documented.validate_json(body))
        assert (order, flags) == (documented, ())
        assert content_hash(order) == content_hash(documented)


@given(_lines)
def test_every_live_line_in_plain_form_is_read(line: dict[str, Any]) -> None:
    body = json.dumps({**_SALE, "lines": [line]}).encode()
    try:
        documented, _ = order_of(_documented.validate_json(body))
    except ValidationError:
        assert read_live_sale(body) is None
    else:
        assert read_live_sale(body) in (None, documented)


def test_an_ordinary_sale_takes_the_short_way() -> None:
    discount = {"percent_ppm": 50_000, "reason": "old"}
    line = {**_LINE, "quantity": "0.250", "discount": discount, "tax_id": "tva19"}
    body = {**_SALE, "lines": [_LINE, line], "rung_at": "2026-11-23T09:14:07.000Z"}
    for sale in (_SALE, body, {**body, "discounts": [{"amount_minor": 5}]}):
        raw = json.dumps(sale).encode()
        assert read_live_sale(raw) == order_of(_documented.validate_json(raw))[0]


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{", b'{"mode": "live"}', b"\xff", b'{"id": "\\ud800"}'],
)
def test_what_is_no_sale_is_left_to_the_route(body: bytes) -> None:
    assert read_live_sale(body) is None


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        *(({"tenders": [{"kind": kind, "amount_minor": 1}]}, "kind") for kind in _ODD_KINDS),
        *(({"rung_at": at}, "rung_at") for at in _ODD_TIMES),
        *(
            ({"lines": [{**_LINE, field: blank}]}, field)
            for field in ("code", "price_reason", "name", "tax_id")
            for blank in ("", " ", "\t\n", "\u202e\u202e", "\u3164")
        ),
        ({"discounts": [{"amount_minor": 1, "reason": " "}]}, "reason"),
        ({"tenders": [{"kind": "card", "amount_minor": 1, "reference": " "}]}, "reference"),
    ],
)
def test_what_is_not_as_it_should_be_is_refused_by_its_field(
    wrong: dict[str, Any], path: str
) -> None:
    body = json.dumps({**_SALE, **wrong}).encode()
    assert read_live_sale(body) is None
    with pytest.raises(ValidationError) as refused:
        _documented.validate_json(body)
    assert {error["loc"][-1] for error in refused.value.errors()} == {path}


@pytest.mark.parametrize("kind", ["cash", "card", "gift_card2", "k" * 64])
def test_integrators_name_kinds_of_their_own(kind: str) -> None:
    body = json.dumps({**_SALE, "tenders": [{"kind": kind, "amount_minor": 1}]}).encode()
    order = read_live_sale(body)
    assert order is not None
    assert order == order_of(_documented.validate_json(body))[0]


@pytest.mark.parametrize(
    "at", ["1970-01-01T00:05:00Z", "1999-12-31T23:59:59.999Z", "2100-01-01T00:00:00+00:00"]
)
def test_a_time_that_no_ticket_is_rung_at_is_the_other_doors_and_flagged_by_the_route(
    at: str,
) -> None:
    live, handed_over = (
        json.dumps({**_SALE, "mode": mode, "rung_at": at}).encode()
        for mode in ("live", "handed_over")
    )
    assert read_live_sale(live) is None
    order, flags = order_of(_documented.validate_json(live))
    assert (order.rung_at, flags) == (UNKNOWN_TIME, ("unknown-time",))
    assert order.told == {"rung_at": at}
    assert (order, flags) == order_of(_documented.validate_json(handed_over))


@pytest.mark.parametrize("at", ["2000-01-01T00:00:00Z", "2099-12-31T23:59:59.999999Z"])
def test_a_time_that_is_merely_wrong_stays(at: str) -> None:
    order, flags = order_of(_documented.validate_json(json.dumps({**_SALE, "rung_at": at})))
    assert (order.rung_at, flags, order.told) == (datetime.fromisoformat(at), (), {})


def test_a_nul_is_left_to_the_route() -> None:
    assert (
        read_live_sale(json.dumps({**_SALE, "lines": [{**_LINE, "name": "\x00"}]}).encode()) is None
    )
