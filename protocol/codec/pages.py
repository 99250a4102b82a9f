"""A page of a collection on the wire: zlib over JSON, both bounded."""

import zlib

import msgspec

from protocol.errors import RemoteProtocolError
from protocol.messages.sync import Page

# The hub fills a page up to this many raw bytes, so that it stays under 64 KiB compressed;
# a single larger row travels alone.
PAGE_BYTES = 64 * 1024
_MAX_PAGE_BYTES = 1024 * 1024

_encoder = msgspec.json.Encoder()
_pages = msgspec.json.Decoder(Page)


def encode_page(page: Page) -> bytes:
    """The page as it is published on `dn/rsp`."""
    return zlib.compress(_encoder.encode(page))


def decode_page(payload: bytes) -> Page:
    """Read a page; raises RemoteProtocolError `bad-page`."""
    inflater = zlib.decompressobj()
    try:
        raw = inflater.decompress(payload, _MAX_PAGE_BYTES)
        if not inflater.eof:
            raise RemoteProtocolError("bad-page", f"cut short or over {_MAX_PAGE_BYTES} bytes")
        return _pages.decode(raw)
    except (zlib.error, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RemoteProtocolError("bad-page", f"no page: {error}") from error
