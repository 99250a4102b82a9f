"""What the office does about boxes: codes for new ones, journals of dead ones."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from protocol.codec.archive import ARCHIVE_MEDIA_TYPE, ArchiveHeader, ArchiveReader
from protocol.errors import HanoutError, Malformed
from provisioning.hub_client import HubClient, fields_of

_PIECE_BYTES = 256 * 1024


@contextmanager
def signed_in(
    hub_url: str, *, token: str | None, email: str | None, password: str | None
) -> Iterator[HubClient]:
    """The hub as a user sees it, by an access token or by signing in; signed out at the end."""
    if token:
        with HubClient(hub_url, token=token) as hub:
            yield hub
        return
    if not (email and password):
        raise Malformed("who", "Say who you are: --email and a password, or --token.")
    with HubClient(hub_url) as door:
        tokens = door.post("/v1/auth/sign-in", {"email": email, "password": password})
        access, refresh = fields_of(tokens, "access_token", "refresh_token")
        with HubClient(hub_url, token=access) as hub:
            try:
                yield hub
            finally:
                door.send("/v1/auth/sign-out", {"refresh_token": refresh})


def replacement_claim(hub: HubClient, device_id: UUID, *, name: str | None) -> dict[str, Any]:
    """A code with which another box takes this device's place; it has all that is shown."""
    device = hub.request("GET", f"/v1/devices/{device_id}")
    store_id, store_name, old_name = fields_of(device, "store_id", "store_name", "name")
    body = {"store_id": store_id, "name": name or old_name, "replaces": str(device_id)}
    made = hub.post("/v1/devices/claims", body)
    fields_of(made, "name", "code", "expires_at", "claim_uri")
    return {**made, "store_name": store_name}


def bring(hub: HubClient, file: Path, *, on_progress: Callable[[int], None]) -> dict[str, Any]:
    """Hand an exported journal to the hub, in pieces; what it says that it took.

    `on_progress` is told how many bytes more went. Raises Malformed `bad-archive` for a file that
    is none, before anything is sent.
    """
    header = header_of(file)
    told = hub.request(
        "POST",
        f"/v1/devices/{header.device_id}/journal",
        content=_pieces(file, on_progress),
        headers={
            "Content-Type": ARCHIVE_MEDIA_TYPE,
            "Content-Length": str(os.stat(file).st_size),
        },
    )
    fields_of(told, "from", "to", "device_id", "new", "known")
    return told


def header_of(file: Path) -> ArchiveHeader:
    """Whose journal it is; raises Malformed `bad-archive`, `no-file`."""
    reader = ArchiveReader()
    try:
        with file.open("rb") as archive:
            list(reader.feed(archive.readline(_PIECE_BYTES)))
    except OSError as error:
        raise Malformed("no-file", f"{file} cannot be read: {error}") from error
    except HanoutError as error:
        raise Malformed("bad-archive", f"{file} is no exported journal.") from error
    if reader.header is None:
        raise Malformed("bad-archive", f"{file} is no exported journal.")
    return reader.header


def _pieces(file: Path, on_progress: Callable[[int], None]) -> Iterator[bytes]:
    with file.open("rb") as archive:
        while piece := archive.read(_PIECE_BYTES):
            yield piece
            on_progress(len(piece))
