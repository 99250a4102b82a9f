"""Rows of collections ↔ bytes. The key's first segment says which struct it is."""

from typing import assert_never

import msgspec

from protocol.errors import RemoteProtocolError
from protocol.messages.collections import (
    ITEM_TYPES,
    CashTerms,
    CatalogueItem,
    Item,
    LegalEntity,
    PriceItem,
    PriceList,
    PromotionItem,
    RegisterSettings,
    StaffMember,
    StoreSettings,
    TaxRate,
)

_encoder = msgspec.json.Encoder()
_decoders = {kind: msgspec.json.Decoder(item_type) for kind, item_type in ITEM_TYPES.items()}


def encode_item(item: Item) -> bytes:
    """The payload as published."""
    return _encoder.encode(item)


def item_key(item: Item) -> str:
    """`<kind>/<id>`: the row's name inside its collection."""
    match item:
        case CatalogueItem():
            return f"product/{item.product_id}"
        case PriceItem():
            return f"price/{item.product_id}"
        case TaxRate():
            return f"tax/{item.tax_id}"
        case PriceList():
            return f"pricelist/{item.price_list_id}"
        case PromotionItem():
            return f"promotion/{item.promotion.promotion_id}"
        case StaffMember():
            return f"staff/{item.staff_id}"
        case StoreSettings():
            return f"store/{item.store_id}"
        case RegisterSettings():
            return f"register/{item.register_id}"
        case LegalEntity():
            return f"entity/{item.legal_entity_id}"
        case CashTerms():
            return f"cash/{item.currency}"
    assert_never(item)


def decode_item(key: str, payload: bytes) -> Item | None:
    """The row's struct, or None when its kind is newer than this release.

    Raises RemoteProtocolError `undecodable` when the kind is known and the bytes are not.
    """
    decoder = _decoders.get(key.partition("/")[0])
    if decoder is None:
        return None
    try:
        return decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RemoteProtocolError("undecodable", f"not a row of {key!r}: {error}") from error
