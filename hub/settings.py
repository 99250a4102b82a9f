"""The hub's configuration: the environment, each name with the prefix HANOUT_HUB_.

Imported by `cli`, `main` and `worker` alone; everything else is handed values.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from protocol.errors import Refused

ENV_PREFIX = "HANOUT_HUB_"


class HubSettings(BaseSettings):
    """What the hub's commands are told. A command that misses a setting says which.

    `database_url`: role app, through the pooler. `ingest_database_url`: role ingest,
    through the pooler. `lock_database_url`: role app, direct, for advisory locks.
    `admission_database_url`: role admission, through the pooler or not.
    `migrator_database_url`: a superuser's (the first time) or migrator's, direct; `migrate` alone
    needs it, with the passwords that the roles app, ingest and admission shall have.
    """

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, extra="forbid", frozen=True)

    database_url: SecretStr | None = None
    ingest_database_url: SecretStr | None = None
    lock_database_url: SecretStr | None = None
    admission_database_url: SecretStr | None = None
    migrator_database_url: SecretStr | None = None
    app_password: SecretStr | None = None
    ingest_password: SecretStr | None = None
    admission_password: SecretStr | None = None
    database_pool_size: int = Field(default=10, ge=2, le=100)

    broker_host: str | None = None
    broker_port: int = Field(default=8883, ge=1, le=65535)
    broker_tls: bool = True
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    # The CN of this worker's certificate, hence its client id.
    ingest_worker_name: str = "hub-ingest"
    # What the certificates of devices, workers and the broker are signed with.
    device_ca_certificate_file: Path | None = None
    device_ca_key_file: Path | None = None
    # Where devices reach the broker, if not where this program does.
    public_broker_host: str | None = None
    public_broker_port: int | None = Field(default=None, ge=1, le=65535)

    listen_host: str = "127.0.0.1"
    listen_port: int = Field(default=8000, ge=0, le=65535)
    public_url: str = ""
    # Addresses and networks, by commas, whose X-Forwarded-For is believed.
    trusted_proxies: str = "127.0.0.1"
    token_key_file: Path = Path("hanout-token.key")
    partitions_ahead_months: int = Field(default=3, ge=1, le=24)
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    def url(self, name: str) -> str:
        """A database URL by its setting's name; raises Refused `setting-missing`."""
        value: SecretStr | None = getattr(self, name)
        if value is None:
            raise Refused("setting-missing", f"Set {ENV_PREFIX}{name.upper()}.")
        return value.get_secret_value()
