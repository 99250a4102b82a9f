-- name: close_shifts
-- A shift whose opening is parked or dead is first met here.
insert into shift
  (organization_id, id, store_id, register_id, device_id, status, business_date, currency,
   float_minor, closed_at, closed_by)
select
  :organization_id, fresh.id, fresh.store_id, fresh.register_id, fresh.device_id, 'closed',
  fresh.business_date, fresh.currency, fresh.float_minor, fresh.closed_at, fresh.closed_by
from unnest(
  cast(:ids as uuid[]), cast(:store_ids as uuid[]), cast(:register_ids as uuid[]),
  cast(:device_ids as uuid[]), cast(:dates as date[]), cast(:currencies as text[]),
  cast(:floats as bigint[]), cast(:times as timestamptz[]), cast(:people as uuid[])
) as fresh (id, store_id, register_id, device_id, business_date, currency, float_minor,
            closed_at, closed_by)
on conflict (organization_id, id) do update set
  status = 'closed', closed_at = excluded.closed_at, closed_by = excluded.closed_by;

-- name: highest_z_reports
select r.register_id, z.z_number, z.business_date
from register r
join lateral (
  select z_number, business_date from z_report
  where organization_id = :organization_id and register_id = r.register_id
  order by z_number desc
  limit 1
) as z on true
where r.organization_id = :organization_id and r.store_id = :store_id
order by r.register_id;
