"""Whose word on the caller's address is believed."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI, Request

from hub.kit.server import HttpServer


@pytest.mark.parametrize(
    ("trusted", "seen"),
    [("127.0.0.1", "192.0.2.9"), ("127.0.0.0/8", "192.0.2.9"), ("10.77.0.0/16", "127.0.0.1")],
)
async def test_only_a_trusted_proxy_names_the_caller(trusted: str, seen: str) -> None:
    app = FastAPI()

    @app.get("/who")
    async def who(request: Request) -> str:
        assert request.client is not None
        return request.client.host

    listening = asyncio.get_running_loop().create_future()
    server = HttpServer(
        app, host="127.0.0.1", port=0, announce=listening.set_result, trusted_proxies=trusted
    )
    serving = asyncio.create_task(server.serve())
    url = await listening
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{url}/who", headers={"X-Forwarded-For": "192.0.2.9"})
    server.stop()
    await serving
    assert answer.json() == seen
