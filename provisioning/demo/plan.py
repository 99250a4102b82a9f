"""Who is in the demo: two tenants, three shops, their registers, tablets and people.

Pure and the same every time, so that a second start on a folder finds its own ids again.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from protocol.vocabulary.ids import uuid7

# Ids are UUIDv7 of one fixed moment; the rest of the bits come from the thing's name.
_MADE_AT_MS = 1_760_000_000_000

CASHIER_PIN = "2580"
MANAGER_PIN = "8642"
OWNER_PASSWORD = "demo-owner-2026"


@dataclass(frozen=True, kw_only=True)
class Register:
    """A till position and the token with which tablets pair to it."""

    id: UUID
    name: str
    code: str
    pairing_token: str


@dataclass(frozen=True, kw_only=True)
class Store:
    """A shop with its agent's device id."""

    id: UUID
    code: str
    name: str
    timezone: str
    languages: tuple[str, ...]
    registers: tuple[Register, ...]
    device_id: UUID

    @property
    def slug(self) -> str:
        """Its name among programs and folders."""
        return f"agent-{self.code.lower()}"


@dataclass(frozen=True, kw_only=True)
class TaxRate:
    """A rate in parts per million; exempt is no rate of 0 %."""

    id: str
    name: str
    rate_ppm: int
    exempt: bool = False


@dataclass(frozen=True, kw_only=True)
class LegalEntity:
    """Who is liable for a tenant's shops: under the régime réel, to be confirmed."""

    id: UUID
    code: str
    name: str
    address: tuple[str, ...]
    nif: str
    nis: str
    rc: str
    ai: str
    regime_from: str


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """An owner with shops."""

    id: UUID
    name: str
    currency: str
    email: str
    language: str
    tax_rates: tuple[TaxRate, ...]
    stores: tuple[Store, ...]
    legal_entity: LegalEntity | None = None
    has_offers: bool = False


def demo_id(*words: str) -> UUID:
    """The id of the thing with this name; no two names share one."""
    digest = hashlib.sha256("\x1f".join(words).encode()).digest()
    return uuid7(_MADE_AT_MS, int.from_bytes(digest, "big") & ((1 << 74) - 1))


def new_store(
    code: str,
    name: str,
    *,
    timezone: str,
    languages: tuple[str, ...],
    register: str,
    registers: int = 2,
) -> Store:
    """A shop with so many registers, all named `register`, and a device."""
    made = tuple(
        Register(
            id=demo_id("register", code, str(number)),
            name=f"{register} {number}",
            code=f"{code}{number}",
            pairing_token=f"DEMO-{code}-{number}-"
            + hashlib.sha256(f"{code}{number}".encode()).hexdigest()[:12].upper(),
        )
        for number in range(1, registers + 1)
    )
    return Store(
        id=demo_id("store", code),
        code=code,
        name=name,
        timezone=timezone,
        languages=languages,
        registers=made,
        device_id=demo_id("device", code),
    )


GIFTS = Tenant(
    id=demo_id("tenant", "gifts"),
    name="Northgate Gifts",
    currency="GBP",
    email="owner@northgate.example",
    language="en",
    tax_rates=(
        TaxRate(id="vat-20", name="VAT 20 %", rate_ppm=200_000),
        TaxRate(id="vat-0", name="VAT 0 %", rate_ppm=0),
    ),
    stores=(
        new_store(
            "LDN", "Northgate London", timezone="Europe/London", languages=("en",), register="Till"
        ),
    ),
)
SUPERETTE = Tenant(
    id=demo_id("tenant", "superette"),
    name="Superette El Baraka",
    currency="DZD",
    email="owner@elbaraka.example",
    language="fr",
    tax_rates=(
        TaxRate(id="tva-19", name="TVA 19 %", rate_ppm=190_000),
        TaxRate(id="tva-9", name="TVA 9 %", rate_ppm=90_000),
        TaxRate(id="tva-0", name="TVA 0 %", rate_ppm=0),
        TaxRate(id="exonere", name="Exonéré de TVA", rate_ppm=0, exempt=True),
    ),
    legal_entity=LegalEntity(
        id=demo_id("legal entity", "superette"),
        code="EURL",
        name="EURL Superette El Baraka",
        address=("12, rue Didouche Mourad", "16000 Alger"),
        nif="000016001234567",
        nis="000016010012345",
        rc="16/00-1234567 B 20",
        ai="16011234567",
        regime_from="2000-01-01",
    ),
    has_offers=True,
    stores=(
        new_store(
            "ALG",
            "El Baraka Alger",
            timezone="Africa/Algiers",
            languages=("fr", "ar"),
            register="Caisse",
        ),
        new_store(
            "ORN",
            "El Baraka Oran",
            timezone="Africa/Algiers",
            languages=("fr", "ar"),
            register="Caisse",
        ),
    ),
)
TENANTS = (GIFTS, SUPERETTE)


def shops() -> Iterator[tuple[Tenant, Store]]:
    """Every shop with its owner, in order."""
    for tenant in TENANTS:
        for store in tenant.stores:
            yield tenant, store
