"""The statement and the document of a bulk insert."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest

from hub.kit.bulk import BulkInsert

THINGS = BulkInsert(
    "thing",
    {"id": "uuid", "weight": "numeric", "at": "timestamptz", "seal": "bytea", "flags": "text[]"},
    tail="on conflict do nothing",
)


def test_the_tenant_comes_from_the_session_and_bytes_from_base64() -> None:
    assert THINGS.sql == (
        "insert into thing (organization_id, id, weight, at, seal, flags)"
        " select :organization_id, fresh.id, fresh.weight, fresh.at,"
        " decode(fresh.seal, 'base64'), fresh.flags"
        " from json_to_recordset(cast(:rows as json))"
        " as fresh (id uuid, weight numeric, at timestamptz, seal text, flags text[])"
        " on conflict do nothing"
    )


def test_rows_become_one_exact_document() -> None:
    at = datetime(2026, 11, 20, 8, tzinfo=UTC)
    row = (UUID(int=1), Decimal("0.125"), at, b"\x00\xff", ["a,b", "ç"])
    document = msgspec.json.decode(THINGS.parameters([row])["rows"])
    assert document == [
        {
            "id": "00000000-0000-0000-0000-000000000001",
            "weight": "0.125",
            "at": "2026-11-20T08:00:00Z",
            "seal": "AP8=",
            "flags": ["a,b", "ç"],
        }
    ]


def test_no_rows_and_short_rows_are_bugs() -> None:
    for rows in ([], [(1, 2)]):
        with pytest.raises(AssertionError):
            THINGS.parameters(rows)


KEPT = BulkInsert(
    "kept",
    {"shop": "uuid", "code": "text", "name": "text", "price": "bigint"},
    key=("shop", "code"),
    replaced=("name",),
)


def test_a_row_that_is_there_takes_over_what_is_replaced() -> None:
    assert KEPT.sql.endswith(
        "(shop uuid, code text, name text, price bigint)"
        " on conflict (organization_id, shop, code) do update set name = excluded.name"
    )


def test_one_key_twice_is_one_row_as_if_one_came_after_the_other() -> None:
    rows = [("s", "a", "milk", 1), ("s", "b", "tea", 2), ("s", "a", "whole milk", 3)]
    assert msgspec.json.decode(KEPT.parameters(rows)["rows"]) == [
        {"shop": "s", "code": "a", "name": "whole milk", "price": 1},
        {"shop": "s", "code": "b", "name": "tea", "price": 2},
    ]


OWNED = BulkInsert(
    "owned",
    {"code": "text", "shop": "uuid", "name": "text"},
    key=("code",),
    replaced=("name",),
    same=("shop",),
)


def test_what_is_there_of_somebody_else_stays_as_it_is() -> None:
    assert OWNED.sql.endswith(
        " on conflict (organization_id, code) do update set name = excluded.name"
        " where owned.shop = excluded.shop"
    )
    rows = [("a", "s", "milk"), ("a", "t", "mine"), ("a", "s", "whole milk")]
    assert msgspec.json.decode(OWNED.parameters(rows)["rows"]) == [
        {"code": "a", "shop": "s", "name": "whole milk"}
    ]
