-- name: category_ids
select code, category_id from category
where organization_id = :organization_id and code = any(cast(:codes as text[]));

-- name: replace_codes
-- First what is no longer a product's code, so that a code can move within one change.
delete from product_code c using unnest(cast(:product_ids as uuid[])) as p (product_id)
where c.organization_id = :organization_id and c.product_id = p.product_id
  and not exists (
    select from unnest(cast(:owners as uuid[]), cast(:codes as text[])) as k (product_id, code)
    where k.product_id = c.product_id and k.code = c.code);

-- name: lock_codes
-- Codes are compared across spellings, which no unique key sees: one writer of a tenant at a time.
select pg_advisory_xact_lock(hashtextextended(cast(cast(:organization_id as uuid) as text), 54));

-- name: new_codes
select k.product_id, k.code
from unnest(cast(:owners as uuid[]), cast(:codes as text[])) as k (product_id, code)
where not exists (
  select from product_code c
  where c.organization_id = :organization_id and c.code = k.code and c.product_id = k.product_id);

-- name: equal_codes
-- Which of these are another product's in another spelling.
select distinct k.code
from unnest(cast(:owners as uuid[]), cast(:codes as text[]), cast(:spellings as text[]))
  as k (product_id, code, spelling)
join product_code c on c.organization_id = :organization_id and c.code = k.spelling
  and c.product_id <> k.product_id
order by k.code;

-- name: change_product
update product set
  names = coalesce(cast(:names as jsonb), names), unit = coalesce(cast(:unit as text), unit),
  tax_id = coalesce(cast(:tax_id as text), tax_id),
  category_id = coalesce(cast(:category_id as uuid), category_id),
  active = coalesce(cast(:active as boolean), active),
  revision = revision + 1, updated_at = :at
where organization_id = :organization_id and product_id = :product_id
  and (cast(:revision as bigint) is null or revision = cast(:revision as bigint))
returning revision;

-- name: product_exists
select true from product where organization_id = :organization_id and product_id = :product_id;

-- name: store_currencies
select store_id, currency, timezone from store
where organization_id = :organization_id
  and (cast(:store_ids as uuid[]) is null or store_id = any(cast(:store_ids as uuid[])))
order by store_id;

-- name: products
select p.product_id, p.sku, p.names, p.unit, p.tax_id, p.active, g.code as category_code,
  coalesce(c.codes, '{}') as codes
from product p
left join category g on g.organization_id = :organization_id and g.category_id = p.category_id
left join (
  select product_id, array_agg(code order by code) as codes from product_code
  where organization_id = :organization_id
    and (cast(:product_ids as uuid[]) is null or product_id = any(cast(:product_ids as uuid[])))
  group by product_id
) c on c.product_id = p.product_id
where p.organization_id = :organization_id
  and (cast(:product_ids as uuid[]) is null or p.product_id = any(cast(:product_ids as uuid[])));

-- name: prices
-- Without those of lists that are not used any more.
select p.product_id, p.store_id, p.currency, p.unit_price_minor, p.effective_at, p.price_list_id,
  p.min_quantity
from price p
left join price_list l
  on l.organization_id = :organization_id and l.price_list_id = p.price_list_id
where p.organization_id = :organization_id and coalesce(l.active, true)
  and (cast(:product_ids as uuid[]) is null or p.product_id = any(cast(:product_ids as uuid[])));

-- name: newer_price_begun
-- Where it counts: the same store or everywhere, in the same currency, list and quantity.
select max(effective_at) from price
where organization_id = :organization_id and product_id = :product_id and currency = :currency
  and store_id is not distinct from cast(:store_id as uuid)
  and price_list_id is not distinct from cast(:price_list_id as uuid)
  and min_quantity is not distinct from cast(:min_quantity as numeric)
  and effective_at > :effective_at and effective_at <= :now;

-- name: tax_rates
-- One row per tax: the one that counts on this date.
select distinct on (tax_id) tax_id, name, rate_ppm, exempt from tax_rate
where organization_id = :organization_id and valid_from <= cast(:on as date)
order by tax_id, valid_from desc;

-- name: tax_schedules
select tax_id, name, valid_from, rate_ppm, exempt from tax_rate
where organization_id = :organization_id
order by tax_id, valid_from;

-- name: known_products
select product_id from product
where organization_id = :organization_id and product_id = any(cast(:ids as uuid[]))
union all
select alias_id from product_alias
where organization_id = :organization_id and alias_id = any(cast(:ids as uuid[]));

-- name: proposed_by
select count(*) from product
where organization_id = :organization_id and proposed_by_device_id = :device_id;

-- name: product_by_code
-- As it is written first, then in its other spellings.
select product_id from (
  select product_id, code, 1 as place from product_code
  where organization_id = :organization_id and code = any(cast(:spellings as text[]))
  union all
  select product_id, sku, 2 from product
  where organization_id = :organization_id and sku = any(cast(:spellings as text[]))
) f
order by f.code <> cast(:code as text), f.place, f.product_id
limit 1;

-- name: put_alias
insert into product_alias (organization_id, alias_id, product_id, created_at)
values (:organization_id, :alias_id, :product_id, :at)
on conflict do nothing;
