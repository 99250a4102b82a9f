-- name: append_events
-- The counter's row lock orders the commits, so that no reader's cursor passes an event that is
-- still to become visible. It must be the last thing a transaction locks (DESIGN §4).
with counter as (
  update tenant_counter set event_position = event_position + :event_count
  where organization_id = :organization_id
  returning event_position - :event_count as base
)
insert into event
  (organization_id, position, id, type, store_id, occurred_at, recorded_at, payload)
select
  :organization_id, counter.base + fresh.number, fresh.id, fresh.type, fresh.store_id,
  fresh.occurred_at, :recorded_at, cast(fresh.payload as json)
from counter, unnest(
  cast(:ids as uuid[]), cast(:types as text[]), cast(:store_ids as uuid[]),
  cast(:times as timestamptz[]), cast(:payloads as text[])
) with ordinality as fresh (id, type, store_id, occurred_at, payload, number)
returning position;

-- name: events_after
select position, id, type, store_id, occurred_at, recorded_at, cast(payload as text) as payload
from event
where organization_id = :organization_id and position > :after
order by position
limit :most;

-- name: last_position
select event_position from tenant_counter where organization_id = :organization_id;
