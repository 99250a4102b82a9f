"""Bad input at both doors: the live one refuses and writes nothing, the other books and flags."""

import json
from typing import Any

import pytest

from edge_agent.kit.body_limit import MAX_BODY_BYTES
from tests.integration.edge_agent.shop_seed import MANAGER, WITHDRAWN
from tests.integration.edge_agent.tablet import RUNG_AT, RunningAgent, Tablet, milk

pytestmark = pytest.mark.slow
Json = dict[str, Any]


def without(body: Json, field: str) -> Json:
    return {name: value for name, value in body.items() if name != field}


def card(amount_minor: int) -> Json:
    return {
        "tenders": [{"kind": "card", "amount_minor": amount_minor}],
        "totals": {"payable_minor": amount_minor, "change_minor": 0},
    }


# name → what is wrong with the sale, the live refusal, the flags at the other door
WRONG: dict[str, tuple[Json, int, str, set[str]]] = {
    "unknown field": ({"colour": "blue"}, 422, "malformed", {"unknown-fields"}),
    "unknown field in a line": (
        {"lines": [milk(size="XL")]},
        422,
        "malformed",
        {"unknown-fields"},
    ),
    "negative pieces": (
        {"lines": [milk(-1)], **card(-12000)},
        422,
        "malformed",
        {"negative-quantity", "negative-tender"},
    ),
    "fractional pieces": (
        {"lines": [milk(quantity="0.5")], **card(6000)},
        422,
        "malformed-basket",
        {"fractional-quantity"},
    ),
    "unknown product": (
        {"lines": [milk(product_id="0192d6a0-0000-7000-8000-00000000dead", name="Mystery")]},
        422,
        "unknown-product",
        {"unknown-product", "unknown-tax"},
    ),
    "a product withdrawn from sale": (
        {"lines": [milk(product_id=str(WITHDRAWN))]},
        409,
        "product-withdrawn",
        {"product-withdrawn"},
    ),
    "wrong totals": (
        {"totals": {"payable_minor": 12500, "change_minor": 7500}},
        422,
        "wrong-totals",
        {"wrong-totals"},
    ),
    "wrong change": (
        {"totals": {"payable_minor": 12000, "change_minor": 7000}},
        422,
        "wrong-totals",
        {"overpaid"},
    ),
    "short tender": (
        {"tenders": [{"kind": "cash", "amount_minor": 11000}], "totals": {"payable_minor": 12000}},
        422,
        "short-tender",
        {"short-tender"},
    ),
    "another price": (
        {"lines": [milk(unit_price_minor=10000)], **card(10000)},
        422,
        "price-differs",
        {"price-differs"},
    ),
    "unknown shift": (
        {"shift_id": "0192d6a0-0000-7000-8000-00000000beef"},
        409,
        "unknown-shift",
        {"unknown-shift"},
    ),
    "no lines": ({"lines": [], **card(0)}, 422, "malformed", {"malformed"}),
    "another currency": ({"currency": "EUR"}, 422, "wrong-currency", {"wrong-currency"}),
    "an amount as text": (
        {"totals": {"payable_minor": "12000", "change_minor": 8000}},
        422,
        "malformed",
        {"respelled"},
    ),
    "a fraction of a minor unit": (
        {"totals": {"payable_minor": 12000.4, "change_minor": 8000}},
        422,
        "malformed",
        {"rounded-figure"},
    ),
    "a quantity in another spelling": (
        {"lines": [milk(quantity="1e0")]},
        422,
        "malformed",
        {"respelled"},
    ),
    "a quantity too fine": (
        {"lines": [milk(quantity="1.00000001")]},
        422,
        "malformed-basket",
        {"rounded-quantity"},
    ),
    "a quantity beyond all stock": (
        {"lines": [milk(quantity="10000000000", amount_minor=12000)]},
        422,
        "malformed-basket",
        {"amount-too-large", "quantity-out-of-range"},
    ),
    "no quantity": (
        {"lines": [milk(quantity="NaN")]},
        422,
        "malformed",
        {"unknown-quantity"},
    ),
    "a time without zone": (
        {"rung_at": RUNG_AT[:19]},
        422,
        "malformed",
        {"time-without-zone"},
    ),
    "a figure of thirty digits": (
        {"lines": [milk(unit_price_minor=1e29)]},
        422,
        "malformed",
        {"unknown-figure"},
    ),
    "no time": ({"rung_at": "yesterday"}, 422, "malformed", {"unknown-time"}),
    "a currency in small letters": ({"currency": "dzd"}, 422, "malformed", {"respelled"}),
    "no currency code": ({"currency": "dinar"}, 422, "malformed", {"unknown-currency"}),
    "a tender without kind": (
        {"tenders": [{"kind": "", "amount_minor": 12000}], "totals": {"payable_minor": 12000}},
        422,
        "malformed",
        {"unknown-tender"},
    ),
    "a blank kind of tender": (
        {"tenders": [{"kind": " ", "amount_minor": 12000}], "totals": {"payable_minor": 12000}},
        422,
        "malformed",
        {"unknown-tender"},
    ),
    "a kind of tender in capitals": (
        {"tenders": [{"kind": "Cash", "amount_minor": 20000}]},
        422,
        "malformed",
        {"respelled"},
    ),
    "a kind of tender beyond every index": (
        {
            "tenders": [{"kind": "k" * 5000, "amount_minor": 12000}],
            "totals": {"payable_minor": 12000},
        },
        422,
        "malformed",
        {"shortened"},
    ),
    "a time in seconds since 1970": ({"rung_at": 1_700_000_000}, 422, "malformed", {"odd-time"}),
    "a shift without id": ({"shift_id": "early"}, 422, "malformed", {"unknown-shift"}),
    "a product without id": (
        {"lines": [milk(product_id="milk")]},
        422,
        "malformed",
        {"unknown-product", "unknown-tax"},
    ),
    "an id of another version": (
        {"id": "3f0e8a52-9c7b-4b1e-8a3c-0d9be2f7a001"},
        422,
        "malformed",
        {"not-a-uuid7"},
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_live_door_refuses_and_the_other_books_with_flags(tablet: Tablet, name: str) -> None:
    wrong, status, code, flags = WRONG[name]
    before = tablet.get("/v1/sync").json()
    body = {**tablet.sale(), **wrong}
    refused = tablet.post("/v1/sales", body)
    assert (refused.status_code, refused.json()["code"]) == (status, code), refused.text
    assert refused.headers["content-type"] == "application/problem+json"
    assert tablet.get(f"/v1/sales/{body['id']}").status_code == 404
    after = tablet.get("/v1/sync").json()
    assert after["head_seq"] == before["head_seq"]
    assert after["quarantined_count"] == before["quarantined_count"]

    booked = tablet.post("/v1/sales", {**body, "mode": "handed_over"})
    assert booked.status_code == 201, booked.text
    ticket = booked.json()
    assert set(ticket["flags"]) == flags
    assert ticket["totals"]["payable_minor"] == int(float(body["totals"]["payable_minor"]))
    repeated = tablet.post("/v1/sales", {**body, "mode": "handed_over"})
    assert (repeated.status_code, repeated.content) == (200, booked.content)
    assert tablet.get("/v1/sync").json()["head_seq"] == before["head_seq"] + 1


def three_ways(tablet: Tablet, content: bytes, *, authorization: str = "") -> set[tuple[int, str]]:
    """Every status and code: of the door, of the route's fast way (a length that is not told, so
    that the door does not open) and of FastAPI's own."""
    head = {"Content-Type": "application/json"}
    if authorization:
        head["Authorization"] = authorization
    wordy = {**head, "Content-Type": "application/json; charset=utf-8"}
    answers = [
        tablet.post("/v1/sales", content=content, headers=head),
        tablet.post("/v1/sales", content=iter([content]), headers=head),
        tablet.post("/v1/sales", content=content, headers=wordy),
    ]
    return {(each.status_code, each.json().get("code", "")) for each in answers}


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b'{"id": "', 400, "malformed-json"),
        (b"", 422, "malformed"),
        (b"[]", 422, "malformed"),
        (b"null", 422, "malformed"),
        (b'{"id":' + b"[" * 5000 + b"]" * 5000 + b"}", 400, "malformed-json"),
        (b"\xff\xfe{}", 400, "malformed-json"),
    ],
)
def test_what_is_no_json_object_is_refused_by_every_way(
    tablet: Tablet, content: bytes, status: int, code: str
) -> None:
    assert three_ways(tablet, content) == {(status, code)}


