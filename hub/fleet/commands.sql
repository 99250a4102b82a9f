-- name: lock_device
-- One after the other, so that the bound on open commands holds.
select status from device
where organization_id = :organization_id and device_id = :device_id
for update;

-- name: device_exists
select exists (
  select from device where organization_id = :organization_id and device_id = :device_id
);

-- name: open_commands
select count(*) from device_command
where organization_id = :organization_id and device_id = :device_id
  and answered_at is null and expires_at > :at;

-- name: insert_command
insert into device_command
  (organization_id, command_id, device_id, kind, created_by, created_at, expires_at)
values (:organization_id, :command_id, :device_id, :kind, :created_by, :at, :expires_at)
on conflict do nothing;

-- name: commands
select command_id, device_id, kind, created_by, created_at, expires_at, delivered_at, answered_at,
  result, detail
from device_command
where organization_id = :organization_id and device_id = :device_id
  and (cast(:command_id as uuid) is null or command_id = cast(:command_id as uuid))
  and (cast(:before_id as uuid) is null or command_id < cast(:before_id as uuid))
order by command_id desc
limit :most;

-- name: commands_due
select organization_id, command_id, device_id, kind, expires_at
from commands_due(
  cast(:organization_ids as uuid[]), cast(:device_ids as uuid[]), :at, :told_before, :most
);

-- name: note_told
update device_command set delivered_at = :at
where organization_id = :organization_id and command_id = any(cast(:command_ids as uuid[]));

-- name: note_answer
-- The first answer stands: a repeated one changes nothing, nor does one that came too late.
update device_command set answered_at = :at, result = :result, detail = :detail,
  delivered_at = coalesce(delivered_at, :at)
where organization_id = :organization_id and device_id = :device_id and command_id = :command_id
  and answered_at is null;

-- name: forget_commands
delete from device_command
where organization_id = :organization_id and created_at < :before;

-- name: note_clock
update device set clock_offset_ms = :offset_ms, clock_source = :source, clock_at = :at
where organization_id = :organization_id and device_id = :device_id;
