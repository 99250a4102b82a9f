-- name: share_store_locks
-- Adding to a store's rollups and recomputing them exclude each other; additions do not.
select pg_advisory_xact_lock_shared(hashtextextended('rollups ' || store_id, 0))
from unnest(cast(:store_ids as text[])) as store_id
order by store_id;

-- name: take_store_lock
select pg_advisory_xact_lock(hashtextextended('rollups ' || cast(:store as text), 0));

-- name: delete_skus
delete from rollup_hour_store_sku
where organization_id = :organization_id and store_id = :store_id
  and business_date = :business_date;

-- name: delete_days
delete from rollup_day_store
where organization_id = :organization_id and store_id = :store_id
  and business_date = :business_date;

-- name: delete_taxes
delete from rollup_day_store_tax
where organization_id = :organization_id and store_id = :store_id
  and business_date = :business_date;

-- name: delete_tenders
delete from rollup_day_store_tender
where organization_id = :organization_id and store_id = :store_id
  and business_date = :business_date;

-- name: recompute_skus
insert into rollup_hour_store_sku
  (organization_id, store_id, business_date, hour, product_id, currency,
   quantity, gross_minor, discount_minor, net_minor, tax_minor, tickets, returns,
   promotion_minor)
select
  l.organization_id, l.store_id, l.business_date, s.local_hour, l.product_id, l.currency,
  sum(sign.of * l.quantity), sum(sign.of * l.gross_minor),
  sum(sign.of * (l.line_discount_minor + l.ticket_discount_minor)),
  sum(sign.of * l.net_minor), sum(sign.of * l.tax_minor),
  count(distinct l.sale_id) filter (where l.sale_kind = 'sale'),
  count(distinct l.sale_id) filter (where l.sale_kind = 'return'),
  sum(sign.of * l.promotion_minor)
from sale s
join sale_line l
  on l.organization_id = s.organization_id and l.business_date = s.business_date
  and l.sale_id = s.id
cross join lateral (select case s.kind when 'sale' then 1 else -1 end as of) as sign
where s.organization_id = :organization_id and s.business_date = :business_date
  and l.organization_id = :organization_id and l.business_date = :business_date
  and s.store_id = :store_id
group by l.organization_id, l.store_id, l.business_date, s.local_hour, l.product_id, l.currency;

-- name: recompute_days
insert into rollup_day_store
  (organization_id, store_id, business_date, currency, sales_count, returns_count, line_count,
   sales_minor, returns_minor, payable_minor, discount_minor, tax_minor, duty_minor,
   cash_rounding_minor, promotion_minor)
select
  s.organization_id, s.store_id, s.business_date, s.currency,
  count(*) filter (where s.kind = 'sale'), count(*) filter (where s.kind = 'return'),
  sum(s.line_count),
  coalesce(sum(s.payable_minor) filter (where s.kind = 'sale'), 0),
  coalesce(sum(s.payable_minor) filter (where s.kind = 'return'), 0),
  sum(sign.of * s.payable_minor), sum(sign.of * s.discount_minor), sum(sign.of * s.tax_minor),
  sum(sign.of * s.duty_minor), sum(sign.of * s.cash_rounding_minor),
  sum(sign.of * s.promotion_minor)
from sale s
cross join lateral (select case s.kind when 'sale' then 1 else -1 end as of) as sign
where s.organization_id = :organization_id and s.business_date = :business_date
  and s.store_id = :store_id
group by s.organization_id, s.store_id, s.business_date, s.currency;

-- name: recompute_taxes
insert into rollup_day_store_tax
  (organization_id, store_id, business_date, currency, tax_id, rate_ppm, treatment,
   base_minor, tax_minor, gross_minor)
select
  t.organization_id, t.store_id, t.business_date, t.currency, t.tax_id, t.rate_ppm, t.treatment,
  sum(sign.of * t.base_minor), sum(sign.of * t.tax_minor), sum(sign.of * t.gross_minor)
from sale_tax_line t
cross join lateral (select case t.sale_kind when 'sale' then 1 else -1 end as of) as sign
where t.organization_id = :organization_id and t.business_date = :business_date
  and t.store_id = :store_id
group by t.organization_id, t.store_id, t.business_date, t.currency, t.tax_id, t.rate_ppm,
  t.treatment;

-- name: recompute_tenders
insert into rollup_day_store_tender
  (organization_id, store_id, business_date, currency, kind, tender_count, net_minor)
select
  t.organization_id, t.store_id, t.business_date, t.currency, t.kind,
  count(*) filter (where t.line_no > 0), sum(sign.of * t.net_minor)
from sale_tender t
cross join lateral (select case t.sale_kind when 'sale' then 1 else -1 end as of) as sign
where t.organization_id = :organization_id and t.business_date = :business_date
  and t.store_id = :store_id
group by t.organization_id, t.store_id, t.business_date, t.currency, t.kind;
