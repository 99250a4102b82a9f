from pathlib import Path

import httpx
from fastapi import FastAPI

from edge_agent.api.register_app import mount_register_app
from edge_agent.kit.problems import add_problem_handlers


def client(folder: Path) -> httpx.AsyncClient:
    app = FastAPI()

    @app.get("/v1/meta")
    async def meta() -> str:
        return "api"

    add_problem_handlers(app)
    mount_register_app(app, folder)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop")


async def test_the_app_comes_from_the_agent_alone_and_hides_no_api(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>till")
    (tmp_path / "assets" / "app-1a2b.js").write_text("1")
    async with client(tmp_path) as shop:
        page = await shop.get("/")
        script = await shop.get("/assets/app-1a2b.js")
        api = await shop.get("/v1/meta")
        missing = await shop.get("/nothing")
        escape = await shop.get("/assets/..%2f..%2fsecret")
    assert "till" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-cache"
    assert "immutable" in script.headers["cache-control"]
    assert api.json() == "api"
    assert (missing.status_code, escape.status_code) == (404, 404)
    assert missing.headers["content-type"] == "application/problem+json"


async def test_without_a_built_app_the_page_says_so(tmp_path: Path) -> None:
    async with client(tmp_path) as shop:
        page = await shop.get("/")
    assert page.status_code == 200
    assert "not built" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
