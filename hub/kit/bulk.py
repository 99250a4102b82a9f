"""Many rows in one statement: INSERT … SELECT FROM json_to_recordset, one document per table.

COPY is refused under row level security, a statement per row costs a round trip each, and arrays
cost the driver twice as long to write as one document does (DESIGN §8, projection).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder()


class BulkInsert:
    """An insert into a tenant table; `organization_id` comes first and from the session.

    `columns`: the row's fields in order → their Postgres types. `key`: the fields that are unique
    in a tenant; a row that has them already takes over the fields `replaced`, as if the rows came
    one after the other, unless another of the fields `same` stands in it: that row stays as it is.
    `tail`: what follows, such as RETURNING.
    """

    def __init__(
        self,
        table: str,
        columns: Mapping[str, str],
        *,
        key: Sequence[str] = (),
        replaced: Sequence[str] = (),
        same: Sequence[str] = (),
        tail: str = "",
    ) -> None:
        assert key or not same, "only a row that is there already can be another's"
        self._fields = tuple(columns)
        self._key, self._replaced, self._same = tuple(key), tuple(replaced), tuple(same)
        # Bytes travel as base64, as everywhere in JSON.
        sent = {field: "text" if kind == "bytea" else kind for field, kind in columns.items()}
        read = [
            f"decode(fresh.{field}, 'base64')" if kind == "bytea" else f"fresh.{field}"
            for field, kind in columns.items()
        ]
        record = ", ".join(f"{field} {kind}" for field, kind in sent.items())
        self.sql = " ".join(
            part
            for part in (
                f"insert into {table} (organization_id, {', '.join(columns)})",
                f"select :organization_id, {', '.join(read)}",
                f"from json_to_recordset(cast(:rows as json)) as fresh ({record})",
                _upsert(key, replaced),
                _unless_other(table, same),
                tail,
            )
            if part
        )

    def parameters(self, rows: Sequence[Sequence[Any]]) -> dict[str, str]:
        """The document of at least one row; every row has one value per field, in their order.

        Times must know their zone: Postgres would take the session's for those that do not.
        """
        assert rows
        assert len(rows[0]) == len(self._fields)
        fields = self._fields
        named = [dict(zip(fields, row, strict=False)) for row in rows]
        if self._key:
            named = self._one_per_key(named)
        return {"rows": _encoder.encode(named).decode()}

    def _one_per_key(self, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Postgres refuses to change a row twice in one statement (SQLSTATE 21000)."""
        merged: dict[tuple[Any, ...], dict[str, Any]] = {}
        for row in rows:
            first = merged.setdefault(tuple(row[field] for field in self._key), row)
            if all(first[field] == row[field] for field in self._same):
                first.update((field, row[field]) for field in self._replaced)
        return list(merged.values())


def _upsert(key: Sequence[str], replaced: Sequence[str]) -> str:
    if not key:
        return ""
    changes = ", ".join(f"{field} = excluded.{field}" for field in replaced)
    return f"on conflict (organization_id, {', '.join(key)}) do update set {changes}"


def _unless_other(table: str, same: Sequence[str]) -> str:
    kept = " and ".join(f"{table}.{field} = excluded.{field}" for field in same)
    return f"where {kept}" if kept else ""
