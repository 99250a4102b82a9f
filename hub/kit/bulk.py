"""Many rows in one statement: INSERT … SELECT FROM unnest, one array per column.

COPY is refused under row level security and a statement per row costs a round trip each; arrays
cost one round trip for any number of rows (DESIGN §8, projection).
"""

from collections.abc import Mapping, Sequence
from typing import Any


class BulkInsert:
    """An insert into a tenant table; `organization_id` comes first and from the session.

    `columns`: the row's fields in order → their Postgres types. `computed`: SQL expressions over
    the fields for columns whose value is not the field itself. `tail`: what follows, such as ON
    CONFLICT or RETURNING.
    """

    def __init__(
        self,
        table: str,
        columns: Mapping[str, str],
        *,
        computed: Mapping[str, str] | None = None,
        tail: str = "",
    ) -> None:
        computed = computed or {}
        self._fields = tuple(columns)
        targets = {**{field: f"fresh.{field}" for field in columns}, **computed}
        arrays = ", ".join(f"cast(:{field} as {kind}[])" for field, kind in columns.items())
        self.sql = " ".join(
            (
                f"insert into {table} (organization_id, {', '.join(targets)})",
                f"select :organization_id, {', '.join(targets.values())}",
                f"from unnest({arrays}) as fresh ({', '.join(columns)})",
                tail,
            )
        ).strip()

    def parameters(self, rows: Sequence[Sequence[Any]]) -> dict[str, list[Any]]:
        """The arrays of at least one row; every row has one value per field, in their order."""
        assert rows
        columns = map(list, zip(*rows, strict=True))
        return dict(zip(self._fields, columns, strict=True))
