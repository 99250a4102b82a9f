"""What every route has in common, and what belongs to none."""

import json
import sqlite3
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.edge_agent.shop_seed import DEVICE, STORE
from tests.integration.edge_agent.tablet import RunningAgent, Tablet

pytestmark = pytest.mark.slow
OPEN = {
    "/v1/meta",
    "/v1/sync",
    "/v1/pairings",
    "/livez",
    "/readyz",
    "/metrics",
}


@pytest.fixture(scope="module")
def description(tablet: Tablet) -> dict[str, Any]:
    return dict(tablet.get("/openapi.json", token="").json())


def _operations(description: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    ]


def test_every_route_but_the_open_ones_asks_for_a_sign_in(
    tablet: Tablet, description: dict[str, Any]
) -> None:
    for path, method, _ in _operations(description):
        if path in OPEN:
            continue
        address = path.replace("{number}", "1")
        for name in ("ticket_id", "shift_id", "product_id", "tablet_id"):
            address = address.replace(f"{{{name}}}", tablet.shift_id)
        answer = tablet.call(method.upper(), address, token="", json={})
        assert answer.status_code == 401, (method, path, answer.text)
        assert answer.json()["type"].startswith("urn:hanout:problem:")


def test_every_route_refuses_a_query_it_does_not_know(
    tablet: Tablet, description: dict[str, Any]
) -> None:
    for path, method, _ in _operations(description):
        if "{" in path or path == "/v1/events":
            continue
        answer = tablet.call(method.upper(), f"{path}?colour=blue", json={})
        assert answer.status_code == 400, (method, path, answer.text)
        assert "colour" in answer.json()["fields"]


def test_every_request_body_is_described_with_an_example(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    for path, method, operation in _operations(description):
        assert operation.get("summary"), (method, path)
        body = operation.get("requestBody")
        if body is None:
            continue
        schema = body["content"]["application/json"]["schema"]
        references = schema.get("oneOf", [schema])
        for reference in references:
            name = reference["$ref"].rsplit("/", 1)[1]
            assert schemas[name].get("examples"), (method, path, name)


def test_meta_tells_who_answers(tablet: Tablet) -> None:
    meta = tablet.get("/v1/meta", token="").json()
    assert (meta["name"], meta["api"], meta["device_id"]) == ("hanout-edge", "v1", str(DEVICE))
    assert meta["store"]["id"] == str(STORE)
    assert [register["code"] for register in meta["registers"]] == ["R1", "R2"]


def test_a_refusal_speaks_the_callers_language(tablet: Tablet) -> None:
    body = tablet.sale(totals={"payable_minor": 1, "change_minor": 0})
    told = {
        language: tablet.post("/v1/sales", body, headers={"Accept-Language": language}).json()
        for language in ("fr", "ar", "en")
    }
    assert {one["code"] for one in told.values()} == {"wrong-totals"}
    assert len({one["detail"] for one in told.values()}) == 3
    assert len({one["trace_id"] for one in told.values()}) == 3


def test_health_and_metrics(tablet: Tablet) -> None:
    assert tablet.get("/livez", token="").json() == {"status": "ok"}
    assert tablet.get("/readyz", token="").json() == {"status": "ready", "warnings": []}
    text = tablet.get("/metrics", token="").text
    assert "hanout_edge_sync_debt_facts" in text
    assert 'hanout_edge_http_requests_total{method="GET",status="200"}' in text


def test_nothing_is_there_but_what_is_described(tablet: Tablet) -> None:
    for path in ("/docs", "/redoc", "/v1/nothing", "/v1/sales"):
        answer = tablet.get(path)
        assert answer.status_code in (404, 405)
        assert answer.headers["content-type"] == "application/problem+json"


def test_screens_hear_of_a_sale(config: Path) -> None:
    with RunningAgent(config) as agent, Tablet(agent) as tablet:
        heard: list[tuple[str, dict[str, Any]]] = []
        listening = threading.Event()

        def listen() -> None:
            headers = {"Authorization": f"Bearer {tablet.token}"}
            with httpx.stream(
                "GET", f"{agent.url}/v1/events", headers=headers, timeout=30, trust_env=False
            ) as stream:
                kind = ""
                for line in stream.iter_lines():
                    listening.set()
                    if line.startswith("event: "):
                        kind = line.removeprefix("event: ")
                    if line.startswith("data: "):
                        heard.append((kind, json.loads(line.removeprefix("data: "))))

        thread = threading.Thread(target=listen)
        thread.start()
        assert listening.wait(20)
        tablet.open_shift()
        sold = tablet.sell()
        assert agent.stop() == 0, "an open stream must not hold the agent up"
        thread.join(timeout=20)
        assert not thread.is_alive()
    assert [kind for kind, _ in heard] == ["shift", "sale"]
    assert heard[1][1]["id"] == sold["id"]


def test_a_second_agent_on_the_folder_does_not_start(config: Path) -> None:
    with RunningAgent(config):
        second = RunningAgent(config)
        with pytest.raises(AssertionError, match="ended with 2"):
            second.start()
        second.__exit__(None, None, None)


def test_a_folder_of_another_device_is_left_alone(config: Path) -> None:
    other = str(DEVICE).replace("aa", "ab")
    config.write_text(config.read_text().replace(str(DEVICE), other))
    agent = RunningAgent(config)
    with pytest.raises(AssertionError, match="ended with 2"):
        agent.start()
    agent.__exit__(None, None, None)
    connection = sqlite3.connect(config.parent / "data" / "hanout.db")
    assert connection.execute("SELECT device_id FROM device").fetchone() == (str(DEVICE),)
    connection.close()
