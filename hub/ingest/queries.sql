-- name: lock_device_syncs
-- Ordered, so that two workers that hold the same devices never wait for each other in a circle.
select s.device_id, s.epoch, s.parent_epoch, s.base_seq, s.base_hash, s.hwm, s.hash
from device_sync s
join unnest(cast(:organization_ids as uuid[]), cast(:device_ids as uuid[]))
  as wanted (organization_id, device_id) using (organization_id, device_id)
order by s.organization_id, s.device_id
for update of s;

-- name: hashes_held
select i.device_id, i.seq, i.hash
from unnest(
  cast(:organization_ids as uuid[]), cast(:device_ids as uuid[]), cast(:epochs as bigint[]),
  cast(:firsts as bigint[]), cast(:lasts as bigint[])
) as wanted (organization_id, device_id, epoch, first, last)
join inbox i
  on i.organization_id = wanted.organization_id and i.device_id = wanted.device_id
  and i.epoch = wanted.epoch and i.seq between wanted.first and wanted.last;

-- name: rows_ahead
select i.device_id, i.seq, i.bytes, i.hash, i.reason
from unnest(
  cast(:organization_ids as uuid[]), cast(:device_ids as uuid[]), cast(:epochs as bigint[]),
  cast(:hwms as bigint[])
) as wanted (organization_id, device_id, epoch, hwm)
join inbox i
  on i.organization_id = wanted.organization_id and i.device_id = wanted.device_id
  and i.epoch = wanted.epoch and i.seq > wanted.hwm
order by i.device_id, i.seq;

-- name: drop_rows
delete from inbox i
using unnest(
  cast(:organization_ids as uuid[]), cast(:device_ids as uuid[]), cast(:epochs as bigint[]),
  cast(:seqs as bigint[])
) as unfit (organization_id, device_id, epoch, seq)
where i.organization_id = unfit.organization_id and i.device_id = unfit.device_id
  and i.epoch = unfit.epoch and i.seq = unfit.seq;

-- name: insert_inbox
insert into inbox
  (organization_id, device_id, epoch, seq, bytes, hash, received_at, state, reason, person_keys)
select
  fresh.organization_id, fresh.device_id, fresh.epoch, fresh.seq, fresh.bytes, fresh.hash,
  :received_at, case when fresh.reason is null then 0 else 1 end, fresh.reason, fresh.person_keys
from unnest(
  cast(:organization_ids as uuid[]), cast(:device_ids as uuid[]), cast(:epochs as bigint[]),
  cast(:seqs as bigint[]), cast(:bytes as bytea[]), cast(:hashes as bytea[]),
  cast(:reasons as text[]), cast(:person_keys as bytea[])
) as fresh (organization_id, device_id, epoch, seq, bytes, hash, reason, person_keys)
on conflict do nothing;

-- name: update_device_syncs
update device_sync s
set hwm = moved.hwm, hash = moved.hash, head_seen = greatest(s.head_seen, moved.hwm),
  updated_at = :updated_at
from unnest(
  cast(:organization_ids as uuid[]), cast(:device_ids as uuid[]), cast(:epochs as bigint[]),
  cast(:hwms as bigint[]), cast(:hashes as bytea[])
) as moved (organization_id, device_id, epoch, hwm, hash)
where s.organization_id = moved.organization_id and s.device_id = moved.device_id
  and s.epoch = moved.epoch and s.hwm <= moved.hwm;

-- name: insert_first_epoch
insert into device_epoch
  (organization_id, device_id, epoch, parent_epoch, base_seq, base_hash, issued_at)
select :organization_id, :device_id, first_epoch, 0, 0, :genesis, :at
from device where organization_id = :organization_id and device_id = :device_id
on conflict do nothing;

-- name: insert_device_sync
insert into device_sync
  (organization_id, device_id, partition, epoch, parent_epoch, base_seq, base_hash, hwm, hash,
   updated_at)
select :organization_id, :device_id, :partition, first_epoch, 0, 0, :genesis, 0, :genesis, :at
from device where organization_id = :organization_id and device_id = :device_id
on conflict do nothing;

-- name: insert_device_projection
insert into device_projection (organization_id, device_id, epoch, seq, updated_at)
select :organization_id, :device_id, first_epoch, 0, :at
from device where organization_id = :organization_id and device_id = :device_id
on conflict do nothing;

-- name: lock_device_sync
select epoch, parent_epoch, base_seq, base_hash, hwm, hash
from device_sync
where organization_id = :organization_id and device_id = :device_id
for update;

-- name: hold_store
-- Whoever gives out an epoch of a device of the store waits for whoever did before.
select true
from device d
join store s on s.organization_id = :organization_id and s.store_id = d.store_id
where d.organization_id = :organization_id and d.device_id = :device_id
for no key update of s;

-- name: store_epoch
-- The highest epoch of the store's other devices; none of theirs is given out again.
select coalesce(max(greatest(d.first_epoch, s.epoch)), 0)
from device d
left join device_sync s using (organization_id, device_id)
where d.organization_id = :organization_id and d.device_id <> :device_id
  and d.store_id = (
    select store_id from device
    where organization_id = :organization_id and device_id = :device_id
  );

-- name: past_epochs
select epoch, parent_epoch, base_seq, base_hash, final_hwm as hwm, final_hash as hash
from device_epoch
where organization_id = :organization_id and device_id = :device_id and final_hwm is not null
order by epoch;

-- name: hashes_at
select i.epoch, i.seq, i.hash
from unnest(cast(:epochs as bigint[]), cast(:seqs as bigint[])) as wanted (epoch, seq)
join inbox i
  on i.organization_id = :organization_id and i.device_id = :device_id
  and i.epoch = wanted.epoch and i.seq = wanted.seq;

