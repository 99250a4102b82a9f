"""The API's description: complete, with examples that hold, and true (schemathesis)."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import jsonschema
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance

from protocol.codec.archive import ARCHIVE_MEDIA_TYPE
from provisioning.demo.postgres import PostgresServer
from tests.integration.hub.conftest import HubDatabase
from tests.integration.hub.hub_thread import HubThread, hub_thread
from tests.integration.hub.hub_world import PASSWORD

pytestmark = pytest.mark.slow

_METHODS = {"get", "post", "put", "patch", "delete"}
_PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def hub(
    postgres_server: PostgresServer,
    new_database: Callable[[PostgresServer], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[HubThread]:
    database = HubDatabase(postgres_server, new_database(postgres_server))
    with hub_thread(database, tmp_path_factory.mktemp("hub")) as running:
        yield running


@pytest.fixture(scope="module")
def description(hub: HubThread) -> dict[str, Any]:
    """As anybody gets it, without signing in."""
    answer = httpx.get(f"{hub.url}/openapi.json", timeout=30)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def operations(description: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
        if method in _METHODS
    ]


def test_every_operation_is_whole(description: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(description)]
    assert len(set(names)) == len(names) >= 24
    for name, operation in operations(description):
        assert operation["description"], name
        assert operation["tags"], name
        assert {"400", "503"} <= set(operation["responses"]), name
        if "security" in operation:
            assert {"401", "403"} <= set(operation["responses"]), name
        if "{" in name:
            assert "404" in operation["responses"], name
        if "requestBody" in operation:
            assert "422" in operation["responses"], name
        for status, response in operation["responses"].items():
            kinds = list(response.get("content", {}))
            assert kinds == (
                [] if status == "204" else [_PROBLEM] if status >= "4" else ["application/json"]
            ), f"{name} {status}"


def test_every_body_has_an_example_that_holds(description: dict[str, Any]) -> None:
    for name, operation in operations(description):
        bodies = [response for response in operation["responses"].values() if "content" in response]
        if "requestBody" in operation:
            bodies.append(operation["requestBody"])
        for body in bodies:
            for media in body["content"].values():
                schema = {**media["schema"], "components": description["components"]}
                resolved = media["schema"]
                if "$ref" in resolved:
                    name_of_schema = resolved["$ref"].rpartition("/")[2]
                    resolved = description["components"]["schemas"][name_of_schema]
                examples = [media["example"]] if "example" in media else resolved.get("examples")
                assert examples, f"{name}: {media['schema']}"
                for shown in examples:
                    jsonschema.Draft202012Validator(schema).validate(shown)


@schemathesis.serializer(ARCHIVE_MEDIA_TYPE)
def _as_sent(_context: Any, value: Any) -> bytes:
    """A file is its bytes, whatever they are."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


def test_the_api_does_as_described(hub: HubThread) -> None:
    """Whatever is sent, the answer is one that is described, and never a failure of ours."""
    credentials = {"email": hub.world.algiers.email, "password": PASSWORD}
    signed_in = httpx.post(f"{hub.url}/v1/auth/sign-in", json=credentials, timeout=30).json()
    headers = {"Authorization": f"Bearer {signed_in['access_token']}"}
    schema = schemathesis.openapi.from_url(f"{hub.url}/openapi.json")
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()

        @given(case=operation.as_strategy())
        @settings(
            max_examples=15,
            derandomize=True,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def answers(case: Any) -> None:
            case.call_and_validate(
                base_url=hub.url, headers=headers, excluded_checks=[positive_data_acceptance]
            )

        answers()
