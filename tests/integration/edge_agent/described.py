"""What the agent's description (OpenAPI) announces, held against what really comes."""

import re
from collections.abc import Mapping
from typing import Any

import httpx


class Described:
    """The refusals of every described operation; nothing is known of other addresses."""

    def __init__(self, description: Mapping[str, Any]) -> None:
        self._operations = [
            (re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), method.upper(), operation["responses"])
            for path, methods in description.get("paths", {}).items()
            for method, operation in methods.items()
        ]

    def require(self, answer: httpx.Response) -> None:
        """Fail where a refusal is announced neither with its status nor as what it is."""
        if answer.status_code < 400:
            return
        request = answer.request
        for address, method, responses in self._operations:
            if method == request.method and address.fullmatch(request.url.path):
                announced = responses.get(str(answer.status_code), {}).get("content", {})
                kind = answer.headers["content-type"]
                assert kind in announced, (method, address.pattern, answer.text)
                return
