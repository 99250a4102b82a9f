"""Pairing over HTTP."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from edge_agent.shop.models import Pairing

Name = Annotated[str, Field(min_length=1, max_length=80)]


class PairingRequest(BaseModel):
    """The code that the office shows for a register, and how to call this tablet."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [{"pairing_token": "K7QD-2M4X-9TRP-HW3V", "tablet_name": "Caisse 1"}]
        },
    )

    pairing_token: Annotated[str, Field(min_length=8, max_length=200)]
    tablet_name: Name


class PairedRegister(BaseModel):
    """The register that the tablet now serves."""

    id: UUID
    name: str
    code: str


class PairingState(BaseModel):
    """Keep the token: it is told this once."""

    tablet_id: UUID
    tablet_token: str
    # pydantic's own `register` would be shadowed by a field of that name.
    paired_register: PairedRegister = Field(serialization_alias="register")

    @classmethod
    def of(cls, pairing: Pairing) -> "PairingState":
        """The same for HTTP."""
        register = pairing.register
        return cls(
            tablet_id=pairing.tablet_id,
            tablet_token=pairing.tablet_token,
            paired_register=PairedRegister(
                id=register.register_id, name=register.name, code=register.code
            ),
        )
