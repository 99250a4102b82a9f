"""What an audit entry says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Act:
    """One act: `action` in the past tense (`price.set`), on a subject named by kind and id.

    `details` holds no secrets and no personal facts: entries outlive an erasure.
    """

    actor_kind: Literal["user", "device", "system"]
    actor_id: UUID | None
    action: str
    subject_kind: str
    subject_id: str
    details: Mapping[str, Any] = field(default_factory=dict)
