"""What slices hand over to be published."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class StoreRow:
    """A row for one store. `key` is ASCII `<kind>/<id>`."""

    store_id: UUID
    key: str
    payload: bytes
