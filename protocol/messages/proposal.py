"""Products and people first met in a shop. The hub adopts or merges them and keeps the alias.

People's names and numbers are sealed under a key per person that travels beside the fact
(`Batch.keys`), so that erasing the key erases the person while the hash chain stays whole.
"""

from uuid import UUID

from msgspec import Struct


class ProductProposed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A product the shop could not find; sellable at once under its client-made id."""

    product_id: UUID
    name: str
    unit: str
    currency: str
    code: str | None = None
    unit_price_minor: int | None = None
    tax_id: str | None = None


class CustomerProposed(Struct, frozen=True, kw_only=True):
    """A customer born in a shop. `sealed` = nonce ‖ AES-256-GCM ciphertext of a PersonCard."""

    customer_id: UUID
    sealed: bytes


class PersonCard(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The plaintext of a sealed person."""

    name: str
    phone: str | None = None
