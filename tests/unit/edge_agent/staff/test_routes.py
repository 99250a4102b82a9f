from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.unit.edge_agent.shop_floor import (
    CASHIER,
    CASHIER_PIN,
    MANAGER_PIN,
    PAIRING_TOKENS,
    REGISTERS,
    ShopFloor,
)


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    floor = ShopFloor(tmp_path)
    await floor.start()
    await floor.publish_all()
    async with floor.client() as client:
        yield client
    await floor.stop()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def pair(http: httpx.AsyncClient) -> dict[str, Any]:
    wanted = {"pairing_token": PAIRING_TOKENS[0], "tablet_name": "Caisse 1"}
    answer = await http.post("/pairings", json=wanted)
    assert answer.status_code == 201
    body: dict[str, Any] = answer.json()
    return body


async def sign_in(http: httpx.AsyncClient, tablet_token: str, pin: str) -> str:
    answer = await http.post("/sign-ins", json={"pin": pin}, headers=bearer(tablet_token))
    assert answer.status_code == 201
    return str(answer.json()["token"])


async def test_pair_sign_in_sign_out(http: httpx.AsyncClient) -> None:
    pairing = await pair(http)
    assert pairing["register"] == {"id": str(REGISTERS[0]), "name": "Caisse 1", "code": "C1"}
    answer = await http.post(
        "/sign-ins", json={"pin": CASHIER_PIN}, headers=bearer(pairing["tablet_token"])
    )
    body = answer.json()
    assert body["staff"]["id"] == str(CASHIER)
    assert body["staff"]["roles"] == ["cashier"]
    assert body["expires_at"] == "2026-03-02T21:00:00Z"
    headers = bearer(body["token"])
    assert (await http.get("/products", headers=headers)).status_code == 200
    assert (await http.delete("/sign-ins/current", headers=headers)).status_code == 204
    assert (await http.get("/products", headers=headers)).status_code == 401
    assert (await http.delete("/sign-ins/current", headers=headers)).status_code == 401


async def test_who_is_not_known_gets_in_nowhere(http: httpx.AsyncClient) -> None:
    pairing = await pair(http)
    for headers in ({}, bearer("x"), {"Authorization": "Basic eDp5"}):
        for method, path in (("GET", "/products"), ("DELETE", f"/pairings/{REGISTERS[0]}")):
            answer = await http.request(method, path, headers=headers)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"
    answer = await http.get("/products", headers=bearer(pairing["tablet_token"]))
    assert answer.json()["code"] == "not-signed-in"
    answer = await http.post("/sign-ins", json={"pin": CASHIER_PIN}, headers=bearer("x"))
    assert answer.json()["code"] == "unknown-tablet"


async def test_managers_revoke_tablets_and_cashiers_do_not(http: httpx.AsyncClient) -> None:
    pairing = await pair(http)
    path = f"/pairings/{pairing['tablet_id']}"
    cashier = await sign_in(http, pairing["tablet_token"], CASHIER_PIN)
    manager = await sign_in(http, pairing["tablet_token"], MANAGER_PIN)
    answer = await http.delete(path, headers=bearer(cashier))
    assert (answer.status_code, answer.json()["code"]) == (403, "role-missing")
    assert (await http.delete(path, headers=bearer(manager))).status_code == 204
    assert (await http.delete(path, headers=bearer(manager))).status_code == 401


@pytest.mark.parametrize("pin", ["123", "123456789", "12a4", "", "١٢٣٤", 1234, None])
async def test_what_is_no_pin_is_malformed(http: httpx.AsyncClient, pin: object) -> None:
    pairing = await pair(http)
    headers = bearer(pairing["tablet_token"])
    answer = await http.post("/sign-ins", json={"pin": pin}, headers=headers)
    assert answer.status_code == 422
    assert "pin" in answer.json()["fields"]


async def test_a_throttled_pin_says_when_to_come_back(http: httpx.AsyncClient) -> None:
    headers = bearer((await pair(http))["tablet_token"])
    for _ in range(5):
        answer = await http.post("/sign-ins", json={"pin": "9999"}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "wrong-pin")
    answer = await http.post("/sign-ins", json={"pin": CASHIER_PIN}, headers=headers)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "30")
