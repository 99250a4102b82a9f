-- name: sales
-- Newest first: within a business date the tablets' ids rise with time.
select
  s.id, s.kind, s.business_date, s.store_id, s.register_id, s.shift_id, s.staff_id, s.customer_id,
  s.device_id, s.series_epoch, s.receipt_number, g.code as register_code, s.mode, s.currency,
  s.rung_at, s.occurred_at, s.received_at, s.line_count, s.payable_minor, s.tax_minor, s.flags,
  s.original_sale_id
from sale s
left join register g
  on g.organization_id = :organization_id and g.register_id = s.register_id
where s.organization_id = :organization_id
  and (cast(:store_id as uuid) is null or s.store_id = cast(:store_id as uuid))
  and (cast(:kind as text) is null or s.kind = cast(:kind as text))
  and (cast(:business_date_from as date) is null
    or s.business_date >= cast(:business_date_from as date))
  and (cast(:business_date_to as date) is null
    or s.business_date <= cast(:business_date_to as date))
  and (cast(:after_date as date) is null
    or (s.business_date, s.id) < (cast(:after_date as date), cast(:after_id as uuid)))
order by s.business_date desc, s.id desc
limit :most

-- name: sale
-- The effect says on which date the ticket lies, so that one partition is read.
select s.*, g.code as register_code, g.name as register_name, t.name as store_name, t.timezone
from sale s
join fact_effect e
  on e.organization_id = :organization_id and e.fact_id = s.id
  and e.business_date = s.business_date
left join register g
  on g.organization_id = :organization_id and g.register_id = s.register_id
left join store t
  on t.organization_id = :organization_id and t.store_id = s.store_id
where s.organization_id = :organization_id and s.id = cast(:id as uuid)

-- name: sale_lines
select * from sale_line
where organization_id = :organization_id
  and business_date = cast(:business_date as date) and sale_id = cast(:id as uuid)
order by line_no

-- name: sale_tax_lines
select * from sale_tax_line
where organization_id = :organization_id
  and business_date = cast(:business_date as date) and sale_id = cast(:id as uuid)
order by line_no

-- name: sale_tenders
select * from sale_tender
where organization_id = :organization_id
  and business_date = cast(:business_date as date) and sale_id = cast(:id as uuid)
order by line_no
