"""An agent as a process, and a tablet that speaks to it over HTTP alone."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any
from uuid import UUID

import httpx

from protocol.vocabulary.ids import uuid7
from tests.integration.edge_agent.described import Described
from tests.integration.edge_agent.shop_seed import CASHIER, MILK, MILK_PRICE, PAIRING_TOKENS, PINS

# The agent has a real clock, and notices tickets that are months old.
RUNG_AT = datetime.now(UTC).isoformat(timespec="seconds")
Json = dict[str, Any]


class RunningAgent:
    """`hanout-edge serve`, started on entry and killed on exit if it still runs."""

    def __init__(
        self,
        config: Path,
        *,
        environment: Mapping[str, str] | None = None,
        stderr: IO[str] | None = None,
    ) -> None:
        self._config = config
        self._environment = dict(environment or {})
        self._stderr = stderr
        self._process: subprocess.Popen[str] | None = None
        self.url = ""

    def __enter__(self) -> "RunningAgent":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()
        self._forget_output()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        self._forget_output()
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "from edge_agent.cli import app; app()",
                "serve",
                "--config",
                str(self._config),
            ],
            stdout=subprocess.PIPE,
            text=True,
            stderr=self._stderr,
            env={**os.environ, "PYTHONWARNINGS": "default", **self._environment},
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the agent ended with {self._process.wait()}"
        ready = json.loads(line)
        assert ready["event"] == "ready"
        self.url = ready["url"]

    def _forget_output(self) -> None:
        if self._process is not None and self._process.stdout is not None:
            self._process.stdout.close()

    def start_without(self, environment: Mapping[str, str]) -> None:
        """Start anew, rid of what made it sick."""
        self._environment = {
            name: value for name, value in self._environment.items() if name not in environment
        }
        self.start()

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        assert self._process is not None
        self._process.wait()

    def stop(self) -> int:
        """Ask it to end; returns the exit code."""
        os.kill(self.pid, signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """Wait for it to end by itself; returns the exit code."""
        assert self._process is not None
        return self._process.wait(timeout=20)


class Ids:
    """UUIDv7s of a test, rising and the same every time."""

    def __init__(self, stream: int) -> None:
        self._stream = stream
        self._count = 0

    def next(self) -> str:
        self._count += 1
        return str(uuid7(1_772_440_000_000 + self._count, self._stream))


class Tablet:
    """A paired and signed-in tablet. It takes no refusal that the description does not announce."""

    def __init__(self, agent: RunningAgent, *, register: int = 0, stream: int = 1) -> None:
        self._agent = agent
        self._register = register
        self.ids = Ids(stream)
        self.tablet_id = ""
        self.tablet_token = ""
        self.token = ""
        self.shift_id = ""
        self._client = httpx.Client(timeout=30, trust_env=False)
        self._described = Described({})

    def __enter__(self) -> "Tablet":
        self._described = Described(self.get("/openapi.json").json())
        self.pair()
        self.sign_in()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        token = more.pop("token", self.token)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = self._client.request(
            method, f"{self._agent.url}{path}", headers=headers | more.pop("headers", {}), **more
        )
        self._described.require(answer)
        return answer

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.call("GET", path, **more)

    def post(self, path: str, body: Json | None = None, **more: Any) -> httpx.Response:
        if body is not None:
            more["json"] = body
        return self.call("POST", path, **more)

    def pair(self) -> None:
        answer = self.post(
            "/v1/pairings",
            {"pairing_token": PAIRING_TOKENS[self._register], "tablet_name": "tablet"},
            token="",
        )
        assert answer.status_code == 201, answer.text
        self.tablet_id = answer.json()["tablet_id"]
        self.tablet_token = answer.json()["tablet_token"]

    def sign_in(self, staff_id: UUID = CASHIER) -> None:
        answer = self.post("/v1/sign-ins", {"pin": PINS[staff_id]}, token=self.tablet_token)
        assert answer.status_code == 201, answer.text
        self.token = answer.json()["token"]

    def open_shift(self, float_minor: int = 500_000) -> Json:
        answer = self.post("/v1/shifts", {"id": self.ids.next(), "float_minor": float_minor})
        assert answer.status_code == 201, answer.text
        self.shift_id = answer.json()["id"]
        return dict(answer.json())

    def sale(self, pieces: int = 1, **more: Any) -> Json:
        """The body of a right live sale of milk for cash."""
        payable = pieces * MILK_PRICE
        return {
            "id": self.ids.next(),
            "mode": "live",
            "shift_id": self.shift_id,
            "currency": "DZD",
            "rung_at": RUNG_AT,
            "lines": [milk(pieces)],
            "tenders": [{"kind": "cash", "amount_minor": payable + 8000}],
            "totals": {"payable_minor": payable, "change_minor": 8000},
            **more,
        }

    def sell(self, pieces: int = 1, **more: Any) -> Json:
        answer = self.post("/v1/sales", self.sale(pieces, **more))
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def goods_back(self, pieces: int = 1, **more: Any) -> Json:
        """The body of a right live return of milk for cash."""
        payable = pieces * MILK_PRICE
        line = {**milk(pieces), "original_line_no": 1}
        del line["unit_price_minor"]
        return {
            "id": self.ids.next(),
            "mode": "live",
            "shift_id": self.shift_id,
            "currency": "DZD",
            "rung_at": RUNG_AT,
            "reason": "broken",
            "lines": [line],
            "tenders": [{"kind": "cash", "amount_minor": payable}],
            "totals": {"payable_minor": payable},
            **more,
        }


def milk(pieces: int = 1, **more: Any) -> Json:
    return {
        "line_no": 1,
        "product_id": str(MILK),
        "quantity": str(pieces),
        "unit_price_minor": MILK_PRICE,
        **more,
    }
