-- name: shift_counts
-- Of the closing device's store alone: a device writes its own store's books (promise K).
select kind, count(*) as tickets, cast(coalesce(sum(payable_minor), 0) as bigint) as payable_minor,
  cast(coalesce(sum(duty_minor), 0) as bigint) as duty_minor,
  count(*) filter (where duty_minor > 0) as duty_count
from sale
where organization_id = :organization_id and business_date = :business_date
  and store_id = :store_id
  and shift_id = :shift_id and currency = :currency and addendum_to_z is null
  and (device_id <> :device_id or (epoch, seq) < (:epoch, :seq))
group by kind;

-- name: shift_tenders
select
  t.kind, count(*) filter (where t.line_no > 0) as times,
  cast(sum(case t.sale_kind when 'sale' then t.net_minor else -t.net_minor end) as bigint)
    as net_minor
from sale s
join sale_tender t
  on t.organization_id = s.organization_id and t.business_date = s.business_date
  and t.sale_id = s.id
where s.organization_id = :organization_id and s.business_date = :business_date
  and t.organization_id = :organization_id and t.business_date = :business_date
  and s.store_id = :store_id
  and s.shift_id = :shift_id and s.currency = :currency and s.addendum_to_z is null
  and (s.device_id <> :device_id or (s.epoch, s.seq) < (:epoch, :seq))
group by t.kind;

-- name: shift_taxes
select
  t.tax_id, t.rate_ppm, t.treatment, count(*) as tickets,
  cast(sum(case t.sale_kind when 'sale' then t.base_minor else -t.base_minor end) as bigint)
    as base_minor,
  cast(sum(case t.sale_kind when 'sale' then t.tax_minor else -t.tax_minor end) as bigint)
    as tax_minor
from sale s
join sale_tax_line t
  on t.organization_id = s.organization_id and t.business_date = s.business_date
  and t.sale_id = s.id
where s.organization_id = :organization_id and s.business_date = :business_date
  and t.organization_id = :organization_id and t.business_date = :business_date
  and s.store_id = :store_id
  and s.shift_id = :shift_id and s.currency = :currency and s.addendum_to_z is null
  and (s.device_id <> :device_id or (s.epoch, s.seq) < (:epoch, :seq))
group by t.tax_id, t.rate_ppm, t.treatment;

-- name: addenda_held
-- Of the closing device, what its journal has before the Z.
select addendum_to_z as z_number,
  count(*) filter (where kind = 'sale') as sales_count,
  cast(coalesce(sum(payable_minor) filter (where kind = 'sale'), 0) as bigint) as sales_minor,
  count(*) filter (where kind = 'return') as returns_count,
  cast(coalesce(sum(payable_minor) filter (where kind = 'return'), 0) as bigint) as returns_minor
from sale
where organization_id = :organization_id and store_id = :store_id and register_id = :register_id
  and currency = :currency and addendum_to_z = any(cast(:numbers as bigint[]))
  and (device_id <> :device_id or (epoch, seq) < (:epoch, :seq))
group by addendum_to_z;


-- name: payable_of
-- Tickets where they landed, and invoices.
select s.id, s.payable_minor from unnest(cast(:dates as date[]), cast(:ids as uuid[]))
  as wanted (business_date, id)
join sale s
  on s.organization_id = :organization_id and s.business_date = wanted.business_date
  and s.id = wanted.id
where s.business_date = any(cast(:dates as date[]))
union all
select id, payable_minor from invoice
where organization_id = :organization_id and id = any(cast(:ids as uuid[]));
