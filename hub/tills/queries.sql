-- name: highest_z_reports
select
  r.register_id, z.z_number, z.perpetual,
  least(z.business_date, cast(z.received_at at time zone 'UTC' as date) + 1) as business_date
from register r
join lateral (
  select z_number, business_date, received_at, perpetual from z_report
  where organization_id = :organization_id and register_id = r.register_id
    and store_id = :store_id and z_number < :beyond
  order by z_number desc
  limit 1
) as z on true
where r.organization_id = :organization_id and r.store_id = :store_id
order by r.register_id;

-- name: shifts_held
select id, store_id, status from shift
where organization_id = :organization_id and id = any(cast(:ids as uuid[]));


-- name: z_before
-- The newest number in any currency, and the newest totals in this one and in this year.
select
  (select max(z_number) from z_report
   where organization_id = :organization_id and register_id = :register_id
     and store_id = :store_id and z_number < :z_number) as z_number,
  (select perpetual from z_report
   where organization_id = :organization_id and register_id = :register_id
     and store_id = :store_id and z_number < :z_number and currency = :currency
     and perpetual is not null
   order by z_number desc limit 1) as last,
  (select perpetual from z_report
   where organization_id = :organization_id and register_id = :register_id
     and store_id = :store_id and z_number < :z_number and currency = :currency
     and perpetual ->> 'year' = cast(cast(:year as bigint) as text)
   order by z_number desc limit 1) as of_year;

-- name: addenda_told
select told.* from z_report z,
  lateral json_to_recordset(z.addenda) as told (
    z_number bigint, sales_count bigint, sales_minor bigint, returns_count bigint,
    returns_minor bigint)
where z.organization_id = :organization_id and z.register_id = :register_id
  and z.store_id = :store_id and z.currency = :currency and z.z_number <= :z_number
  and cast(z.addenda as text) <> '[]'
  and told.z_number = any(cast(:numbers as bigint[]));


-- name: net_of
select id, net_minor from z_report
where organization_id = :organization_id and id = any(cast(:ids as uuid[]));
