"""Two versions of a collection, and how the hub sends them."""

import sqlite3
from uuid import UUID

from edge_agent.storage.replicas import ReplicatedCollection, index_nothing
from protocol.codec.items import encode_item, item_key
from protocol.messages.collections import StaffMember
from protocol.messages.sync import Cursor, Page
from tests.unit.edge_agent.pages import page

_COUNT, _PER_PAGE = 60, 12


def collection() -> ReplicatedCollection:
    """Staff, found by key alone."""
    return ReplicatedCollection("staff", (StaffMember,), index_nothing)


def members(version: int) -> dict[str, StaffMember]:
    """By key. The second version changes a third of the first, adds some and drops some."""
    people = [_member(number, 1) for number in range(_COUNT)]
    if version == 2:
        people = [
            _member(number, 2 if number % 3 == 0 else 1)
            for number in range(_COUNT + 20)
            if number % 5
        ]
    return {item_key(person): person for person in people}


def pages(version: int) -> list[Page]:
    """What the hub sends to a shop that holds the version before."""
    new, old = members(version), members(version - 1) if version > 1 else {}
    changed = [person for key, person in new.items() if old.get(key) != person]
    gone = sorted(old.keys() - new.keys())
    cuts = range(0, len(changed), _PER_PAGE)
    sent = [page("staff", changed[at : at + _PER_PAGE], version=version, done=False) for at in cuts]
    sent = [_upto(one, key=one.puts[-1].key, done=False) for one in sent]
    return [*sent, page("staff", version=version, gone=gone)]


def seen(connection: sqlite3.Connection) -> tuple[int, dict[str, bytes]]:
    """The version in force and the rows that readers see."""
    rows = connection.execute("SELECT key, payload FROM visible_row WHERE collection = 'staff'")
    return collection().state(connection).version, dict(rows.fetchall())


def expected(version: int) -> dict[str, bytes]:
    """What readers must see of a version."""
    return {key: encode_item(person) for key, person in members(version).items()}


def _member(number: int, version: int) -> StaffMember:
    name = f"Amine {number}, version {version} " * 8
    return StaffMember(staff_id=UUID(int=number), name=name, roles=["cashier"], pin_hash="x" * 90)


def _upto(sent: Page, *, key: str, done: bool) -> Page:
    cursor = Cursor(version=sent.version, key=key, since=0)
    return Page(
        rid=sent.rid,
        collection=sent.collection,
        next=cursor,
        version=sent.version,
        done=done,
        puts=sent.puts,
    )
