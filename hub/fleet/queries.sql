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

-- name: seen
update device set last_seen_at = greatest(last_seen_at, :at),
  agent_version = case when cast(:agent_version as text) = '' then agent_version
    else cast(:agent_version as text) end
where organization_id = :organization_id and device_id = :device_id;

-- name: presence
-- A will whose counter is older than the birth's comes late.
update device set online = :online, presence_sess = :sess,
  last_seen_at = case when :online then greatest(last_seen_at, :at) else last_seen_at end
where organization_id = :organization_id and device_id = :device_id
  and presence_sess <= cast(:sess as bigint);

-- name: heartbeat
update device set heartbeat_at = :at, last_seen_at = greatest(last_seen_at, :at),
  head_seq = :head_seq, acked_seq = :acked_seq, sync_debt_count = :debt_count,
  sync_debt_value = cast(:debt_value as jsonb), oldest_unsynced_at = :oldest_at,
  dead_count = :dead_count, disk_free_bytes = :disk_free_bytes
where organization_id = :organization_id and device_id = :device_id;
