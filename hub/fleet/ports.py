"""What the fleet wants of a broker: to let in whom the device table says, and nobody else."""

from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class AdmissionState:
    """Who may enter and who may not any more.

    `serials`: certificates of revoked devices that have not expired yet, lower-case hex.
    `workers`: the names of the hub's own clients.
    """

    admitted: frozenset[UUID] = field(default=frozenset())
    revoked: frozenset[UUID] = field(default=frozenset())
    serials: frozenset[str] = field(default=frozenset())
    workers: frozenset[str] = field(default=frozenset())


class BrokerAdmission(Protocol):
    """One broker's door. Calls are repeated until they succeed."""

    def apply(self, state: AdmissionState) -> None:
        """Let the broker know, live connections included.

        What is refused: another device's topics, other tenants' retained messages, whoever was
        revoked. Raises Unavailable while the broker cannot be told; it reads the state at its next
        start in any case.
        """
        ...
