"""Boxes become devices as in life: the office makes a code, the technician's command uses it."""

import subprocess
from pathlib import Path
from uuid import UUID

import httpx

from protocol.errors import Unavailable

_TIMEOUT_S = 60.0


class Office:
    """The owner of a tenant at the hub's API."""

    def __init__(self, hub_url: str, *, email: str, password: str) -> None:
        self._hub_url = hub_url
        self._credentials = {"email": email, "password": password}

    def claim_uri(self, store_id: UUID, *, name: str) -> str:
        """A code for a box of this store, as its QR says it. Raises Unavailable."""
        try:
            with httpx.Client(base_url=self._hub_url, timeout=_TIMEOUT_S, trust_env=False) as hub:
                signed_in = hub.post("/v1/auth/sign-in", json=self._credentials)
                token = signed_in.raise_for_status().json()["access_token"]
                slot = {"store_id": str(store_id), "name": name, "replaces": None}
                made = hub.post(
                    "/v1/devices/claims",
                    json=slot,
                    headers={"Authorization": f"Bearer {token}"},
                )
                return str(made.raise_for_status().json()["claim_uri"])
        except httpx.HTTPError as error:
            raise Unavailable("no-claim", f"The hub gave no code: {error}") from error


def claim(program: str, uri: str, box: Path) -> None:
    """Make the folder a claimed box's; raises Unavailable with what the command says."""
    done = subprocess.run(
        [program, "claim", uri, "--directory", str(box), "--listen-host", "127.0.0.1"],
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    if done.returncode:
        raise Unavailable("claim-failed", f"hanout-provision claim: {done.stderr.strip()}")
