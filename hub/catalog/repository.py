"""All SQL of the catalogue."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec
import sqlalchemy.exc
from sqlalchemy import RowMapping

from hub.catalog.models import Category, Price, Product, ProductChanges, TaxRate
from hub.kit.bulk import BulkInsert
from hub.kit.db import TenantSession, broken_constraint
from hub.kit.queries import load_queries
from protocol.errors import Malformed, Refused
from protocol.vocabulary.gtin import spellings

_QUERIES = load_queries("hub.catalog")

_PUT_TAX_RATES = BulkInsert(
    "tax_rate",
    {
        "tax_id": "text",
        "valid_from": "date",
        "name": "text",
        "rate_ppm": "integer",
        "exempt": "boolean",
    },
    key=("tax_id", "valid_from"),
    replaced=("name", "rate_ppm", "exempt"),
)
_PUT_CATEGORIES = BulkInsert(
    "category",
    {"category_id": "uuid", "code": "text", "names": "jsonb"},
    key=("code",),
    replaced=("names",),
)
_PUT_PRODUCTS = BulkInsert(
    "product",
    {
        "product_id": "uuid",
        "sku": "text",
        "names": "jsonb",
        "unit": "text",
        "tax_id": "text",
        "category_id": "uuid",
        "active": "boolean",
        "proposed_by_device_id": "uuid",
        "created_at": "timestamptz",
        "updated_at": "timestamptz",
    },
    key=("product_id",),
    replaced=("sku", "names", "unit", "tax_id", "category_id", "active", "updated_at"),
    tail=", revision = product.revision + 1"
    " where (product.sku, product.names, product.unit, product.tax_id, product.category_id,"
    " product.active) is distinct from (excluded.sku, excluded.names, excluded.unit,"
    " excluded.tax_id, excluded.category_id, excluded.active)",
)
# A code that is another product's stays so and breaks the key; a product's own is there already.
_PUT_CODES = BulkInsert(
    "product_code",
    {"code": "text", "product_id": "uuid"},
    tail="on conflict (organization_id, code) do update set product_id = excluded.product_id"
    " where product_code.product_id = excluded.product_id returning code",
)
_PUT_PRICES = BulkInsert(
    "price",
    {
        "price_id": "uuid",
        "product_id": "uuid",
        "store_id": "uuid",
        "currency": "text",
        "unit_price_minor": "bigint",
        "effective_at": "timestamptz",
        "price_list_id": "uuid",
        "min_quantity": "numeric",
        "created_at": "timestamptz",
    },
    key=(
        "product_id",
        "store_id",
        "currency",
        "effective_at",
        "price_list_id",
        "min_quantity",
    ),
    replaced=("unit_price_minor",),
)


async def put_tax_rates(session: TenantSession, rates: Sequence[TaxRate]) -> None:
    """Create or correct rates."""
    rows = [(r.tax_id, r.valid_from, r.name, r.rate_ppm, r.exempt) for r in rates]
    await session.execute(_PUT_TAX_RATES.sql, _PUT_TAX_RATES.parameters(rows))


async def put_categories(session: TenantSession, categories: Sequence[Category]) -> None:
    """Create categories, or rename those with these codes."""
    rows = [(c.category_id, c.code, dict(c.names)) for c in categories]
    await session.execute(_PUT_CATEGORIES.sql, _PUT_CATEGORIES.parameters(rows))


async def put_products(
    session: TenantSession, products: Sequence[Product], *, at: datetime
) -> None:
    """Create or replace products and their codes; raises Refused `sku-taken`, `code-taken`."""
    categories = await _category_ids(session, (p.category_code for p in products))
    rows = [
        (
            p.product_id,
            p.sku,
            dict(p.names),
            p.unit,
            p.tax_id,
            p.category_code and categories[p.category_code],
            p.active,
            p.proposed_by_device_id,
            at,
            at,
        )
        for p in products
    ]
    await lock_codes(session)
    try:
        async with session.savepoint():
            await session.execute(_PUT_PRODUCTS.sql, _PUT_PRODUCTS.parameters(rows))
    except sqlalchemy.exc.IntegrityError as error:
        if broken_constraint(error) != "product_organization_id_sku_key":
            raise
        raise Refused(
            "sku-taken", "Another product has this SKU.", fields={"sku": "taken"}
        ) from error
    await put_codes(session, {p.product_id: p.codes for p in products})


async def lock_codes(session: TenantSession) -> None:
    """Nobody else of the tenant gives out a code until this transaction ends."""
    await session.execute(_QUERIES["lock_codes"])


async def put_codes(session: TenantSession, codes: dict[UUID, tuple[str, ...]]) -> None:
    """Make these the products' only codes; raises Refused `code-taken`, also where another product
    has one of the new ones as a GTIN of other length. Codes that a product had already stay."""
    rows = [(code, product_id) for product_id, own in codes.items() for code in own]
    twice = [code for code, count in Counter(code for code, _ in rows).items() if count > 1]
    if twice:
        raise _taken(twice)
    await lock_codes(session)
    owned = {
        "owners": [product_id for _, product_id in rows],
        "codes": [code for code, _ in rows],
    }
    await session.execute(_QUERIES["replace_codes"], {"product_ids": list(codes), **owned})
    if not rows:
        return
    fresh = await session.rows(_QUERIES["new_codes"], owned)
    written = await session.rows(_PUT_CODES.sql, _PUT_CODES.parameters(rows))
    taken = sorted({code for code, _ in rows} - {row["code"] for row in written})
    if taken:
        raise _taken(taken)
    await _check_spellings(session, [(row["product_id"], row["code"]) for row in fresh])


async def _check_spellings(session: TenantSession, written: Sequence[tuple[UUID, str]]) -> None:
    """Raises Refused `code-taken` where another product has such a code in another spelling."""
    others = [
        (product_id, code, spelling)
        for product_id, code in written
        for spelling in spellings(code)
        if spelling != code
    ]
    if not others:
        return
    rows = await session.rows(
        _QUERIES["equal_codes"],
        {
            "owners": [product_id for product_id, _, _ in others],
            "codes": [code for _, code, _ in others],
            "spellings": [spelling for _, _, spelling in others],
        },
    )
    if rows:
        raise _taken([row["code"] for row in rows])


async def change_product(
    session: TenantSession,
    product_id: UUID,
    *,
    changes: ProductChanges,
    revision: int | None,
    at: datetime,
) -> int | None:
    """The new revision, or None when there is no such product at `revision`."""
    code = changes.category_code
    category_id = (await _category_ids(session, [code]))[code] if code else None
    changed: int | None = await session.scalar(
        _QUERIES["change_product"],
        {
            "product_id": product_id,
            "names": None if changes.names is None else _json(changes.names),
            "unit": changes.unit,
            "tax_id": changes.tax_id,
            "category_id": category_id,
            "active": changes.active,
            "revision": revision,
            "at": at,
        },
    )
    return changed


async def product_exists(session: TenantSession, product_id: UUID) -> bool:
    """Whether the tenant has it."""
    return bool(await session.scalar(_QUERIES["product_exists"], {"product_id": product_id}))


async def put_prices(session: TenantSession, prices: Sequence[Price], *, at: datetime) -> None:
    """Set prices; one of the same product, store, currency, instant, list and quantity is
    replaced. Raises Malformed `unknown-price-list`."""
    rows = [
        (
            p.price_id,
            p.product_id,
            p.store_id,
            p.currency,
            p.unit_price_minor,
            p.effective_at,
            p.price_list_id,
            p.min_quantity,
            at,
        )
        for p in prices
    ]
    try:
        async with session.savepoint():
            await session.execute(_PUT_PRICES.sql, _PUT_PRICES.parameters(rows))
    except sqlalchemy.exc.IntegrityError as error:
        if broken_constraint(error) != "price_list_fkey":
            raise
        raise Malformed("unknown-price-list", "There is no such price list.") from error


async def newer_price_begun(
    session: TenantSession, price: Price, *, now: datetime
) -> datetime | None:
    """When the price began that counts instead of this one, if there is any."""
    found: datetime | None = await session.scalar(
        _QUERIES["newer_price_begun"],
        {
            "product_id": price.product_id,
            "store_id": price.store_id,
            "currency": price.currency,
            "effective_at": price.effective_at,
            "price_list_id": price.price_list_id,
            "min_quantity": price.min_quantity,
            "now": now,
        },
    )
    return found


async def stores(session: TenantSession, store_ids: Sequence[UUID] | None) -> Sequence[RowMapping]:
    """Id, currency and time zone of these stores, or of all."""
    wanted = None if store_ids is None else list(store_ids)
    return await session.rows(_QUERIES["store_currencies"], {"store_ids": wanted})


async def products(
    session: TenantSession, product_ids: Sequence[UUID] | None
) -> Sequence[RowMapping]:
    """These products with their codes, or all."""
    return await session.rows(_QUERIES["products"], _some(product_ids))


async def prices(
    session: TenantSession, product_ids: Sequence[UUID] | None
) -> Sequence[RowMapping]:
    """Every price of these products, or of all."""
    return await session.rows(_QUERIES["prices"], _some(product_ids))


async def tax_rates(session: TenantSession, on: date) -> Sequence[RowMapping]:
    """The rates in force on this date."""
    return await session.rows(_QUERIES["tax_rates"], {"on": on})


async def tax_schedules(session: TenantSession) -> dict[str, list[TaxRate]]:
    """Every rate of every tax, rising in time."""
    found: dict[str, list[TaxRate]] = {}
    for row in await session.rows(_QUERIES["tax_schedules"]):
        found.setdefault(row["tax_id"], []).append(TaxRate(**row))
    return found


async def known_products(session: TenantSession, ids: Sequence[UUID]) -> set[UUID]:
    """Which of these ids are products or aliases already."""
    rows = await session.rows(_QUERIES["known_products"], {"ids": list(ids)})
    return {row["product_id"] for row in rows}


async def proposed_by(session: TenantSession, device_id: UUID) -> int:
    """How many products the device's shop brought into the catalogue."""
    found: int = await session.scalar(_QUERIES["proposed_by"], {"device_id": device_id})
    return found


