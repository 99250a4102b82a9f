-- name: month_taxes
-- By whose ticket it was when it was made, else by whose the store is now.
select coalesce(s.legal_entity_id, st.legal_entity_id) as legal_entity_id, t.currency, t.tax_id,
  t.rate_ppm, t.treatment,
  cast(coalesce(sum(t.base_minor) filter (where t.sale_kind = 'sale'), 0) as bigint) as sold_base,
  cast(coalesce(sum(t.tax_minor) filter (where t.sale_kind = 'sale'), 0) as bigint) as sold_tax,
  cast(coalesce(sum(t.base_minor) filter (where t.sale_kind = 'return'), 0) as bigint)
    as returned_base,
  cast(coalesce(sum(t.tax_minor) filter (where t.sale_kind = 'return'), 0) as bigint)
    as returned_tax
from sale s
join sale_tax_line t
  on t.organization_id = s.organization_id and t.business_date = s.business_date
  and t.sale_id = s.id
join store st on st.organization_id = :organization_id and st.store_id = s.store_id
left join legal_entity e on e.organization_id = :organization_id
  and e.legal_entity_id = coalesce(s.legal_entity_id, st.legal_entity_id)
where s.organization_id = :organization_id and t.organization_id = :organization_id
  and s.business_date between :first and :last and t.business_date between :first and :last
  and (cast(:legal_entity_id as uuid) is null
    or coalesce(s.legal_entity_id, st.legal_entity_id) = cast(:legal_entity_id as uuid))
group by 1, e.code, t.currency, t.tax_id, t.rate_ppm, t.treatment
order by e.code nulls last, t.currency, t.treatment desc, t.rate_ppm desc, t.tax_id;

-- name: month_duty
-- Returns give no duty back.
select coalesce(s.legal_entity_id, st.legal_entity_id) as legal_entity_id, s.currency,
  s.business_date, st.code as store_code, st.name as store_name,
  count(*) filter (where s.duty_minor <> 0) as tickets,
  cast(sum(s.duty_minor) as bigint) as duty_minor
from sale s
join store st on st.organization_id = :organization_id and st.store_id = s.store_id
left join legal_entity e on e.organization_id = :organization_id
  and e.legal_entity_id = coalesce(s.legal_entity_id, st.legal_entity_id)
where s.organization_id = :organization_id and s.business_date between :first and :last
  and s.kind = 'sale' and s.duty_minor <> 0
  and (cast(:legal_entity_id as uuid) is null
    or coalesce(s.legal_entity_id, st.legal_entity_id) = cast(:legal_entity_id as uuid))
group by 1, e.code, s.currency, s.business_date, st.store_id, st.code, st.name
order by e.code nulls last, s.currency, s.business_date, st.code;

-- name: tenders_of_month
-- The commonest first.
select t.kind from sale_tender t
where t.organization_id = :organization_id and t.business_date between :first and :last
group by t.kind
order by count(*) desc, t.kind
limit :most;

-- name: taxes_of_month
select t.tax_id, t.rate_ppm, t.treatment from sale_tax_line t
where t.organization_id = :organization_id and t.business_date between :first and :last
group by t.tax_id, t.rate_ppm, t.treatment
order by count(*) desc, t.tax_id, t.rate_ppm, t.treatment
limit :most;

-- name: day_tickets
select s.store_id, s.register_id, s.currency,
  coalesce(s.legal_entity_id, st.legal_entity_id) as legal_entity_id, st.code as store_code,
  st.name as store_name, coalesce(r.code, '?') as register_code,
  count(*) filter (where s.kind = 'sale') as sales,
  count(*) filter (where s.kind = 'return') as returns,
  cast(coalesce(sum(s.payable_minor) filter (where s.kind = 'sale'), 0) as bigint) as gross_minor,
  cast(coalesce(sum(s.payable_minor) filter (where s.kind = 'return'), 0) as bigint)
    as returns_minor,
  cast(sum(sign.of * s.duty_minor) as bigint) as duty_minor,
  cast(sum(sign.of * s.cash_rounding_minor) as bigint) as cash_rounding_minor
from sale s
join store st on st.organization_id = :organization_id and st.store_id = s.store_id
left join register r on r.organization_id = :organization_id and r.register_id = s.register_id
cross join lateral (select case s.kind when 'sale' then 1 else -1 end as of) as sign
where s.organization_id = :organization_id and s.business_date = :day
  and (cast(:legal_entity_id as uuid) is null
    or coalesce(s.legal_entity_id, st.legal_entity_id) = cast(:legal_entity_id as uuid))
group by s.store_id, s.register_id, s.currency, 4, st.code, st.name, r.code
order by st.code, r.code, s.register_id, s.currency, 4;

-- name: day_taxes
select s.store_id, s.register_id, s.currency,
  coalesce(s.legal_entity_id, st.legal_entity_id) as legal_entity_id, t.tax_id, t.rate_ppm,
  t.treatment,
  cast(sum(sign.of * t.base_minor) as bigint) as base_minor,
  cast(sum(sign.of * t.tax_minor) as bigint) as tax_minor
from sale s
join sale_tax_line t
  on t.organization_id = s.organization_id and t.business_date = s.business_date
  and t.sale_id = s.id
join store st on st.organization_id = :organization_id and st.store_id = s.store_id
cross join lateral (select case s.kind when 'sale' then 1 else -1 end as of) as sign
where s.organization_id = :organization_id and s.business_date = :day
  and t.organization_id = :organization_id and t.business_date = :day
group by 1, 2, 3, 4, t.tax_id, t.rate_ppm, t.treatment;

-- name: day_tenders
select s.store_id, s.register_id, s.currency,
  coalesce(s.legal_entity_id, st.legal_entity_id) as legal_entity_id, t.kind,
  cast(sum(sign.of * t.net_minor) as bigint) as net_minor
from sale s
join sale_tender t
  on t.organization_id = s.organization_id and t.business_date = s.business_date
  and t.sale_id = s.id
join store st on st.organization_id = :organization_id and st.store_id = s.store_id
cross join lateral (select case s.kind when 'sale' then 1 else -1 end as of) as sign
where s.organization_id = :organization_id and s.business_date = :day
  and t.organization_id = :organization_id and t.business_date = :day
group by 1, 2, 3, 4, t.kind;
