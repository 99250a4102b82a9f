"""Pages of collections as the hub sends them."""

from collections.abc import Iterable

import msgspec

from protocol.codec.items import encode_item, item_key
from protocol.messages.collections import Item
from protocol.messages.sync import Cursor, Page, Put


def put(item: Item, *, version: int = 1) -> Put:
    return Put(key=item_key(item), version=version, payload=msgspec.Raw(encode_item(item)))


def page(
    collection: str,
    items: Iterable[Item] = (),
    *,
    version: int = 1,
    gone: Iterable[str] = (),
    restart: bool = False,
    done: bool = True,
) -> Page:
    return Page(
        rid="1-1",
        collection=collection,
        next=Cursor(version=version, key="~", since=0),
        version=version,
        done=done,
        puts=[put(item, version=version) for item in items],
        gone=list(gone),
        restart=restart,
    )
