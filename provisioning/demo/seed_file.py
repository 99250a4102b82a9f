"""The tenants as `hanout-hub seed` reads them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from provisioning.demo.goods import Product
from provisioning.demo.offers import list_prices, price_lists, promotions
from provisioning.demo.plan import (
    CASHIER_PIN,
    MANAGER_PIN,
    OWNER_PASSWORD,
    TENANTS,
    LegalEntity,
    Store,
    Tenant,
    demo_id,
)


def seed_document(
    goods: Mapping[UUID, Sequence[Product]], *, tenants: Sequence[Tenant] = TENANTS
) -> dict[str, Any]:
    """`goods`: products by tenant. Devices are not in it: boxes claim their places."""
    return {"tenants": [_tenant(one, goods[one.id]) for one in tenants]}


def _tenant(tenant: Tenant, goods: Sequence[Product]) -> dict[str, Any]:
    listed = list_prices(goods) if tenant.has_offers else {}
    return {
        "id": str(tenant.id),
        "name": tenant.name,
        "currency": tenant.currency,
        "owner": {
            "email": tenant.email,
            "password": OWNER_PASSWORD,
            "name": "Demo owner",
            "language": tenant.language,
        },
        "tax_rates": [
            {"id": rate.id, "name": rate.name, "rate_ppm": rate.rate_ppm, "exempt": rate.exempt}
            for rate in tenant.tax_rates
        ],
        "legal_entities": [_entity(one) for one in (tenant.legal_entity,) if one],
        "stores": [_store(store, tenant.legal_entity) for store in tenant.stores],
        "staff": [
            _person(tenant, "cashier", CASHIER_PIN),
            _person(tenant, "manager", MANAGER_PIN),
        ],
        "products": [
            {
                "id": str(product.id),
                "sku": product.sku,
                "names": product.names,
                "unit": "piece",
                "tax_id": product.tax_id,
                "codes": list(product.codes),
                "price_minor": product.price_minor,
                "list_prices": listed.get(product.id, []),
            }
            for product in goods
        ],
        "price_lists": price_lists() if tenant.has_offers else [],
        "promotions": promotions(tenant, goods) if tenant.has_offers else [],
    }


def _entity(entity: LegalEntity) -> dict[str, Any]:
    ids = {name: getattr(entity, name) for name in ("nif", "nis", "rc", "ai")}
    regime = {"valid_from": entity.regime_from, "kind": "reel", "verify": True}
    return {
        "code": entity.code,
        "entity": {
            "legal_entity_id": str(entity.id),
            "party": {"name": entity.name, "address": list(entity.address), "ids": ids},
            "regimes": [regime],
        },
    }


def _store(store: Store, entity: LegalEntity | None) -> dict[str, Any]:
    return {
        "legal_entity": entity.code if entity else None,
        "id": str(store.id),
        "code": store.code,
        "name": store.name,
        "timezone": store.timezone,
        "languages": list(store.languages),
        "registers": [
            {
                "id": str(register.id),
                "name": register.name,
                "code": register.code,
                "pairing_token": register.pairing_token,
            }
            for register in store.registers
        ],
    }


def _person(tenant: Tenant, role: str, pin: str) -> dict[str, Any]:
    return {
        "id": str(demo_id("staff", tenant.name, role)),
        "name": role.capitalize(),
        "roles": [role],
        "pin": pin,
    }
