"""The API as an integrator meets it, over a real database and the facts of real shops."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from hub.identity.tokens import AccessTokens, load_or_create_key
from hub.kit.permissions import Permission, Principal
from tests.integration.hub.conftest import HubDatabase
from tests.integration.hub.hub_world import DAY, PASSWORD, HubWorld, hub_world, new_id

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

PROBLEM = "application/problem+json"
LISTS = (
    "/v1/stores",
    "/v1/registers",
    "/v1/devices",
    "/v1/products",
    "/v1/prices",
    "/v1/sales",
    "/v1/sales/by-day",
    "/v1/stock",
    "/v1/discrepancies",
    "/v1/quarantine",
    "/v1/set-aside-facts",
)
# A box has no account: its code, or its certificate's key, is what it shows.
_OPEN_TO_BOXES = (
    "/v1/provisioning/claim",
    "/v1/provisioning/challenge",
    "/v1/provisioning/renew",
)
METHODS = ("get", "post", "put", "patch", "delete")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(
    hub_database: HubDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[HubWorld]:
    async with hub_world(hub_database, tmp_path_factory.mktemp("hub")) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def client(world: HubWorld) -> AsyncIterator[httpx.AsyncClient]:
    async with world.client(world.algiers) as signed_in:
        yield signed_in


def operations(world: HubWorld) -> list[tuple[str, str, dict[str, Any]]]:
    """(method, path with an id nobody has, operation) of everything the description names."""
    found = []
    for path, methods in world.app.openapi()["paths"].items():
        for method, operation in methods.items():
            if method in METHODS:
                parts = [str(uuid4()) if "{" in part else part for part in path.split("/")]
                found.append((method, "/".join(parts), operation))
    return found


async def everything(client: httpx.AsyncClient, path: str, limit: int) -> list[dict[str, Any]]:
    """All items of a list, page by page."""
    items: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        parameters = {"limit": str(limit)} | ({"cursor": cursor} if cursor else {})
        answer = await client.get(path, params=parameters)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["items"]) <= limit
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            return items


def assert_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    problem: dict[str, Any] = answer.json()
    assert problem["code"] == code
    assert problem["type"] == f"urn:hanout:problem:{code}"
    assert problem["status"] == status
    assert problem["trace_id"] == answer.headers["x-request-id"]
    return problem


@pytest.mark.parametrize("path", LISTS)
async def test_pages_hold_every_item_once(client: httpx.AsyncClient, path: str) -> None:
    whole = await everything(client, path, 200)
    assert await everything(client, path, 7) == whole
    keys = [str(item) for item in whole]
    assert len(set(keys)) == len(keys)


async def test_unknown_parameters_are_refused_everywhere(
    world: HubWorld, client: httpx.AsyncClient
) -> None:
    for method, path, operation in operations(world):
        body: dict[str, Any] = {} if method in {"get", "delete"} else {"json": {}}
        answer = await client.request(method, path, params={"colour": "red"}, **body)
        name = operation["operationId"]
        assert answer.status_code == 400, f"{name}: {answer.text}"
        assert "colour" in answer.json()["fields"], name


async def test_without_a_token_nothing_is_told(world: HubWorld) -> None:
    async with world.client() as stranger:
        for method, path, operation in operations(world):
            if "security" not in operation:
                assert path.startswith("/v1/auth/") or path in _OPEN_TO_BOXES, path
                continue
            for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic x"}):
                answer = await stranger.request(method, path, headers=headers)
                assert answer.status_code == 401, f"{method} {path}: {answer.text}"
                assert answer.headers["www-authenticate"] == "Bearer"


async def test_without_permissions_everything_is_forbidden(world: HubWorld) -> None:
    tokens = AccessTokens(
        load_or_create_key(world.settings.token_key_file), clock=world.outside.clock
    )
    nobody = Principal(
        user_id=new_id(),
        organization_id=world.algiers.organization_id,
        permissions=frozenset(),
    )
    headers = {"Authorization": f"Bearer {tokens.issue(nobody).token}"}
    async with world.client() as client:
        for method, path, operation in operations(world):
            if "security" in operation and path != "/v1/me":
                body: dict[str, Any] = {} if method == "get" else {"json": {}}
                answer = await client.request(method, path, headers=headers, **body)
                # A body that says nothing may be refused first; it tells nothing either.
                assert answer.status_code in {403, 422}, f"{method} {path}: {answer.text}"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=0", "bad-limit"),
        ("limit=201", "bad-limit"),
        ("limit=many", "bad-parameter"),
        ("cursor=%00", "bad-cursor"),
        ("cursor=WzFd", "bad-cursor"),
        ("cursor=" + "A" * 2000, "bad-cursor"),
        ("business_date_from=yesterday", "bad-parameter"),
        ("kind=gift", "bad-parameter"),
        ("store_id=1", "bad-parameter"),
    ],
)
async def test_bad_parameters_are_named(client: httpx.AsyncClient, query: str, code: str) -> None:
    assert_problem(await client.get(f"/v1/sales?{query}"), 400, code)


@pytest.mark.parametrize(
    ("language", "title"),
    [("fr-FR,en;q=0.5", "Introuvable"), ("ar", "غير موجود"), ("de", "Not found")],
)
async def test_problems_speak_the_callers_language(
    client: httpx.AsyncClient, language: str, title: str
) -> None:
    answer = await client.get(f"/v1/stores/{new_id()}", headers={"Accept-Language": language})
    assert assert_problem(answer, 404, "unknown-store")["title"] == title


async def test_an_address_that_names_nothing_is_not_found(client: httpx.AsyncClient) -> None:
    assert_problem(await client.get("/v1/stores/not-an-id"), 404, "not-found")
    assert_problem(await client.get("/v1/nothing"), 404, "not-found")
    answer = await client.post("/v1/stores", json={})
    assert answer.status_code == 405
    assert answer.headers["content-type"] == PROBLEM
    assert "GET" in answer.headers["allow"]


async def test_a_request_id_is_kept_when_it_is_a_word(client: httpx.AsyncClient) -> None:
    kept = await client.get("/livez", headers={"X-Request-Id": "order-1234567"})
    assert kept.headers["x-request-id"] == "order-1234567"
    replaced = await client.get("/livez", headers={"X-Request-Id": "a b\tc"})
    assert replaced.headers["x-request-id"] != "a b\tc"


async def test_sums_by_day_are_those_of_the_tickets(
    world: HubWorld, client: httpx.AsyncClient
) -> None:
    tickets = await everything(client, "/v1/sales", 200)
    for row in await everything(client, "/v1/sales/by-day", 200):
        own = [t for t in tickets if t["store_id"] == row["store_id"]]
        sums = {
            kind: sum(t["payable_minor"] for t in own if t["kind"] == kind)
            for kind in ("sale", "return")
        }
        assert row["business_date"] == DAY.isoformat()
        assert row["tickets"] == len(own) == row["sales_count"] + row["returns_count"]
        assert row["gross_minor"] == sums["sale"]
        assert row["returns_minor"] == sums["return"]
        assert row["net_minor"] == sums["sale"] - sums["return"]
    only = {"store_id": str(world.algiers.shops[1].store_id), "kind": "return"}
    returns = (await client.get("/v1/sales", params=only)).json()["items"]
    assert returns
    assert {(t["store_id"], t["kind"]) for t in returns} == {(only["store_id"], "return")}
    empty = await client.get("/v1/sales", params={"business_date_to": "2026-11-19"})
    assert empty.json() == {"items": [], "next": None}


async def test_a_ticket_adds_up(client: httpx.AsyncClient) -> None:
    for summary in (await client.get("/v1/sales?limit=20")).json()["items"]:
        ticket = (await client.get(f"/v1/sales/{summary['id']}")).json()
        assert {name: ticket[name] for name in summary} == summary
        totals = ticket["totals"]
        assert sum(line["amount_minor"] for line in ticket["lines"]) == totals["lines_minor"]
        assert totals["payable_minor"] == totals["due_minor"] + totals["cash_rounding_minor"]
        assert totals["tendered_minor"] - totals["change_minor"] == totals["payable_minor"]
        assert sum(tender["net_minor"] for tender in ticket["tenders"]) == totals["payable_minor"]
        assert sum(tax["tax_minor"] for tax in ticket["tax_lines"]) == totals["tax_minor"]
        assert ticket["receipt"]["text"].startswith("C1-1-")


async def test_events_are_followed_by_position(world: HubWorld, client: httpx.AsyncClient) -> None:
    seen: list[int] = []
    while True:
        after = seen[-1] if seen else 0
        page = (await client.get(f"/v1/events?after={after}")).json()
        seen += [event["position"] for event in page["items"]]
        if page["next"] is None:
            break
        assert page["next"] == seen[-1]
    assert seen == list(range(1, len(seen) + 1))
    shop = world.algiers.shops[0]
    await world.send(shop, [shop.shift.sale()])
    fresh = (await client.get("/v1/events", params={"after": seen[-1]})).json()["items"]
    assert [event["type"] for event in fresh] == ["sale.finalised"]
    ticket = await client.get(f"/v1/sales/{fresh[0]['payload']['sale_id']}")
    assert ticket.json()["store_id"] == str(shop.store_id)
    far = await client.get("/v1/events", params={"after": 2**63 - 1})
    assert (far.status_code, far.json()["code"]) == (409, "position-ahead")


@pytest.mark.parametrize(
    ("asked", "sku"),
    [
        ({"q": "the MENTHE"}, "SKU-1"),
        ({"q": "حليب"}, "SKU-0"),
        ({"q": "oeufs"}, "SKU-2"),
        ({"q": "mint"}, "SKU-1"),
        ({"q": "sku-2"}, "SKU-2"),
        ({"code": "6130000000000"}, "SKU-0"),
        ({"code": "SKU-1"}, "SKU-1"),
    ],
)
async def test_products_are_found(
    client: httpx.AsyncClient, asked: dict[str, str], sku: str
) -> None:
    found = (await client.get("/v1/products", params=asked)).json()["items"]
    assert [product["sku"] for product in found] == [sku]


async def test_searching_for_nothing_finds_nothing(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/products", params={"q": "..."})).json()["items"] == []
    assert (await client.get("/v1/products", params={"code": "0"})).json()["items"] == []


async def test_a_product_is_made_changed_and_priced(
    world: HubWorld, client: httpx.AsyncClient
) -> None:
    shop = world.algiers.shops[0]
    body = {
        "product_id": str(new_id()),
        "sku": "SKU-9",
        "names": {"fr": "Café moulu", "ar": "قهوة"},
        "tax_id": "TVA19",
        "codes": ["6130000000009"],
    }
    made = await client.post("/v1/products", json=body)
    assert made.status_code == 201, made.text
    address = made.headers["location"]
    assert_problem(await client.post("/v1/products", json=body), 409, "product-exists")

    change = {"names": {"fr": "Café moulu 250 g"}}
    assert_problem(await client.patch(address, json=change), 428, "revision-missing")
    stale = {"If-Match": '"99"'}
    assert_problem(await client.patch(address, json=change, headers=stale), 412, "revision-differs")
    current = {"If-Match": made.headers["etag"]}
    changed = await client.patch(address, json=change, headers=current)
    assert changed.status_code == 200, changed.text
    assert changed.json()["names"] == change["names"]
    assert changed.headers["etag"] != made.headers["etag"]
    assert (await client.get(address)).json() == changed.json()
    taken = {"If-Match": changed.headers["etag"]}
    clash = await client.patch(address, json={"codes": ["6130000000001"]}, headers=taken)
    assert_problem(clash, 409, "code-taken")
    gtin = {"codes": ["0054881005876"]}
    assert (await client.patch(address, json=gtin, headers=taken)).status_code == 200
    for code in ("054881005876", "0054881005876", "00054881005876"):
        found = (await client.get("/v1/products", params={"code": code})).json()["items"]
        assert [each["product_id"] for each in found] == [body["product_id"]]

    price = {"currency": "DZD", "unit_price_minor": 45_000, "store_id": str(shop.store_id)}
    assert (await client.put(f"{address}/price", json=price)).status_code == 204
    product_id = str(body["product_id"])
    prices = (await client.get("/v1/prices", params={"product_id": product_id})).json()
    assert [(p["unit_price_minor"], p["store_id"]) for p in prices["items"]] == [
        (45_000, str(shop.store_id))
    ]
    published = await world.inbox.rows(
        "select convert_from(payload, 'utf8') as payload from collection_row"
        " where store_id = $1 and key = $2",
        shop.store_id,
        f"price/{product_id}",
    )
    assert "45000" in published[0]["payload"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"colour": "red"},
        {"sku": ""},
        {"sku": "a\u0000b"},
        {"names": {}},
        {"names": {"de": "Kaffee"}},
        {"names": {"fr": "x" * 201}},
        {"codes": ["6" * 65]},
        {"product_id": "1"},
        {"product_id": "3f0e8a52-9c7b-4b1e-8a3c-0d9be2f7a001"},
        {"tax_id": "none-such"},
    ],
)
async def test_a_wrong_product_is_refused_whole(
    client: httpx.AsyncClient, wrong: dict[str, Any]
) -> None:
    right = {
        "product_id": str(new_id()),
        "sku": "SKU-10",
        "names": {"fr": "Sucre"},
        "tax_id": "TVA19",
    }
    answer = await client.post("/v1/products", json={**right, **wrong})
    assert answer.status_code == 422, answer.text
    assert answer.json()["fields"]
    found = await client.get("/v1/products", params={"code": "SKU-10"})
    assert found.json()["items"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"unit_price_minor": -1},
        {"unit_price_minor": 1.0},
        {"unit_price_minor": "100"},
        {"unit_price_minor": 10**12 + 1},
        {"currency": "dzd"},
        {"currency": "XXQ"},
        {"effective_at": "2026-11-23T10:00:00"},
    ],
)
async def test_a_wrong_price_is_refused(
    world: HubWorld, client: httpx.AsyncClient, wrong: dict[str, Any]
) -> None:
    price = {"currency": "DZD", "unit_price_minor": 100, **wrong}
    address = f"/v1/products/{world.algiers.product_ids[0]}/price"
    assert (await client.put(address, json=price)).status_code == 422


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"null", b"\xff", b'{"email": "\\ud800"}'])
async def test_what_is_no_body_is_malformed(client: httpx.AsyncClient, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await client.post("/v1/auth/sign-in", content=body, headers=headers)
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == PROBLEM


async def test_a_body_has_a_bound(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/products", content=b"[" * (1024 * 1024 + 1))
    assert answer.status_code == 413
    assert answer.headers["content-type"] == PROBLEM


async def test_a_session_outlives_access_tokens_until_it_is_ended(world: HubWorld) -> None:
    async with world.client() as client:
        credentials = {"email": world.algiers.email, "password": PASSWORD}
        signed_in = (await client.post("/v1/auth/sign-in", json=credentials)).json()
        assert signed_in["token_type"] == "Bearer"
        assert signed_in["organization_id"] == str(world.algiers.organization_id)
        refresh = {"refresh_token": signed_in["refresh_token"]}
        renewed = await client.post("/v1/auth/refresh", json=refresh)
        assert renewed.status_code == 200, renewed.text
        headers = {"Authorization": f"Bearer {renewed.json()['access_token']}"}
        me = (await client.get("/v1/me", headers=headers)).json()
        assert me["email"] == world.algiers.email
        assert set(me["permissions"]) == {permission.value for permission in Permission}
        assert (await client.post("/v1/auth/sign-out", json=refresh)).status_code == 204
        assert_problem(await client.post("/v1/auth/refresh", json=refresh), 401, "session-ended")


async def test_a_wrong_password_says_nothing_and_is_throttled(world: HubWorld) -> None:
    async with world.client() as client:
        wrong = {"email": "somebody@else.example", "password": "wrong"}
        for _ in range(10):
            answer = await client.post("/v1/auth/sign-in", json=wrong)
            assert_problem(answer, 401, "wrong-credentials")
        answer = await client.post("/v1/auth/sign-in", json=wrong)
        assert_problem(answer, 429, "too-many-attempts")
        assert int(answer.headers["retry-after"]) > 0


async def test_what_went_wrong_is_shown(world: HubWorld, client: httpx.AsyncClient) -> None:
    shop = world.algiers.shops[0]
    assert shop.device is not None
    await world.inbox.send(shop.device, [b"no fact at all"], dead={0: "undecodable"})
    await world.inbox.project_all()
    aside = (await client.get("/v1/set-aside-facts")).json()["items"]
    assert [(fact["state"], fact["reason"]) for fact in aside] == [("dead", "undecodable")]
    item_id = new_id()
    async with world.inbox.superuser() as connection:
        await connection.execute(
            "insert into quarantine values ($1, $2, $3, 1, 5, 5, 'bad_hash', null, $4, $5, now())",
            world.algiers.organization_id,
            item_id,
            shop.device.ref.device_id,
            b"digest",
            b"forged",
        )
    items = (await client.get("/v1/quarantine")).json()["items"]
    assert [(item["id"], item["reason"]) for item in items] == [(str(item_id), "bad_hash")]
    whole = (await client.get(f"/v1/quarantine/{item_id}")).json()
    assert whole["content_base64"] == "Zm9yZ2Vk"
