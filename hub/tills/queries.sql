-- name: highest_z_reports
select
  r.register_id, z.z_number,
  least(z.business_date, cast(z.received_at at time zone 'UTC' as date) + 1) as business_date
from register r
join lateral (
  select z_number, business_date, received_at from z_report
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