@pytest.mark.parametrize("depth", [150, 300, 497, 498, 900, 948, 950, 951])
def test_what_is_nested_is_booked_or_no_json_that_anybody_reads(tablet: Tablet, depth: int) -> None:
    """Inside of a body, a list and a line; Python's own end is never met."""
    body = {**tablet.sale(), "mode": "handed_over", "lines": [milk(code="@")]}
    content = json.dumps(body).replace('"@"', "[" * depth + "]" * depth).encode()
    too_deep = {(400, "malformed-json")}
    assert three_ways(tablet, content) == (too_deep if depth > 497 else {(201, ""), (200, "")})
    live = content.replace(b'"handed_over"', b'"live"')
    assert three_ways(tablet, live) == (too_deep if depth > 497 else {(422, "malformed")})


@pytest.mark.parametrize("mode", ["live", "handed_over"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "latin-1"])
def test_a_body_is_utf8_without_a_mark_on_every_way(
    tablet: Tablet, mode: str, encoding: str
) -> None:
    body = {**tablet.sale(), "mode": mode, "lines": [milk(name="Lait entier é")]}
    content = json.dumps(body, ensure_ascii=False).encode(encoding)
    assert three_ways(tablet, content) == {(400, "malformed-json")}


@pytest.mark.parametrize("mode", ["live", "handed_over"])
@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_no_json_on_every_way(tablet: Tablet, mode: str, number: str) -> None:
    body = {**tablet.sale(), "mode": mode, "totals": {"payable_minor": float(number)}}
    assert three_ways(tablet, json.dumps(body).encode()) == {(400, "malformed-json")}


