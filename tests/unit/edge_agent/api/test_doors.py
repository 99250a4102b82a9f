"""The short way in: what it answers, what it passes on untouched, and how it refuses."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, Request

from edge_agent.api.app import ApiParts, build_app
from edge_agent.api.metrics import Metrics
from edge_agent.kit.body_limit import MAX_BODY_BYTES
from protocol.errors import Refused, Unavailable

_TOKEN = {"Authorization": "Bearer secret"}


class OneDoor:
    """Answers `1`, raises what it is told to, leaves everything else to the route."""

    def __init__(self) -> None:
        self.error: Exception | None = None

    async def answer(self, token: str, body: bytes) -> tuple[int, bytes] | None:
        if self.error is not None:
            raise self.error
        return (201, f'"door {token}"'.encode()) if body == b"1" else None


@pytest.fixture
def door() -> OneDoor:
    return OneDoor()


@pytest.fixture
async def client(door: OneDoor, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    router = APIRouter()

    @router.post("/sales")
    async def sell(request: Request) -> str:
        body = await request.body()
        if body == b"3":
            raise RuntimeError("secret detail")
        return f"route {body.decode()}"

    app = build_app(
        ApiParts(
            doors={"/v1/sales": door},
            v1=(router,),
            root=(),
            metrics=Metrics(),
            random_bytes=bytes,
            register_app_dir=tmp_path,
        )
    )
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        yield client


async def test_the_door_answers_under_a_trace_id(client: httpx.AsyncClient) -> None:
    traced = {"traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01"}
    answer = await client.post("/v1/sales", headers={**_TOKEN, **traced}, json=1)
    assert (answer.status_code, answer.json()) == (201, "door secret")
    assert answer.headers["X-Trace-Id"] == "ab" * 16
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("method", "url", "headers", "body", "status"),
    [
        ("POST", "/v1/sales", _TOKEN, b"2", 200),
        ("POST", "/v1/sales", {}, b"1", 200),
        ("POST", "/v1/sales", {"Authorization": "Basic secret"}, b"1", 200),
        ("POST", "/v1/sales", {**_TOKEN, "Content-Type": "text/plain"}, b"1", 200),
        ("POST", "/v1/sales?x=1", _TOKEN, b"1", 400),
        ("PUT", "/v1/sales", _TOKEN, b"1", 405),
        ("POST", "/v1/sales", _TOKEN, b" " * (MAX_BODY_BYTES + 1), 413),
    ],
)
async def test_what_leaves_something_to_ask_goes_to_the_route(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    headers: dict[str, str],
    body: bytes,
    status: int,
) -> None:
    headers = {"Content-Type": "application/json", **headers}
    answer = await client.request(method, url, headers=headers, content=body)
    assert answer.status_code == status
    assert answer.headers["X-Trace-Id"]
    if status == 200:
        assert answer.json() == f"route {body.decode()}"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Refused("shift-closed", "Closed."), 409, "shift-closed"),
        (Unavailable("busy", "Busy."), 503, "busy"),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"), 422, "undecodable"),
    ],
)
async def test_what_the_door_raises_is_a_problem_like_any_other(
    client: httpx.AsyncClient, door: OneDoor, error: Exception, status: int, code: str
) -> None:
    door.error = error
    answer = await client.post("/v1/sales", headers=_TOKEN, json=1)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["trace_id"] == answer.headers["X-Trace-Id"] == "00" * 16


@pytest.mark.parametrize("body", [1, 3])
async def test_a_bug_bears_its_trace_id_at_the_door_and_behind_it(
    client: httpx.AsyncClient, door: OneDoor, body: int
) -> None:
    door.error = RuntimeError("secret detail") if body == 1 else None
    traced = {"traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01"}
    answer = await client.post("/v1/sales", headers={**_TOKEN, **traced}, json=body)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal-error")
    assert "secret" not in answer.text
    assert answer.json()["trace_id"] == "ab" * 16
    assert answer.headers.get_list("X-Trace-Id") == ["ab" * 16]
