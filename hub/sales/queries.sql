-- name: shift_counts
-- Of the closing device's store alone: a device writes its own store's books (promise K).
select kind, count(*) as tickets, cast(coalesce(sum(payable_minor), 0) as bigint) as payable_minor
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
  t.tax_id, t.rate_ppm,
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
group by t.tax_id, t.rate_ppm;