def test_a_word_that_looks_like_no_number_is_a_word(tablet: Tablet) -> None:
    body = {**tablet.sale(), "lines": [milk(code="NaN", name="Infinity")]}
    (first, again), *more = sorted(three_ways(tablet, json.dumps(body).encode()))
    assert (first, again, more) == (200, "", [(201, "")])


def test_a_name_that_is_half_a_character_is_a_field_that_nobody_knows(tablet: Tablet) -> None:
    body = {**tablet.sale(), "mode": "handed_over", "\ud800": 1}
    assert three_ways(tablet, json.dumps(body).encode()) == {(201, ""), (200, "")}
    live = {**tablet.sale(), "\ud800": 1}
    assert {status for status, _ in three_ways(tablet, json.dumps(live).encode())} == {422}


def test_a_token_is_read_alike_on_every_way(tablet: Tablet) -> None:
    content = json.dumps(tablet.sale()).encode()
    for wrong in ("Bearer", "Basic x", "Bearer wrong", "Bearer  wrong", "Bearer a b"):
        (refused,) = three_ways(tablet, content, authorization=wrong)
        assert refused[0] == 401, wrong
    for right in ("Bearer {}", "Bearer  {}", "bearer {}"):
        content = json.dumps(tablet.sale()).encode()
        ways = three_ways(tablet, content, authorization=right.format(tablet.token))
        assert ways == {(201, ""), (200, "")}, right


@pytest.mark.parametrize("path", ["/v1/sales", "/v1/returns"])
@pytest.mark.parametrize(
    "wrong",
    [
        b'"totals": {"payable_minor": true, "change_minor": 8000}',
        b'"totals": {"change_minor": 8000}',
        b'"totals": {"payable_minor": 1e400}',
        b'"totals": {"payable_minor": null}',
        b'"totals": null',
        b'"totals": [1]',
        b'"totals": 12000',
        b'"lines": {}',
        b'"lines": "milk"',
        b'"lines": [1]',
        b'"lines": null',
        b'"spare": 0',
    ],
)
def test_what_was_handed_over_and_nobody_can_read_is_kept_aside(
    tablet: Tablet, path: str, wrong: bytes
) -> None:
    """Also without lines and totals at all; the same bytes once, whatever way they come."""
    ticket_id = tablet.ids.next()
    head = f'"id": "{ticket_id}", "mode": "handed_over"'.encode()
    rest = b', "lines": []' if wrong.startswith(b'"totals"') else b""
    content = b"{" + head + rest + b", " + wrong + b"}"
    count = tablet.get("/v1/sync").json()["quarantined_count"]
    for kind in ("application/json", "application/json; charset=utf-8"):
        aside = tablet.post(path, content=content, headers={"Content-Type": kind})
        assert aside.status_code == 202, aside.text
        assert aside.json() == {
            "id": ticket_id,
            "status": "quarantined",
            "flags": ["unreadable-ticket"],
        }
    assert tablet.get("/v1/sync").json()["quarantined_count"] == count + 1
    unknown = tablet.post(
        path, content=content, headers={"Content-Type": "application/json"}, token="wrong"
    )
    assert unknown.status_code == 401


