-- name: stores
-- The settings row that counts on :today.
select
  s.store_id, s.legal_entity_id, s.code, s.name, s.currency, s.timezone, s.status, s.created_at,
  t.prices_include_tax, t.languages, t.cutoff_minute, t.allow_negative_stock
from store s
left join lateral (
  select * from store_setting x
  where x.organization_id = :organization_id and x.store_id = s.store_id
    and x.valid_from <= cast(:today as date)
  order by x.valid_from desc limit 1
) t on true
where s.organization_id = :organization_id
  and (cast(:store_id as uuid) is null or s.store_id = cast(:store_id as uuid))
  and (cast(:after_id as uuid) is null or s.store_id > cast(:after_id as uuid))
order by s.store_id
limit :most

-- name: registers
select r.register_id, r.store_id, r.name, r.code, r.active, r.created_at
from register r
where r.organization_id = :organization_id
  and (cast(:register_id as uuid) is null or r.register_id = cast(:register_id as uuid))
  and (cast(:store_id as uuid) is null or r.store_id = cast(:store_id as uuid))
  and (cast(:after_id as uuid) is null or r.register_id > cast(:after_id as uuid))
order by r.register_id
limit :most
