-- name: raise_alert
insert into device_alert
  (organization_id, alert_id, device_id, kind, told_once, raised_at, details)
values
  (:organization_id, :alert_id, :device_id, :kind, :told_once, :at, cast(:details as jsonb))
on conflict do nothing;

-- name: settle_alert
update device_alert set settled_at = coalesce(settled_at, :at),
  settled_by = coalesce(settled_by, cast(:settled_by as uuid))
where organization_id = :organization_id and device_id = :device_id and alert_id = :alert_id
returning kind;

-- name: keeper
select details ->> 'keeper' as keeper from device_alert
where organization_id = :organization_id and device_id = :device_id and kind = 'cloned'
  and settled_at is null
order by alert_id
limit 1;

-- name: runs
select boot, fingerprint, sess, first_at, last_at, returned_at from device_boot
where organization_id = :organization_id and device_id = :device_id
order by last_at, boot;

-- name: remember_run
insert into device_boot
  (organization_id, device_id, boot, fingerprint, sess, first_at, last_at, returned_at)
values
  (:organization_id, :device_id, :boot, :fingerprint, :sess, :first_at, :last_at,
   cast(:returned_at as timestamptz[]))
on conflict (organization_id, device_id, boot) do update set
  fingerprint = excluded.fingerprint, sess = excluded.sess, last_at = excluded.last_at,
  returned_at = excluded.returned_at;

-- name: forget_old_runs
delete from device_boot
where organization_id = :organization_id and device_id = :device_id and boot not in (
  select boot from device_boot
  where organization_id = :organization_id and device_id = :device_id
  order by last_at desc, boot
  limit :kept
);

-- name: forget_runs
delete from device_boot where organization_id = :organization_id and device_id = :device_id;
