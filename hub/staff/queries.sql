-- name: put_member
insert into staff_member (organization_id, staff_id, name, roles, store_ids, active, created_at)
values (:organization_id, :staff_id, :name, :roles, :store_ids, :active, :at)
on conflict (organization_id, staff_id) do update set name = excluded.name,
  roles = excluded.roles, store_ids = excluded.store_ids, active = excluded.active;

-- name: put_pin
insert into staff_pin (organization_id, staff_id, pin_hash, changed_at)
values (:organization_id, :staff_id, :pin_hash, :at)
on conflict (organization_id, staff_id) do update set pin_hash = excluded.pin_hash,
  changed_at = excluded.changed_at;

-- name: pin_hash
select pin_hash from staff_pin
where organization_id = :organization_id and staff_id = :staff_id;

-- name: published_members
-- Somebody without a PIN cannot sign in at a register, hence is not published.
select m.staff_id, m.name, m.roles, m.store_ids, m.active, p.pin_hash
from staff_member m
join staff_pin p on p.organization_id = :organization_id and p.staff_id = m.staff_id
where m.organization_id = :organization_id
order by m.staff_id;
