-- name: quarantine
select
  q.id, q.device_id, q.epoch, q.from_seq, q.to_seq, q.reason, q.fact_id, q.received_at,
  length(q.bytes) as size_bytes,
  case when cast(:with_bytes as boolean) then q.bytes end as bytes
from quarantine q
where q.organization_id = :organization_id
  and (cast(:id as uuid) is null or q.id = cast(:id as uuid))
  and (cast(:device_id as uuid) is null or q.device_id = cast(:device_id as uuid))
  and (cast(:after_id as uuid) is null or q.id < cast(:after_id as uuid))
order by q.id desc
limit :most

-- name: quarantine_count
-- Counted no further than a page can tell apart.
select count(*) from (
  select from quarantine where organization_id = :organization_id limit :most) q

-- name: set_aside_count
select count(*) from (
  select from inbox where organization_id = :organization_id and state > 0 limit :most) i

-- name: set_aside
-- Facts the hub holds but cannot read: dead for ever, or parked until a later release knows them.
select
  i.device_id, i.epoch, i.seq, case i.state when 1 then 'dead' else 'parked' end as state,
  i.reason, i.fact_id, i.type, i.received_at, length(i.bytes) as size_bytes
from inbox i
where i.organization_id = :organization_id and i.state > 0
  and (cast(:device_id as uuid) is null or i.device_id = cast(:device_id as uuid))
  and (cast(:after_device as uuid) is null
    or (i.device_id, i.epoch, i.seq)
      > (cast(:after_device as uuid), cast(:after_epoch as bigint), cast(:after_seq as bigint)))
order by i.device_id, i.epoch, i.seq
limit :most
