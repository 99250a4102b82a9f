-- name: devices
select
  d.device_id, d.store_id, s.name as store_name, d.name, d.status, d.agent_version, d.created_at,
  d.revoked_at, d.last_seen_at, d.online and d.status = 'active' as online, d.heartbeat_at,
  d.head_seq, d.acked_seq, d.sync_debt_count, d.sync_debt_value, d.oldest_unsynced_at,
  d.dead_count, d.disk_free_bytes, d.clock_offset_ms, d.clock_source, d.replaces, d.revoked_reason,
  (select max(c.expires_at) from device_certificate c
    where c.organization_id = :organization_id and c.device_id = d.device_id)
    as certificate_expires_at,
  (select count(*) from device_alert a
    where a.organization_id = :organization_id and a.device_id = d.device_id
      and a.settled_at is null) as open_alert_count
from device d
join store s on s.organization_id = :organization_id and s.store_id = d.store_id
where d.organization_id = :organization_id
  and (cast(:device_id as uuid) is null or d.device_id = cast(:device_id as uuid))
  and (cast(:store_id as uuid) is null or d.store_id = cast(:store_id as uuid))
  and (cast(:after_id as uuid) is null or d.device_id > cast(:after_id as uuid))
order by d.device_id
limit :most;

-- name: pulse
-- Differs from an earlier answer when anything that `devices` shows may have changed.
select count(*) filter (where online and last_seen_at >= :heard_since) as online_count,
  count(*) as device_count,
  max(greatest(last_seen_at, heartbeat_at)) as last_heard_at,
  (select count(*) from device_alert
    where organization_id = :organization_id and settled_at is null) as open_alert_count
from device where organization_id = :organization_id;

-- name: claims
select c.claim_id, c.device_id, c.store_id, s.name as store_name, c.name, c.replaces, c.created_by,
  c.created_at, c.expires_at, c.withdrawn_at, c.used_at
from device_claim c
join store s on s.organization_id = :organization_id and s.store_id = c.store_id
where c.organization_id = :organization_id
  and (cast(:store_id as uuid) is null or c.store_id = cast(:store_id as uuid))
  and (cast(:after_id as uuid) is null or c.claim_id < cast(:after_id as uuid))
order by c.claim_id desc
limit :most;

-- name: alerts
select alert_id, device_id, kind, raised_at, details, settled_at
from device_alert
where organization_id = :organization_id and device_id = :device_id
  and (cast(:after_id as uuid) is null or alert_id < cast(:after_id as uuid))
order by alert_id desc
limit :most
