-- name: devices_to_prove
-- The boxes of a store in the order in which they came.
select d.device_id, d.store_id, s.name as store_name, d.name, p.epoch as done_epoch,
  p.seq as done_seq
from device d
join store s on s.organization_id = :organization_id and s.store_id = d.store_id
join device_sync y on y.organization_id = :organization_id and y.device_id = d.device_id
join device_projection p on p.organization_id = :organization_id and p.device_id = d.device_id
where d.organization_id = :organization_id
  and (cast(:store as text) is null or cast(d.store_id as text) = :store or s.code = :store)
  and (cast(:device_id as uuid) is null or d.device_id = cast(:device_id as uuid))
order by d.store_id, d.first_epoch, d.created_at, d.device_id;

-- name: lines
-- Every epoch with where it stands; the current one's place is in device_sync.
select e.epoch, e.parent_epoch, e.base_seq, e.base_hash, coalesce(e.final_hwm, s.hwm) as hwm,
  coalesce(e.final_hash, s.hash) as hash
from device_epoch e
join device_sync s on s.organization_id = :organization_id and s.device_id = e.device_id
where e.organization_id = :organization_id and e.device_id = :device_id
  and (e.final_hwm is not null or e.epoch = s.epoch)
order by e.epoch;

-- name: journal_page
-- As many as fit into both limits, and one in any case.
select seq, raw, hash, received_at, state, reason
from (
  select seq, bytes as raw, hash, received_at, state, reason,
    sum(length(bytes)) over (order by seq) - length(bytes) as bytes_before
  from (
    select seq, bytes, hash, received_at, state, reason from inbox
    where organization_id = :organization_id and device_id = :device_id and epoch = :epoch
      and seq > :after and seq <= :hwm
    order by seq
    limit :most
  ) as page
) as upcoming
where bytes_before < :most_bytes
order by seq;

-- name: effects
select fact_id, content_hash, device_id, epoch, seq, business_date from fact_effect
where organization_id = :organization_id and fact_id = any(cast(:fact_ids as uuid[]));