async def product_by_code(session: TenantSession, code: str) -> UUID | None:
    """The product with this code or SKU, a GTIN in any spelling."""
    parameters = {"code": code, "spellings": spellings(code)}
    found: UUID | None = await session.scalar(_QUERIES["product_by_code"], parameters)
    return found


async def put_alias(
    session: TenantSession, alias_id: UUID, *, product_id: UUID, at: datetime
) -> None:
    """From now on `alias_id` means this product."""
    await session.execute(
        _QUERIES["put_alias"], {"alias_id": alias_id, "product_id": product_id, "at": at}
    )


async def _category_ids(
    session: TenantSession, codes: Iterable[str | None]
) -> dict[str | None, UUID]:
    wanted = sorted({code for code in codes if code is not None})
    if not wanted:
        return {}
    rows = await session.rows(_QUERIES["category_ids"], {"codes": wanted})
    found: dict[str | None, UUID] = {row["code"]: row["category_id"] for row in rows}
    missing = [code for code in wanted if code not in found]
    if missing:
        raise Malformed(
            "unknown-category",
            f"There is no category {missing[0]!r}.",
            fields={"category_code": missing[0]},
        )
    return found


def _some(product_ids: Sequence[UUID] | None) -> dict[str, list[UUID] | None]:
    return {"product_ids": None if product_ids is None else list(product_ids)}


def _taken(codes: Sequence[str]) -> Refused:
    return Refused(
        "code-taken",
        f"Another product has the code {codes[0]!r}.",
        fields={"codes": ", ".join(codes[:10])},
    )


def _json(names: object) -> str:
    return msgspec.json.encode(names).decode()
