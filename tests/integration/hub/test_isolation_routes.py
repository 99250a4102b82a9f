"""Two tenants, every route: nothing of the other is read or written (promise F).

The routes come from the application itself. A new one fails here until `WRITES`, `ASIDE` or the
generated reads cover it.
"""

import re
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from starlette.routing import BaseRoute

from tests.integration.hub.conftest import HubDatabase
from tests.integration.hub.hub_world import DAY, PASSWORD, HubWorld, hub_world, new_id

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

# Routes that hold nothing of any tenant, or only what the caller brings along.
ASIDE = {
    ("GET", "/openapi.json"),
    ("GET", "/livez"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/static/{name:path}"),
    ("GET", "/language/{code}"),
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("POST", "/sign-out"),
    ("POST", "/v1/auth/sign-in"),
    ("POST", "/v1/auth/refresh"),
    ("POST", "/v1/auth/sign-out"),
    # Whoever knows a code or holds a device's key: proved by test_claims.py and test_renewal.py.
    ("POST", "/v1/provisioning/claim"),
    ("POST", "/v1/provisioning/challenge"),
    ("POST", "/v1/provisioning/renew"),
    # Forms of a page: proved by test_device_pages.py.
    ("POST", "/devices/claims"),
    ("POST", "/devices/claims/{claim_id}/withdraw"),
    ("POST", "/devices/{device_id}/revoke"),
    # A stream: proved by test_live.py.
    ("GET", "/live"),
}
# What each write is told. `foreign`: ids of the other tenant by kind; `own`: the caller's.
Body = Callable[[dict[str, str], dict[str, str]], dict[str, Any]]
WRITES: dict[tuple[str, str], list[Body]] = {
    ("PATCH", "/v1/products/{product_id}"): [lambda foreign, own: {"names": {"fr": "Volé"}}],
    ("PUT", "/v1/products/{product_id}/price"): [
        lambda foreign, own: {"currency": "GBP", "unit_price_minor": 1},
        lambda foreign, own: {
            "currency": "GBP",
            "unit_price_minor": 1,
            "store_id": foreign["store_id"],
        },
    ],
    ("POST", "/v1/devices/{device_id}/revoke"): [lambda foreign, own: {"reason": "theft"}],
    ("POST", "/v1/devices/{device_id}/journal"): [lambda foreign, own: {}],
    ("POST", "/v1/devices/{device_id}/commands"): [lambda foreign, own: {"kind": "restart"}],
    ("POST", "/v1/devices/{device_id}/alerts/{alert_id}/settle"): [lambda foreign, own: {}],
    ("DELETE", "/v1/devices/claims/{claim_id}"): [lambda foreign, own: {}],
    ("POST", "/v1/devices/claims"): [
        lambda foreign, own: {"store_id": foreign["store_id"], "name": "Volé"},
        lambda foreign, own: {
            "store_id": own["store_id"],
            "name": "Volé",
            "replaces": foreign["device_id"],
        },
    ],
    # Last: from then on the caller has a product of its own under that id.
    ("POST", "/v1/products"): [
        lambda foreign, own: {
            "product_id": foreign["product_id"],
            "sku": "STOLEN",
            "names": {"fr": "Volé"},
            "tax_id": "TVA19",
        },
    ],
}
# Writes that name what they need in the body: refused for another's, not made as one's own.
NAMED_IN_BODY = {"/v1/devices/claims"}
PAGES = {"/", "/devices", "/today/takings", "/today/devices", "/tickets", "/tickets/{sale_id}"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(
    hub_database: HubDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[HubWorld]:
    async with hub_world(hub_database, tmp_path_factory.mktemp("hub")) as made:
        for tenant in (made.algiers, made.london):
            shop = tenant.shops[0]
            assert shop.device is not None
            async with made.client(tenant) as office:
                slot = {"store_id": str(shop.store_id), "name": "Agent"}
                opened = await office.post("/v1/devices/claims", json=slot)
                assert opened.status_code == 201, opened.text
            await made.inbox.send(shop.device, [b"unreadable"], dead={0: "undecodable"})
            await made.inbox.project_all()
            async with made.inbox.superuser() as connection:
                await connection.execute(
                    "insert into quarantine values ($1,$2,$3,1,5,5,'fork',null,$4,$5,now())",
                    tenant.organization_id,
                    new_id(),
                    shop.device.ref.device_id,
                    b"digest",
                    b"forged",
                )
                await connection.execute(
                    "insert into device_alert values"
                    " ($1, $2, $3, 'cloned', '', now(), '{}', null, null)",
                    tenant.organization_id,
                    new_id(),
                    shop.device.ref.device_id,
                )
                await connection.execute(
                    "insert into discrepancy values"
                    " ($1, $2, 'wrong-totals', 'totals', $3, $4, '1', '2', now())",
                    tenant.organization_id,
                    new_id(),
                    shop.store_id,
                    DAY,
                )
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def thief(world: HubWorld) -> AsyncIterator[httpx.AsyncClient]:
    """The Algerian owner, after what belongs to London; signed in by token and by cookie."""
    async with world.client(world.algiers) as client:
        form = await client.get("/sign-in")
        token = re.search(r'name="form_token" value="([0-9a-f]+)"', form.text)
        assert token is not None
        entered = await client.post(
            "/sign-in",
            data={"email": world.algiers.email, "password": PASSWORD, "form_token": token[1]},
        )
        assert entered.status_code == 303, entered.text
        yield client


def routes(app: FastAPI) -> set[tuple[str, str]]:
    """(method, path template) of every route, hidden ones too."""
    return {
        (method, getattr(route, "path", ""))
        for route in _flat(app.routes)
        for method in (getattr(route, "methods", None) or {"GET"})
        if method != "HEAD"
    }


def _flat(found: Iterable[BaseRoute]) -> Iterable[BaseRoute]:
    for route in found:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from _flat(inner.routes)
        else:
            yield route


async def rows_of(world: HubWorld, organization_id: UUID) -> dict[str, list[str]]:
    """Every row of the tenant in every table, as text."""
    tables = await world.inbox.rows(
        "select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid"
        " where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')"
        " and not c.relispartition and a.attname = 'organization_id' order by 1"
    )
    found = {}
    for table in tables:
        rows = await world.inbox.rows(
            f"select to_jsonb(t)::text as row from {table['name']} t where organization_id = $1",
            organization_id,
        )
        found[table["name"]] = sorted(row["row"] for row in rows)
    assert sum(map(len, found.values())) > 100
    return found


async def ids_of(world: HubWorld, organization_id: UUID) -> set[str]:
    """Every id that the tenant alone knows."""
    rows = await rows_of(world, organization_id)
    text = "\n".join(row for table in rows.values() for row in table)
    return set(re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", text))


async def kinds_of(world: HubWorld, organization_id: UUID) -> dict[str, str]:
    """One id of the tenant for each kind that a path or a parameter may name."""
    sources = {
        "store_id": "select store_id from store",
        "register_id": "select register_id from register",
        "device_id": "select device_id from device",
        "product_id": "select product_id from product",
        "sale_id": "select id from sale",
        "item_id": "select id from quarantine",
        "claim_id": "select claim_id from device_claim",
        "alert_id": "select alert_id from device_alert",
    }
    found = {}
    for kind, sql in sources.items():
        rows = await world.inbox.rows(f"{sql} where organization_id = $1 limit 1", organization_id)
        (found[kind],) = map(str, rows[0].values())
    return found


async def test_every_route_is_covered(world: HubWorld) -> None:
    reads = {
        (method.upper(), path)
        for path, methods in world.app.openapi()["paths"].items()
        for method in methods
        if method == "get"
    }
    covered = reads | ASIDE | set(WRITES) | {("GET", page) for page in PAGES}
    assert routes(world.app) == covered


async def test_no_read_shows_anything_of_the_other(
    world: HubWorld, thief: httpx.AsyncClient
) -> None:
    own = await ids_of(world, world.algiers.organization_id)
    foreign = await ids_of(world, world.london.organization_id) - own
    kinds = await kinds_of(world, world.london.organization_id)
    for method, path in sorted(routes(world.app) - ASIDE - set(WRITES)):
        assert method == "GET"
        address = path.format(**kinds)
        # HTML is asked for as a browser does, so that its problems are pages, too.
        headers = {"Accept": "text/html"} if path in PAGES else {}
        answer = await thief.get(address, headers=headers)
        asked = set(re.findall(r"\{(\w+)\}", path))
        assert answer.status_code == (404 if asked else 200), f"{path}: {answer.text}"
        # An address may come back to who asked for it.
        shown = {name for name in foreign if name in answer.text} - {kinds[k] for k in asked}
        assert not shown, path
        assert "Soho" not in answer.text, path


async def test_no_filter_reaches_the_other(world: HubWorld, thief: httpx.AsyncClient) -> None:
    kinds = await kinds_of(world, world.london.organization_id)
    filtered = 0
    for path, methods in world.app.openapi()["paths"].items():
        for parameter in methods.get("get", {}).get("parameters", ()):
            if parameter["in"] == "query" and parameter["name"] in kinds:
                name = parameter["name"]
                answer = await thief.get(path, params={name: kinds[name]})
                assert answer.json() == {"items": [], "next": None}, f"{path}?{name}"
                filtered += 1
    assert filtered >= 10
    page = await thief.get("/tickets", params={"store": kinds["store_id"]})
    assert page.status_code == 200
    assert "/tickets/0" not in page.text


async def test_no_cursor_reaches_the_other(world: HubWorld, thief: httpx.AsyncClient) -> None:
    async with world.client(world.london) as victim:
        page = (await victim.get("/v1/sales", params={"limit": 1})).json()
    foreign = await ids_of(world, world.london.organization_id)
    answer = await thief.get("/v1/sales", params={"cursor": page["next"], "limit": 200})
    assert answer.status_code == 200
    assert not {item["id"] for item in answer.json()["items"]} & foreign


async def test_no_write_touches_the_other(world: HubWorld, thief: httpx.AsyncClient) -> None:
    foreign = await kinds_of(world, world.london.organization_id)
    own = await kinds_of(world, world.algiers.organization_id)
    before = await rows_of(world, world.london.organization_id)
    for (method, path), bodies in WRITES.items():
        for body in bodies:
            content = body(foreign, own)
            targets = [foreign, own] if "store_id" in content else [foreign]
            for kinds in targets:
                answer = await thief.request(
                    method, path.format(**kinds), json=content, headers={"If-Match": '"1"'}
                )
                expected = {404} if "{" in path or path in NAMED_IN_BODY else {201}
                assert answer.status_code in expected, f"{method} {path}: {answer.text}"
    assert await rows_of(world, world.london.organization_id) == before


async def test_a_token_of_one_tenant_enters_no_other(
    world: HubWorld, thief: httpx.AsyncClient
) -> None:
    credentials = {
        "email": world.algiers.email,
        "password": PASSWORD,
        "organization_id": str(world.london.organization_id),
    }
    answer = await thief.post("/v1/auth/sign-in", json=credentials)
    assert answer.status_code == 403
    assert answer.json()["code"] == "no-organization"
