import json
from typing import Annotated

import httpx
import pytest
from fastapi import Depends, FastAPI, Query
from pydantic import BaseModel, ConfigDict
from structlog.testing import capture_logs

from edge_agent.kit.problems import STATUS, add_problem_handlers, refuse_unknown_query
from edge_agent.kit.titles import TITLES
from edge_agent.kit.tracing import TraceMiddleware
from protocol import errors


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    pieces: int


def paging(after: str | None = None) -> str | None:
    return after


def build_app() -> FastAPI:
    app = FastAPI(dependencies=[Depends(refuse_unknown_query)])
    sentences = {"shift-closed": {"fr": "La caisse est fermée."}}
    add_problem_handlers(app, sentences=sentences)
    app.add_middleware(TraceMiddleware, random_bytes=lambda count: b"\xab" * count)

    @app.get("/items")
    async def items(
        after: Annotated[str | None, Depends(paging)],
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> dict[str, object]:
        return {"limit": limit, "after": after}

    @app.post("/items")
    async def make(body: Body) -> int:
        return body.pieces

    @app.get("/errors/{name}")
    async def fail(name: str) -> None:
        kind = getattr(errors, name, None)
        if kind is errors.Throttled:
            raise errors.Throttled("slow-down", "Wait.", retry_after_s=31)
        if kind is not None:
            raise kind("shift-closed", "Open a shift.", fields={"shift_id": "closed"})
        raise RuntimeError("secret detail")

    return app


@pytest.fixture
async def http() -> httpx.AsyncClient:
    transport = httpx.ASGITransport(build_app(), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://edge")


def test_every_error_class_has_a_status_and_every_status_a_title_in_all_languages() -> None:
    named = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    tree = [kind for kind in named if issubclass(kind, errors.HanoutError)]
    assert set(tree) - set(STATUS) == {errors.HanoutError}
    assert set(STATUS.values()) <= set(TITLES)
    for titles in TITLES.values():
        assert sorted(titles) == ["ar", "en", "fr"]


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("Refused", 409),
        ("NotFound", 404),
        ("Forbidden", 403),
        ("Unauthenticated", 401),
        ("Malformed", 422),
        ("Throttled", 429),
        ("Unavailable", 503),
    ],
)
async def test_our_errors(http: httpx.AsyncClient, name: str, status: int) -> None:
    answer = await http.get(f"/errors/{name}")
    body = answer.json()
    assert answer.status_code == body["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["type"] == f"urn:hanout:problem:{body['code']}"
    assert body["trace_id"] == answer.headers["x-trace-id"] == "ab" * 16
    if name == "Throttled":
        assert answer.headers["retry-after"] == "31"
    else:
        assert body["fields"] == {"shift_id": "closed"}
    assert ("www-authenticate" in answer.headers) is (name == "Unauthenticated")


@pytest.mark.parametrize("name", ["nothing-such", "LocalProtocolError", "RemoteProtocolError"])
async def test_a_bug_shows_its_trace_id_and_nothing_else(
    http: httpx.AsyncClient, name: str
) -> None:
    answer = await http.get(f"/errors/{name}")
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal-error"
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.json()["trace_id"] == "ab" * 16
    assert answer.headers.get_list("x-trace-id") == ["ab" * 16]


async def test_the_log_of_a_bug_has_the_trace_id_that_support_is_told(
    http: httpx.AsyncClient,
) -> None:
    with capture_logs() as logs:
        await http.get("/errors/nothing-such")
    (bug,) = [each for each in logs if each["event"] == "unexpected_error"]
    assert bug["trace_id"] == "ab" * 16


async def test_the_callers_language(http: httpx.AsyncClient) -> None:
    french = await http.get("/errors/Refused", headers={"Accept-Language": "fr-DZ,fr;q=0.9"})
    assert french.json()["detail"] == "La caisse est fermée."
    assert french.json()["title"] == TITLES[409]["fr"]
    arabic = await http.get("/errors/Refused", headers={"Accept-Language": "ar-DZ,en;q=0.1"})
    assert arabic.headers["content-language"] == "ar"
    assert arabic.json()["detail"] == "Open a shift."


async def test_unknown_query_parameters_are_refused(http: httpx.AsyncClient) -> None:
    answer = await http.get("/items?limit=3&after=x&colour=red&colour=blue")
    assert answer.status_code == 400
    assert answer.json()["code"] == "unknown-query-parameter"
    assert answer.json()["fields"] == {"colour": "unknown; allowed: after, limit"}
    assert (await http.get("/items?limit=3&after=x")).json() == {"limit": 3, "after": "x"}
    assert (await http.post("/items?x=1", json={"pieces": 1})).status_code == 400


@pytest.mark.parametrize(
    ("content", "status", "field"),
    [
        (b"{", 400, "body"),
        (b'{"pieces": 1.5}', 422, "pieces"),
        (b'{"pieces": "1"}', 422, "pieces"),
        (b'{"pieces": 1, "colour": "red"}', 422, "colour"),
        (b"{}", 422, "pieces"),
        (b"[]", 422, "body"),
    ],
)
async def test_shapes(http: httpx.AsyncClient, content: bytes, status: int, field: str) -> None:
    answer = await http.post(
        "/items", content=content, headers={"content-type": "application/json"}
    )
    assert answer.status_code == status
    assert field in answer.json()["fields"]
    assert json.loads(answer.text)["status"] == status


async def test_unknown_address_and_method(http: httpx.AsyncClient) -> None:
    assert (await http.get("/nowhere")).json()["code"] == "not-found"
    answer = await http.delete("/items")
    assert answer.status_code == 405
    assert answer.json()["code"] == "method-not-allowed"
    assert "GET" in answer.headers["allow"]


async def test_the_callers_trace_id_is_kept(http: httpx.AsyncClient) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    assert (await http.get("/nowhere", headers=headers)).json()["trace_id"] == trace
