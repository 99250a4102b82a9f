-- name: put_organization
insert into organization (organization_id, name, currency, created_at)
values (:organization_id, :name, :currency, :at)
on conflict (organization_id) do update set name = excluded.name;

-- name: start_counter
insert into tenant_counter (organization_id) values (:organization_id) on conflict do nothing;

-- name: put_store
-- A store's currency never changes: its books are in it.
insert into store
  (organization_id, store_id, code, name, currency, timezone, legal_entity_id, created_at)
values (:organization_id, :store_id, :code, :name, :currency, :timezone, :legal_entity_id, :at)
on conflict (organization_id, store_id) do update set code = excluded.code, name = excluded.name,
  timezone = excluded.timezone, legal_entity_id = excluded.legal_entity_id;

-- name: put_terms
insert into store_setting
  (organization_id, store_id, valid_from, prices_include_tax, languages, cutoff_minute,
   allow_negative_stock, cashier_may)
values
  (:organization_id, :store_id, :valid_from, :prices_include_tax, :languages, :cutoff_minute,
   :allow_negative_stock, :cashier_may)
on conflict (organization_id, store_id, valid_from) do update set
  prices_include_tax = excluded.prices_include_tax, languages = excluded.languages,
  cutoff_minute = excluded.cutoff_minute, allow_negative_stock = excluded.allow_negative_stock,
  cashier_may = excluded.cashier_may;

-- name: put_register
insert into register
  (organization_id, register_id, store_id, name, code, pairing_token_hash, active, created_at)
values
  (:organization_id, :register_id, :store_id, :name, :code, :pairing_token_hash, :active, :at)
on conflict (organization_id, register_id) do update set name = excluded.name,
  pairing_token_hash = excluded.pairing_token_hash, active = excluded.active;

-- name: replace_pairing_token
update register set pairing_token_hash = :hash
where organization_id = :organization_id and register_id = :register_id
returning store_id;

-- name: stores_with_terms
-- The settings that count on each store's own date.
select s.store_id, s.name, s.currency, s.timezone, s.legal_entity_id, t.prices_include_tax,
  t.languages, t.cutoff_minute, t.allow_negative_stock, t.cashier_may
from store s
join lateral (
  select * from store_setting x
  where x.organization_id = :organization_id and x.store_id = s.store_id
    and x.valid_from <= (cast(:at as timestamptz) at time zone s.timezone)::date
  order by x.valid_from desc limit 1
) t on true
where s.organization_id = :organization_id and s.store_id = any(cast(:store_ids as uuid[]));

-- name: registers
select register_id, store_id, name, code, pairing_token_hash, active from register
where organization_id = :organization_id and store_id = any(cast(:store_ids as uuid[]))
order by register_id;

-- name: store_ids
select store_id from store where organization_id = :organization_id order by store_id;

-- name: timezones
select store_id, timezone from store
where organization_id = :organization_id and store_id = any(cast(:store_ids as uuid[]));

-- name: organizations_after
select organization_id from organizations_after(:organization, :most);
