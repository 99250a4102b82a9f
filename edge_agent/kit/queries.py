"""Named SQL of a slice, from its `queries.sql`.

A query begins with `-- name: some_name`; comments between say why, not what. Parameters
are `:named`.
"""

import re
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

Queries = Mapping[str, str]

_NAME = re.compile(r"^-- name: ([a-z][a-z0-9_]*)[ \t]*$", re.MULTILINE)


def load_queries(package: str, filename: str = "queries.sql") -> Queries:
    """The file's queries by name; raises ValueError on a name used twice or without SQL."""
    parts = _NAME.split(files(package).joinpath(filename).read_text(encoding="utf-8"))
    queries: dict[str, str] = {}
    for name, sql in zip(parts[1::2], parts[2::2], strict=True):
        statement = sql.strip().removesuffix(";")
        if name in queries or not statement:
            raise ValueError(f"{package}/{filename}: the query {name!r} is empty or there twice")
        queries[name] = statement
    return MappingProxyType(queries)
