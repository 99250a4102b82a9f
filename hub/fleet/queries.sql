-- name: register_device
-- A device never changes tenant: the same id elsewhere breaks the unique key over all tenants.
insert into device (organization_id, device_id, store_id, name, certificate_fingerprint, created_at)
values (:organization_id, :device_id, :store_id, :name, :certificate_fingerprint, :at)
on conflict (organization_id, device_id) do update set name = excluded.name,
  certificate_fingerprint = excluded.certificate_fingerprint;

-- name: revoke_device
update device set status = 'revoked', revoked_at = :at, revoked_reason = :reason, online = false
where organization_id = :organization_id and device_id = :device_id and status <> 'revoked';

-- name: lock_device
select store_id, status from device
where organization_id = :organization_id and device_id = :device_id
for update;

-- name: device_home
select organization_id, store_id, status from device_tenant(:device_id);

-- name: greeted
update device set online = true, last_seen_at = greatest(last_seen_at, :at), agent_version = :agent,
  status = case status when 'pending' then 'active' else status end
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

-- name: store_exists
select exists (
  select from store where organization_id = :organization_id and store_id = :store_id
);

-- name: open_claims
select count(*) from device_claim
where organization_id = :organization_id and used_at is null and withdrawn_at is null
  and expires_at > :at;

-- name: insert_claim
insert into device_claim
  (organization_id, claim_id, device_id, store_id, name, replaces, code_hash, created_by,
   created_at, expires_at)
values
  (:organization_id, :claim_id, :device_id, :store_id, :name, :replaces, :code_hash, :created_by,
   :at, :expires_at);

-- name: claim_by_code
select organization_id, claim_id, expires_at, withdrawn_at, used_at from claim_by_code(:code_hash);

-- name: lock_claim
select c.device_id, c.store_id, s.name as store_name, c.name, c.replaces, c.key_hash,
  c.expires_at, c.withdrawn_at, c.used_at
from device_claim c
join store s on s.organization_id = :organization_id and s.store_id = c.store_id
where c.organization_id = :organization_id and c.claim_id = :claim_id
for no key update of c, s;

-- name: use_claim
update device_claim set used_at = :at, key_hash = :key_hash
where organization_id = :organization_id and claim_id = :claim_id;

-- name: withdraw_claim
update device_claim set withdrawn_at = :at
where organization_id = :organization_id and claim_id = :claim_id;

-- name: insert_claimed_device
-- The store's row is locked: two boxes that come in at once get two first epochs. A receipt series
-- is (register, epoch), and any box of a store may serve any of its registers.
insert into device
  (organization_id, device_id, store_id, name, status, replaces, agent_version, machine_id,
   model, created_at, first_epoch)
select
  :organization_id, :device_id, :store_id, :name, 'pending', :replaces, :agent_version, :machine_id,
  :model, :at, coalesce(max(greatest(d.first_epoch, s.epoch)), 0) + 1
from device d
left join device_sync s using (organization_id, device_id)
where d.organization_id = :organization_id and d.store_id = :store_id;

-- name: lock_store
-- As whoever claims a device of it does.
select true from store
where organization_id = :organization_id and store_id = :store_id
for no key update;

-- name: newest_epoch
select coalesce(max(greatest(d.first_epoch, s.epoch)), 0)
from device d
left join device_sync s using (organization_id, device_id)
where d.organization_id = :organization_id and d.store_id = :store_id;

-- name: shared_epochs
-- Of those from first to last, which other devices of the store have or begin with.
select distinct held.epoch
from device d
cross join lateral (
  select d.first_epoch as epoch
  union
  select e.epoch from device_epoch e
  where e.organization_id = :organization_id and e.device_id = d.device_id
) held
where d.organization_id = :organization_id and d.store_id = :store_id
  and d.device_id <> :device_id and held.epoch between :first_epoch and :last_epoch
order by held.epoch
limit 10;

-- name: withdraw_claims_of
-- A restored hub may think that the code of a box which came in is open.
update device_claim set withdrawn_at = :at
where organization_id = :organization_id and device_id = :device_id
  and used_at is null and withdrawn_at is null;

-- name: enter_device
-- The id of another tenant's device breaks the unique key over all tenants: then nothing happens.
insert into device
  (organization_id, device_id, store_id, name, status, revoked_at, revoked_reason, created_at,
   first_epoch)
values
  (:organization_id, :device_id, :store_id, :name, 'revoked', :at, :reason, :at, :first_epoch)
on conflict do nothing;

-- name: first_epoch
select first_epoch from device
where organization_id = :organization_id and device_id = :device_id;

-- name: insert_certificate
insert into device_certificate
  (organization_id, device_id, serial, key_hash, certificate_pem, issued_at, expires_at)
values
  (:organization_id, :device_id, :serial, :key_hash, :certificate_pem, :at, :expires_at);

-- name: note_certificate
update device set certificate_fingerprint = :fingerprint
where organization_id = :organization_id and device_id = :device_id;

-- name: certificate_of_key
select certificate_pem from device_certificate
where organization_id = :organization_id and device_id = :device_id and key_hash = :key_hash
  and expires_at > :at
order by expires_at desc
limit 1;

-- name: certificates_of
-- One every two months, kept for 400 days after its end.
select serial, certificate_pem as pem, issued_at from device_certificate
where organization_id = :organization_id and device_id = :device_id
order by issued_at desc, serial
limit 20;

-- name: certificates_since
select count(*) from device_certificate
where organization_id = :organization_id and device_id = :device_id and issued_at > :since;

-- name: forget_claims
delete from device_claim
where organization_id = :organization_id and expires_at < :before;

-- name: forget_certificates
delete from device_certificate
where organization_id = :organization_id and expires_at < :before;

-- name: admission_pulse
select devices, revoked from admission_pulse();

-- name: admission_devices
select device_id, revoked, serials from admission_devices(:after_id, :at, :most);
