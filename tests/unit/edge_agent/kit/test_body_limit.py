from collections.abc import AsyncIterator

import httpx
from fastapi import Body, FastAPI

from edge_agent.api.text import refuse_broken_text
from edge_agent.kit.body_limit import MAX_BODY_BYTES, BodyLimit
from edge_agent.kit.problems import add_problem_handlers

JSON = {"Content-Type": "application/json"}


def client() -> httpx.AsyncClient:
    app = FastAPI()

    @app.post("/echo")
    async def echo(text: str = Body(embed=True)) -> int:
        return len(text.encode())

    add_problem_handlers(app)
    refuse_broken_text(app)
    app.add_middleware(BodyLimit)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop")


async def test_a_body_at_the_limit_passes_and_one_above_is_refused() -> None:
    frame = len(b'{"text":""}')
    async with client() as shop:
        fits = b'{"text":"' + b"a" * (MAX_BODY_BYTES - frame) + b'"}'
        assert (await shop.post("/echo", content=fits, headers=JSON)).status_code == 200
        refused = await shop.post("/echo", content=fits + b" ", headers=JSON)
    assert refused.status_code == 413
    assert refused.headers["content-type"] == "application/problem+json"


async def test_a_body_without_declared_length_is_counted() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(MAX_BODY_BYTES // 100_000 + 1):
            yield b" " * 100_000

    async with client() as shop:
        refused = await shop.post("/echo", content=chunks(), headers=JSON)
    assert refused.status_code == 413


async def test_half_a_surrogate_pair_is_no_text() -> None:
    async with client() as shop:
        broken = await shop.post("/echo", content=rb'{"text":"\ud83d"}', headers=JSON)
        whole = await shop.post("/echo", content=rb'{"text":"\ud83d\ude00"}', headers=JSON)
        not_json = await shop.post("/echo", content=rb'{"text":"\u00e9', headers=JSON)
    assert (broken.status_code, broken.json()["code"]) == (422, "undecodable")
    assert (whole.status_code, whole.json()) == (200, 4)
    assert (not_json.status_code, not_json.json()["code"]) == (400, "malformed-json")
