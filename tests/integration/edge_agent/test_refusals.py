"""Refusals of a running agent: announced in its description, and said in the caller's language."""

from typing import Any, NamedTuple

import httpx
import pytest

from edge_agent.kit.body_limit import MAX_BODY_BYTES
from tests.integration.edge_agent.shop_seed import WITHDRAWN
from tests.integration.edge_agent.tablet import Json, Tablet, milk

pytestmark = pytest.mark.slow
NOBODY = "0192d6a0-0000-7000-8000-00000000ffff"
OPEN = {"/v1/meta", "/v1/sync", "/v1/pairings", "/livez", "/readyz", "/metrics"}
PROBLEM = "application/problem+json"
GUESSED_PAIRING = {"pairing_token": "guessed-it", "tablet_name": "tablet"}


class Refusal(NamedTuple):
    """A request and what it is answered. `body`: bytes as they are, or JSON."""

    status: int
    code: str
    method: str
    path: str
    body: Json | bytes | None = None
    token: str | None = None


REFUSALS = (
    Refusal(400, "malformed-json", "POST", "/v1/shifts", b'{"id": '),
    Refusal(400, "malformed-json", "POST", "/v1/sales", b'{"id": '),
    Refusal(400, "bad-request", "POST", "/v1/shifts", b'{"id": "\xff"}'),
    Refusal(400, "unknown-query-parameter", "GET", "/v1/meta?colour=red"),
    Refusal(401, "no-token", "GET", "/v1/products", token=""),
    Refusal(401, "not-signed-in", "GET", "/v1/products", token="expired"),
    Refusal(401, "unknown-tablet", "POST", "/v1/sign-ins", {"pin": "2468"}, token="sold"),
    Refusal(401, "wrong-pairing-token", "POST", "/v1/pairings", GUESSED_PAIRING),
    Refusal(403, "role-missing", "DELETE", f"/v1/pairings/{NOBODY}"),
    Refusal(404, "unknown-ticket", "GET", f"/v1/sales/{NOBODY}"),
    Refusal(404, "unknown-product", "GET", f"/v1/products/{NOBODY}"),
    Refusal(404, "unknown-code", "GET", "/v1/products?code=0000"),
    Refusal(404, "unknown-z-report", "GET", "/v1/z-reports/999999"),
    Refusal(404, "unknown-shift", "POST", f"/v1/shifts/{NOBODY}/close", {"counted_cash_minor": 0}),
    Refusal(409, "shift-open", "POST", "/v1/shifts", {"id": NOBODY, "float_minor": 0}),
    Refusal(413, "request-entity-too-large", "POST", "/v1/shifts", b" " * (MAX_BODY_BYTES + 1)),
    Refusal(422, "malformed", "POST", "/v1/shifts", {"id": NOBODY}),
    Refusal(422, "malformed", "GET", "/v1/sales/seven"),
    Refusal(404, "not-found", "GET", "/v1/nothing"),
    Refusal(405, "method-not-allowed", "GET", "/v1/sales"),
)


def ask(tablet: Tablet, refusal: Refusal, *, language: str) -> httpx.Response:
    more: dict[str, Any] = {} if refusal.token is None else {"token": refusal.token}
    headers = {"Accept-Language": language}
    if isinstance(refusal.body, bytes):
        headers["Content-Type"] = "application/json"
        more["content"] = refusal.body
    elif refusal.body is not None:
        more["json"] = refusal.body
    return tablet.call(refusal.method, refusal.path, headers=headers, **more)


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda one: f"{one.code} {one.path[:24]}")
def test_a_refusal_is_announced_and_speaks_the_callers_language(
    tablet: Tablet, refusal: Refusal
) -> None:
    told = {language: ask(tablet, refusal, language=language) for language in ("en", "fr", "ar")}
    for language, answer in told.items():
        assert (answer.status_code, answer.json()["code"]) == refusal[:2], answer.text
        assert answer.headers["content-type"] == PROBLEM
        assert answer.headers["content-language"] == language
    assert len({answer.json()["detail"] for answer in told.values()}) == 3


@pytest.mark.parametrize(
    ("status", "code", "changes"),
    [
        (409, "product-withdrawn", {"lines": [milk(product_id=str(WITHDRAWN))]}),
        (409, "unknown-shift", {"shift_id": NOBODY}),
        (422, "unknown-product", {"lines": [milk(product_id=NOBODY)]}),
        (422, "wrong-currency", {"currency": "EUR"}),
        (422, "short-tender", {"tenders": [{"kind": "cash", "amount_minor": 1}]}),
        (422, "wrong-totals", {"totals": {"payable_minor": 1}}),
    ],
)
def test_a_refused_ticket_is_announced_and_speaks_the_callers_language(
    tablet: Tablet, status: int, code: str, changes: Json
) -> None:
    refusal = Refusal(status, code, "POST", "/v1/sales", tablet.sale(**changes))
    test_a_refusal_is_announced_and_speaks_the_callers_language(tablet, refusal)


def test_every_operation_shows_its_problems_and_none_that_is_foreign(tablet: Tablet) -> None:
    description = tablet.get("/openapi.json", token="").json()
    schemas = description["components"]["schemas"]
    assert not {"HTTPValidationError", "ValidationError"} & set(schemas)
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            shown = {code: one for code, one in operation["responses"].items() if code >= "400"}
            expected = {"400", "500"}
            expected |= {"503"} if path != "/livez" else set()
            expected |= {"413", "422"} if "requestBody" in operation else set()
            expected |= {"401"} if path not in OPEN else set()
            assert expected <= set(shown), (method, path)
            for status, one in shown.items():
                (kind, content), *others = one["content"].items()
                assert (kind, others) == (PROBLEM, []), (method, path, status)
                assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
                assert content["example"]["status"] == int(status)
                assert set(schemas["Problem"]["required"]) <= set(content["example"])
                assert set(content["example"]) <= set(schemas["Problem"]["properties"])
