-- name: discrepancies
select d.fact_id, d.code, d.subject, d.store_id, d.business_date, d.expected, d.found, d.recorded_at
from discrepancy d
where d.organization_id = :organization_id
  and (cast(:store_id as uuid) is null or d.store_id = cast(:store_id as uuid))
  and (cast(:after_id as uuid) is null
    or (d.fact_id, d.code, d.subject)
      < (cast(:after_id as uuid), cast(:after_code as text), cast(:after_subject as text)))
order by d.fact_id desc, d.code desc, d.subject desc
limit :most

-- name: discrepancy_count
-- Counted no further than a page can tell apart.
select count(*) from (
  select from discrepancy where organization_id = :organization_id limit :most) d
