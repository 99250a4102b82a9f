"""The agent's configuration: a TOML file, and over it the environment (HANOUT_EDGE_…).

Imported by `main` and `cli` alone; everything else is handed values.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from edge_agent.kit.hardware import SERIAL_FILES

ENV_PREFIX = "HANOUT_EDGE_"
_PATHS = frozenset({"data_dir", "ca_file", "certificate_file", "key_file", "register_app_dir"})


class EdgeSettings(BaseSettings):
    """One device of one store. Without a `broker_host` the agent sells and sends nothing."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, extra="forbid", frozen=True)

    data_dir: Path
    listen_host: str = "127.0.0.1"
    listen_port: int = Field(default=8443, ge=0, le=65535)
    device_id: UUID
    organization_id: UUID
    store_id: UUID
    epoch: int = Field(default=1, ge=1)
    broker_host: str | None = None
    broker_port: int = Field(default=8883, ge=1, le=65535)
    broker_tls: bool = True
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    # Where the certificate is renewed; without it, it is not.
    hub_url: str | None = None
    renewal_retry_initial_ms: int = Field(default=60_000, ge=1)
    renewal_retry_max_ms: int = Field(default=600_000, ge=1)
    register_app_dir: Path | None = None
    backoff_initial_ms: int = Field(default=1_000, ge=1)
    backoff_max_ms: int = Field(default=300_000, ge=1)
    connect_jitter_ms: int = Field(default=120_000, ge=0)
    # How long an unanswered message may stay so, first and at most, before it is sent again.
    answer_initial_ms: int = Field(default=10_000, ge=1)
    answer_max_ms: int = Field(default=300_000, ge=1)
    # Facts are kept so long after the hub's ack, for a hub that comes back from a backup; tickets
    # as long as goods may come back.
    journal_retention_days: int = Field(default=14, ge=14)
    ticket_retention_days: int = Field(default=400, ge=30)
    # Held back on the disk for sales when it is full.
    ballast_bytes: int = Field(default=64 * 1024 * 1024, ge=0)
    # What tells this machine from one that a copy of its card runs on.
    hardware_files: tuple[Path, ...] = SERIAL_FILES
    # How long a box stays away that the hub took for a copy of another.
    clone_wait_ms: int = Field(default=300_000, ge=1)
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Half a TLS configuration would fail at the first connection, far from its cause."""
        files = (self.ca_file, self.certificate_file, self.key_file)
        if self.broker_host is not None and self.broker_tls and None in files:
            raise ValueError("broker_tls needs ca_file, certificate_file and key_file")
        if self.renewal_retry_max_ms < self.renewal_retry_initial_ms:
            raise ValueError("renewal_retry_max_ms is below renewal_retry_initial_ms")
        if self.backoff_max_ms < self.backoff_initial_ms:
            raise ValueError("backoff_max_ms is below backoff_initial_ms")
        if self.answer_max_ms < self.answer_initial_ms:
            raise ValueError("answer_max_ms is below answer_initial_ms")
        return self

    @property
    def tls_files(self) -> tuple[Path, Path, Path] | None:
        """Authority, certificate and key; None where there is no broker, or no TLS to it."""
        if self.broker_host is None or not self.broker_tls:
            return None
        assert self.ca_file is not None
        assert self.certificate_file is not None
        assert self.key_file is not None
        return self.ca_file, self.certificate_file, self.key_file

    @classmethod
    def from_file(cls, path: Path, *, environment: Mapping[str, str]) -> Self:
        """The file's values, but those that the environment sets too.

        Relative paths in the file start from its own folder, so that a box's card can be read
        wherever it is mounted. Raises ValueError naming every field that is wrong, OSError when the
        file is missing.
        """
        with path.open("rb") as file:
            values = tomllib.load(file)
        overridden = {name.upper() for name in environment}
        for field in _PATHS & values.keys():
            if isinstance(values[field], str):
                values[field] = path.parent / values[field]
        return cls(
            **{
                field: value
                for field, value in values.items()
                if f"{ENV_PREFIX}{field.upper()}" not in overridden
            }
        )
