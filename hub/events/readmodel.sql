-- name: events
select e.position, e.id, e.type, e.store_id, e.occurred_at, e.recorded_at, e.payload
from event e
where e.organization_id = :organization_id and e.position > cast(:after as bigint)
order by e.position
limit :most

-- name: position
-- How far the tenant's event log has come; 0 before its first event.
select coalesce(max(c.event_position), 0) from tenant_counter c
where c.organization_id = :organization_id
