-- name: register_device
-- A device never changes tenant: the same id elsewhere breaks the unique key over all tenants.
insert into device (organization_id, device_id, store_id, name, certificate_fingerprint, created_at)
values (:organization_id, :device_id, :store_id, :name, :certificate_fingerprint, :at)
on conflict (organization_id, device_id) do update set name = excluded.name,
  certificate_fingerprint = excluded.certificate_fingerprint;

-- name: revoke_device
update device set status = 'revoked', revoked_at = :at
where organization_id = :organization_id and device_id = :device_id and status = 'active';

-- name: device_home
select organization_id, store_id, status from device_tenant(:device_id);

-- name: greeted
update device set online = true, last_seen_at = greatest(last_seen_at, :at), agent_version = :agent
where organization_id = :organization_id and device_id = :device_id;

-- name: sighted
-- What was not said stays as it was.
update device set last_seen_at = greatest(last_seen_at, :at),
  online = coalesce(cast(:online as boolean), online)
where organization_id = :organization_id and device_id = :device_id;

-- name: heartbeat
update device set heartbeat_at = :at, head_seq = :head_seq, acked_seq = :acked_seq,
  sync_debt_count = :debt_count, sync_debt_value = cast(:debt_value as jsonb),
  oldest_unsynced_at = :oldest_at, dead_count = :dead_count, disk_free_bytes = :disk_free_bytes
where organization_id = :organization_id and device_id = :device_id;
