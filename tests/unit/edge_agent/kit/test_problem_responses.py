from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI
from fastapi.security import HTTPBearer
from pydantic import BaseModel

from edge_agent.kit.problem_responses import describe_problems, problems
from edge_agent.kit.problems import MEDIA_TYPE


class Body(BaseModel):
    pieces: int


@pytest.fixture
def description() -> dict[str, Any]:
    app = FastAPI(title="Shop", version="v1", description="About it.")
    describe_problems(app)

    @app.get("/plain")
    async def plain() -> None: ...

    @app.get("/items/{number}", responses=problems(404, 503))
    async def item(number: int) -> None: ...

    @app.post("/items", responses=problems(409))
    async def make(body: Body, _: Annotated[Any, Depends(HTTPBearer())]) -> None: ...

    schema = app.openapi()
    assert app.openapi() is schema
    return schema


def refusals(description: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    responses = description["paths"][path][method]["responses"]
    assert list(responses) == sorted(responses)
    return {status: one for status, one in responses.items() if status >= "400"}


def test_what_the_application_refuses_follows_from_the_operations_shape(
    description: dict[str, Any],
) -> None:
    assert set(refusals(description, "get", "/plain")) == {"400", "500"}
    assert set(refusals(description, "get", "/items/{number}")) == {
        *("400", "404", "422", "500", "503")
    }
    assert set(refusals(description, "post", "/items")) == {
        *("400", "401", "409", "413", "422", "500")
    }


def test_every_refusal_is_a_problem_with_an_example(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    assert set(schemas) == {"Body", "Problem"}
    for status, refusal in refusals(description, "post", "/items").items():
        assert list(refusal["content"]) == [MEDIA_TYPE]
        shown = refusal["content"][MEDIA_TYPE]
        assert shown["schema"] == {"$ref": "#/components/schemas/Problem"}
        assert shown["example"]["status"] == int(status)
        assert shown["example"]["title"] == refusal["description"]
        assert set(schemas["Problem"]["required"]) <= set(shown["example"])


def test_the_description_says_what_it_describes(description: dict[str, Any]) -> None:
    assert description["info"] == {"title": "Shop", "version": "v1", "description": "About it."}