-- name: end_epoch
update device_epoch set final_hwm = :hwm, final_hash = :hash
where organization_id = :organization_id and device_id = :device_id and epoch = :epoch;

-- name: drop_rows_ahead
-- Never acknowledged: a device that still holds them sends them again under the new epoch.
delete from inbox
where organization_id = :organization_id and device_id = :device_id
  and epoch = :epoch and seq > :hwm
returning seq, bytes as raw;

-- name: insert_epoch
insert into device_epoch
  (organization_id, device_id, epoch, parent_epoch, base_seq, base_hash, issued_at)
values (:organization_id, :device_id, :epoch, :parent_epoch, :base_seq, :base_hash, :at);

-- name: begin_epoch
update device_sync
set epoch = :epoch, parent_epoch = :parent_epoch, base_seq = :base_seq, base_hash = :base_hash,
  hwm = :base_seq, hash = :base_hash, updated_at = :at
where organization_id = :organization_id and device_id = :device_id and epoch < :epoch;

-- name: note_head
update device_sync set head_seen = greatest(head_seen, :head), updated_at = :at
where organization_id = :organization_id and device_id = :device_id;

-- name: projection_due
select organization_id, device_id from projection_due(:most);

-- name: projection_parked
select organization_id from projection_parked(:most);

-- name: lock_cursor
select p.epoch, p.seq, s.epoch as head_epoch, s.hwm as head_seq, d.store_id
from device_projection p
join device_sync s using (organization_id, device_id)
join device d using (organization_id, device_id)
where p.organization_id = :organization_id and p.device_id = :device_id
for update of p skip locked;

-- name: epoch_bases
select epoch, base_seq from device_epoch
where organization_id = :organization_id and device_id = :device_id and epoch > :after;

-- name: inbox_after
-- As many as fit into both limits, and one in any case.
select epoch, seq, raw, received_at, state, person_keys
from (
  select epoch, seq, bytes as raw, received_at, state, person_keys,
    sum(length(bytes)) over (order by epoch, seq) - length(bytes) as bytes_before
  from inbox
  where organization_id = :organization_id and device_id = :device_id
    and (epoch, seq) > (:epoch, :seq) and (epoch, seq) <= (:head_epoch, :head_seq)
  order by epoch, seq
  limit :most
) as upcoming
where bytes_before < :most_bytes
order by epoch, seq;

-- name: move_cursor
update device_projection set epoch = :epoch, seq = :seq, updated_at = :at
where organization_id = :organization_id and device_id = :device_id;

-- name: content_hashes
select fact_id, content_hash from fact_effect
where organization_id = :organization_id and fact_id = any(cast(:fact_ids as uuid[]));

-- name: set_aside
update inbox i
set state = aside.state, reason = aside.reason, fact_id = aside.fact_id, type = aside.type
from unnest(
  cast(:epochs as bigint[]), cast(:seqs as bigint[]), cast(:states as smallint[]),
  cast(:reasons as text[]), cast(:fact_ids as uuid[]), cast(:types as text[])
) as aside (epoch, seq, state, reason, fact_id, type)
where i.organization_id = :organization_id and i.device_id = :device_id
  and i.epoch = aside.epoch and i.seq = aside.seq;

-- name: take_back
update inbox i set state = 0, reason = null, fact_id = null, type = null
from unnest(cast(:epochs as bigint[]), cast(:seqs as bigint[])) as settled (epoch, seq)
where i.organization_id = :organization_id and i.device_id = :device_id
  and i.epoch = settled.epoch and i.seq = settled.seq;

-- name: parked_devices
select device_id from device
where organization_id = :organization_id
  and device_id in (select device_id from inbox
                    where organization_id = :organization_id and state = 2)
order by device_id;

-- name: parked_after
select epoch, seq, bytes as raw, received_at, state, person_keys
from inbox
where organization_id = :organization_id and device_id = :device_id and state = 2
  and (epoch, seq) > (:epoch, :seq)
order by epoch, seq
limit :most
for update skip locked;

-- name: empty_person_keys
update inbox i set person_keys = null
from unnest(cast(:epochs as bigint[]), cast(:seqs as bigint[])) as stored (epoch, seq)
where i.organization_id = :organization_id and i.device_id = :device_id
  and i.epoch = stored.epoch and i.seq = stored.seq;

-- name: ensure_month
select ensure_month_partition(parent, cast(:month as date))
from unnest(array['sale', 'sale_line', 'sale_tax_line', 'sale_tender', 'stock_movement']) as parent;

-- name: store_zones
select store_id, timezone from store
where organization_id = :organization_id and store_id = any(cast(:store_ids as uuid[]));

-- name: quarantine_held
select device_id, count(*) as items, coalesce(sum(length(bytes)), 0) as size
from quarantine
where organization_id = :organization_id and device_id = any(cast(:device_ids as uuid[]))
group by device_id;

-- name: unprojected_closings
-- Few: what arrived in the last seconds, or while the projector was away.
select i.epoch, i.seq, i.bytes as raw, i.received_at, i.state, i.person_keys
from device_projection p
join device_sync s using (organization_id, device_id)
join inbox i using (organization_id, device_id)
where p.organization_id = :organization_id and p.device_id = :device_id
  and i.organization_id = :organization_id and i.device_id = :device_id
  and (i.epoch, i.seq) > (p.epoch, p.seq) and (i.epoch, i.seq) <= (s.epoch, s.hwm)
  and position(convert_to('"shift.closed"', 'UTF8') in i.bytes) > 0
order by i.epoch desc, i.seq desc
limit :most;