def test_a_number_of_more_digits_than_python_reads_is_a_number(tablet: Tablet) -> None:
    long = b'{"id": "%s", "mode": "handed_over", "lines": [], "totals": {"payable_minor": %s}}'
    content = long % (tablet.ids.next().encode(), b"9" * 5000)
    assert three_ways(tablet, content) == {(202, "")}


@pytest.mark.parametrize("wrong", [{"id": "no-id"}, {"id": None}, {"mode": "sideways"}])
def test_what_has_no_id_or_door_is_refused(tablet: Tablet, wrong: Json) -> None:
    for mode in ("live", "handed_over"):
        body = {**tablet.sale(), "mode": mode, **wrong}
        answer = tablet.post(
            "/v1/sales",
            content=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        assert answer.status_code == 422, answer.text
        assert answer.json()["code"] in ("malformed", "undecodable")


@pytest.mark.parametrize(
    "at",
    [
        "1970-01-01T00:05:00.000Z",
        "1999-12-31T23:59:59Z",
        "2100-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
    ],
)
@pytest.mark.parametrize("path", ["/v1/sales", "/v1/returns"])
def test_a_tablet_whose_clock_is_gone_sells_at_both_doors(
    tablet: Tablet, path: str, at: str
) -> None:
    """When it came in stands for when it was rung, on whatever way it came."""
    body = tablet.sale() if path == "/v1/sales" else tablet.goods_back()
    body["rung_at"] = at
    booked = tablet.post(path, body)
    assert (booked.status_code, booked.json().get("flags")) == (201, ["unknown-time"])
    assert booked.json()["rung_at"] == booked.json()["finalised_at"]
    for again in (
        tablet.post(path, body),
        tablet.post(path, content=json.dumps(body).encode(), headers={"Content-Type": "text/x"}),
        tablet.post(path, {**body, "mode": "handed_over"}),
    ):
        assert (again.status_code, again.content) == (200, booked.content)


def test_offending_fields_are_named_by_their_path_in_the_body(tablet: Tablet) -> None:
    body = {**tablet.sale(), "lines": [milk(), milk(quantity="x", size=1)]}
    fields = tablet.post("/v1/sales", body).json()["fields"]
    assert set(fields) == {"lines.1.quantity", "lines.1.size"}


def test_without_a_sign_in_neither_door_opens(tablet: Tablet) -> None:
    for token in ("", "wrong", tablet.tablet_token):
        for mode in ("live", "handed_over"):
            answer = tablet.post("/v1/sales", {**tablet.sale(), "mode": mode}, token=token)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"


def test_who_is_not_signed_in_learns_nothing_of_the_shape(tablet: Tablet) -> None:
    answer = tablet.post("/v1/sales", {"colour": "blue"}, token="wrong")
    assert (answer.status_code, answer.json()["code"]) == (401, "not-signed-in")


def test_what_was_signed_out_or_revoked_sells_nothing_more(shared_agent: RunningAgent) -> None:
    with Tablet(shared_agent, register=1, stream=78) as tablet:
        body = tablet.sale(shift_id=tablet.ids.next())
        assert tablet.post("/v1/sales", body).json()["code"] == "unknown-shift"
        assert tablet.call("DELETE", "/v1/sign-ins/current").status_code == 204
        for path in ("/v1/sales", "/v1/returns"):
            assert tablet.post(path, body).json()["code"] == "not-signed-in"
        tablet.sign_in()
        cashier = tablet.token
        tablet.sign_in(MANAGER)
        assert tablet.call("DELETE", f"/v1/pairings/{tablet.tablet_id}").status_code == 204
        for token in (cashier, tablet.token):
            assert tablet.post("/v1/sales", body, token=token).json()["code"] == "not-signed-in"


def test_a_query_is_refused_and_a_body_is_json_whatever_it_calls_itself(tablet: Tablet) -> None:
    body = tablet.sale()
    asked = tablet.post("/v1/sales?colour=blue", body)
    assert (asked.status_code, asked.json()["code"]) == (400, "unknown-query-parameter")
    content = json.dumps(body).encode()
    form = tablet.post("/v1/sales", content=b"id=1&mode=live", headers={"Content-Type": "x/y"})
    assert form.status_code == 400
    first, *others = (
        tablet.post("/v1/sales", content=content, headers=headers)
        for headers in (
            {"Content-Type": "text/plain"},
            {"Content-Type": "application/x-www-form-urlencoded"},
            {"Content-Type": "application/json; charset=utf-8"},
            {},
        )
    )
    assert first.status_code == 201
    assert [(each.status_code, each.content) for each in others] == [(200, first.content)] * 3
    assert tablet.call("PUT", "/v1/sales", json=body).status_code == 405


def test_an_integral_number_is_a_quantity_and_the_same_sale(tablet: Tablet) -> None:
    body = tablet.sale(2)
    assert tablet.post("/v1/sales", {**body, "lines": [milk(2)]}).status_code == 201
    for written in (2, 2.0, "2.0"):
        again = {**body, "lines": [milk(quantity=written)]}
        assert tablet.post("/v1/sales", again).status_code == 200


def test_a_reused_id_is_refused_live_and_quarantined_handed_over(tablet: Tablet) -> None:
    body = tablet.sale()
    first = tablet.post("/v1/sales", body)
    assert tablet.post("/v1/sales", body).content == first.content
    crossed = tablet.post("/v1/sales", {**body, "mode": "handed_over"})
    assert (crossed.status_code, crossed.content) == (200, first.content)
    other = {**body, **card(12000)}
    refused = tablet.post("/v1/sales", other)
    assert (refused.status_code, refused.json()["code"]) == (409, "sale-id-reused")
    count = tablet.get("/v1/sync").json()["quarantined_count"]
    for _ in range(2):
        aside = tablet.post("/v1/sales", {**other, "mode": "handed_over"})
        assert (aside.status_code, aside.json()["status"]) == (202, "quarantined")
        assert aside.json()["flags"] == ["sale-id-reused"]
    assert tablet.get("/v1/sync").json()["quarantined_count"] == count + 1
    as_return = tablet.goods_back(id=body["id"])
    assert tablet.post("/v1/returns", as_return).json()["code"] == "sale-id-reused"
    assert tablet.get(f"/v1/sales/{body['id']}").content == first.content


def test_a_withdrawn_product_is_not_found_but_comes_back(tablet: Tablet) -> None:
    assert tablet.get("/v1/products?q=rappele").json()["items"] == []
    assert tablet.get("/v1/products?code=6130093011433").status_code == 404
    assert tablet.get(f"/v1/products/{WITHDRAWN}").json()["active"] is False
    line = milk(product_id=str(WITHDRAWN))
    back = tablet.post("/v1/returns", tablet.goods_back(lines=[line]))
    assert (back.status_code, back.json()["flags"]) == (201, []), back.text


def test_an_id_of_something_else_is_no_sales_id(tablet: Tablet) -> None:
    body = tablet.sale(id=tablet.shift_id)
    refused = tablet.post("/v1/sales", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "fact-id-reused")
    aside = tablet.post("/v1/sales", {**body, "mode": "handed_over"})
    assert (aside.status_code, aside.json()["flags"]) == (202, ["fact-id-reused"])


def test_a_ticket_too_long_for_a_fact_is_refused_or_kept_aside(tablet: Tablet) -> None:
    lines = [{**milk(), "line_no": number} for number in range(1, 2002)]
    body = {**tablet.sale(), "lines": lines, **card(2001 * 12000)}
    refused = tablet.post("/v1/sales", body)
    assert (refused.status_code, refused.json()["code"]) == (422, "fact-too-large")
    aside = tablet.post("/v1/sales", {**body, "mode": "handed_over"})
    assert (aside.status_code, aside.json()["flags"]) == (202, ["fact-too-large"])
    longest = {**body, "lines": lines[:2000], **card(2000 * 12000)}
    booked = tablet.post("/v1/sales", longest)
    assert booked.status_code == 201
    assert len(booked.json()["lines"]) == 2000
    tenders = [{"kind": "card", "amount_minor": 6}] * 2001
    body = {**tablet.sale(), "mode": "handed_over", "tenders": tenders}
    aside = tablet.post("/v1/sales", body)
    assert (aside.status_code, aside.json()["flags"]) == (202, ["fact-too-large"])
    heavy = [milk(line_no=number, name="x" * 1_000) for number in range(1, 901)]
    aside = tablet.post("/v1/sales", {**tablet.sale(), "mode": "handed_over", "lines": heavy})
    assert (aside.status_code, aside.json()["flags"]) == (202, ["fact-too-large"])


def test_an_amount_that_no_ledger_holds_is_kept_aside(tablet: Tablet) -> None:
    body = {**tablet.sale(), **card(10**12 + 1)}
    assert tablet.post("/v1/sales", body).status_code == 422
    aside = tablet.post("/v1/sales", {**body, "mode": "handed_over"})
    assert (aside.status_code, aside.json()["flags"]) == (202, ["amount-too-large"])


def test_what_is_given_away_beyond_all_money_is_refused_or_booked_as_charged(
    tablet: Tablet,
) -> None:
    """The hub adds up discounts as well: what no sum of them holds goes into no fact."""
    free: Json = {"discount": {"percent_ppm": 1_000_000}, "unit_price_minor": 10**12}
    lines = [milk(line_no=number, price_reason="gift") | free for number in range(1, 12)]
    body = {**tablet.sale(), "lines": lines, **card(0), "tenders": []}
    refused = tablet.post("/v1/sales", body)
    assert (refused.status_code, refused.json()["code"]) == (422, "amount-too-large")
    booked = tablet.post("/v1/sales", {**body, "mode": "handed_over"})
    assert booked.status_code == 201
    assert "amount-too-large" in booked.json()["flags"]
    assert sum(line["gross_minor"] for line in booked.json()["lines"]) == 0


def test_a_handed_over_ticket_is_kept_however_it_is_spelled(tablet: Tablet) -> None:
    """As many Arabic words as no fact holds, each letter escaped."""
    lines = [milk(line_no=number, price_reason="\u062e" * 200) for number in range(1, 2001)]
    body = {**tablet.sale(), "mode": "handed_over", "lines": lines, **card(2000 * 12000)}
    spelled = json.dumps(body).encode()
    assert len(spelled) > 2 * 1024 * 1024
    headers = {"Content-Type": "application/json"}
    escaped = tablet.post("/v1/sales", content=spelled, headers=headers)
    assert (escaped.status_code, escaped.json()["flags"]) == (202, ["fact-too-large"])


def test_a_body_over_the_bound_is_not_read(tablet: Tablet) -> None:
    answer = tablet.post("/v1/sales", {**tablet.sale(), "reason": "x" * MAX_BODY_BYTES})
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


def test_after_the_close_live_is_refused_and_the_rest_is_an_addendum(
    shared_agent: RunningAgent,
) -> None:
    with Tablet(shared_agent, register=1, stream=77) as tablet:
        tablet.open_shift()
        tablet.sell()
        path = f"/v1/shifts/{tablet.shift_id}/close"
        z = tablet.post(path, {"counted_cash_minor": 512_000}).json()
        late = tablet.sale()
        refused = tablet.post("/v1/sales", late)
        assert (refused.status_code, refused.json()["code"]) == (409, "shift-closed")
        added = tablet.post("/v1/sales", {**late, "mode": "handed_over"}).json()
        assert added["flags"] == ["shift-closed"]
        assert added["addendum_to_z"] == z["z_number"]
        assert added["business_date"] == z["business_date"]
        assert added["receipt"]["number"] == 2
        assert tablet.get(f"/v1/z-reports/{z['z_number']}").json() == z
        nowhere = {**tablet.sale(), "mode": "handed_over", "shift_id": tablet.ids.next()}
        found = tablet.post("/v1/sales", nowhere).json()
        assert found["flags"] == ["shift-closed", "unknown-shift"]
        tablet.open_shift()
        assert tablet.get("/v1/shifts/current/x").json()["sales_count"] == 0
        orphan = {**tablet.sale(), "mode": "handed_over", "shift_id": tablet.ids.next()}
        found = tablet.post("/v1/sales", orphan).json()
        assert (found["flags"], found["shift_id"]) == (["unknown-shift"], tablet.shift_id)
        x = tablet.get("/v1/shifts/current/x").json()
        assert (x["sales_count"], x["handed_over_count"]) == (1, 1)


def test_returns_have_two_doors_too(tablet: Tablet) -> None:
    sold = tablet.sell(2)
    too_many = tablet.goods_back(3, original_sale_id=sold["id"])
    refused = tablet.post("/v1/returns", too_many)
    assert (refused.status_code, refused.json()["code"]) == (409, "already-returned")
    booked = tablet.post("/v1/returns", {**too_many, "mode": "handed_over"})
    assert (booked.status_code, booked.json()["flags"]) == (201, ["already-returned"])
    unknown = tablet.goods_back(1, original_sale_id=tablet.ids.next())
    refused = tablet.post("/v1/returns", unknown)
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown-sale")
    booked = tablet.post("/v1/returns", {**unknown, "mode": "handed_over"})
    assert (booked.status_code, booked.json()["flags"]) == (201, ["unknown-sale"])
    silent = without(tablet.goods_back(1), "reason")
    assert tablet.post("/v1/returns", silent).status_code == 422
    assert tablet.post("/v1/returns", {**silent, "mode": "handed_over"}).status_code == 201


@pytest.mark.parametrize("line_no", [1_763_893_000_123, 10**30, 0])
def test_a_return_with_its_ticket_gets_line_numbers_that_can_be(
    tablet: Tablet, line_no: int
) -> None:
    sold = tablet.sell()
    back = tablet.goods_back(original_sale_id=sold["id"], mode="handed_over")
    back["lines"][0]["line_no"] = line_no
    booked = tablet.post("/v1/returns", back)
    assert (booked.status_code, booked.json()["flags"]) == (201, ["renumbered-lines"])
    assert [line["line_no"] for line in booked.json()["lines"]] == [1]
    repeated = tablet.post("/v1/returns", back)
    assert (repeated.status_code, repeated.content) == (200, booked.content)


def test_a_product_is_proposed_in_a_unit_that_a_sale_takes(tablet: Tablet) -> None:
    kesra = {"id": tablet.ids.next(), "name": "Kesra", "unit": "box", "unit_price_minor": 4000}
    refused = tablet.post("/v1/products", kesra)
    assert (refused.status_code, refused.json()["fields"].keys()) == (422, {"unit"})
    assert "piece, kg" in refused.json()["fields"]["unit"]


def test_every_id_that_a_tablet_makes_is_a_uuid7(tablet: Tablet) -> None:
    """So said by each door that takes one; the handed-over one books and flags."""
    other = "3f0e8a52-9c7b-4b1e-8a3c-0d9be2f7a002"
    product = {"id": other, "name": "Kesra", "unit": "piece"}
    movement = {
        "id": other,
        "kind": "waste",
        "reason": "broken",
        "lines": [{"product_id": milk()["product_id"], "quantity": "-1"}],
    }
    cash = {
        "id": other,
        "shift_id": tablet.shift_id,
        "kind": "paid_out",
        "amount_minor": 1,
        "reason": "bread",
    }
    bodies: list[tuple[str, Json]] = [
        ("/v1/sales", {**tablet.sale(), "id": other}),
        ("/v1/returns", {**tablet.goods_back(), "id": other}),
        ("/v1/shifts", {"id": other, "float_minor": 0}),
        ("/v1/cash-movements", cash),
        ("/v1/stock-movements", movement),
        ("/v1/products", product),
        ("/v1/customers", {"id": other, "name": "Nadia B."}),
    ]
    for path, body in bodies:
        refused = tablet.post(path, body)
        assert refused.status_code == 422, path
        assert refused.json()["fields"].keys() == {"id"}
        assert "UUID version 7" in refused.json()["fields"]["id"]
