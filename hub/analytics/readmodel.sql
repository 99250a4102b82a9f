-- name: latest_business_date
-- The latest day on which anything was sold or a register stood open. A day beyond :horizon comes
-- from a shop's wrong clock and would hide the real one.
select greatest(
  (select max(r.business_date) from rollup_day_store r
   where r.organization_id = :organization_id and r.business_date <= cast(:horizon as date)),
  (select max(f.business_date) from shift f
   where f.organization_id = :organization_id and f.business_date <= cast(:horizon as date))
) as business_date

-- name: store_days
-- One row per open store and currency; a store without a ticket on the day has its own currency.
select
  s.store_id, s.name, s.timezone,
  coalesce(d.currency, s.currency) as currency,
  coalesce(d.sales_count, 0) as sales_count,
  coalesce(d.returns_count, 0) as returns_count,
  coalesce(d.sales_minor, 0) as sales_minor,
  coalesce(d.returns_minor, 0) as returns_minor,
  l.last_sale_at, l.last_business_date,
  coalesce((
    select x.cutoff_minute from store_setting x
    where x.organization_id = :organization_id and x.store_id = s.store_id
      and x.valid_from <= cast(:business_date as date)
    order by x.valid_from desc limit 1), 0) as cutoff_minute
from store s
left join rollup_day_store d
  on d.organization_id = :organization_id and d.store_id = s.store_id
  and d.business_date = cast(:business_date as date)
left join lateral (
  select t.business_date as last_business_date, max(t.rung_at) as last_sale_at
  from sale t
  where t.organization_id = :organization_id and t.store_id = s.store_id
    and t.business_date = (
      select max(r.business_date) from rollup_day_store r
      where r.organization_id = :organization_id and r.store_id = s.store_id
        and r.business_date <= cast(:business_date as date))
  group by t.business_date
) l on true
where s.organization_id = :organization_id and (s.status = 'open' or d.store_id is not null)
order by s.name, s.store_id, currency

-- name: store_hours
select h.store_id, h.currency, h.hour, sum(h.net_minor + h.tax_minor) as takings_minor
from rollup_hour_store_sku h
where h.organization_id = :organization_id and h.business_date = cast(:business_date as date)
group by h.store_id, h.currency, h.hour
order by h.store_id, h.currency, h.hour

-- name: sales_by_day
select
  d.store_id, d.business_date, d.currency,
  d.sales_count + d.returns_count as tickets,
  d.sales_count, d.returns_count,
  d.sales_minor as gross_minor, d.returns_minor,
  d.sales_minor - d.returns_minor as net_minor, d.tax_minor
from rollup_day_store d
where d.organization_id = :organization_id
  and (cast(:store_id as uuid) is null or d.store_id = cast(:store_id as uuid))
  and (cast(:currency as text) is null or d.currency = cast(:currency as text))
  and (cast(:business_date_from as date) is null
    or d.business_date >= cast(:business_date_from as date))
  and (cast(:business_date_to as date) is null
    or d.business_date <= cast(:business_date_to as date))
  and (cast(:after_date as date) is null
    or (d.business_date, d.store_id, d.currency)
      > (cast(:after_date as date), cast(:after_store as uuid), cast(:after_currency as text)))
order by d.business_date, d.store_id, d.currency
limit :most
