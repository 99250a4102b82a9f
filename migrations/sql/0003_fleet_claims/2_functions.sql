-- Look-ups before the tenant is known. Owned by lookup (DESIGN §4).

create function claim_by_code(the_hash bytea)
returns table (
  organization_id uuid, claim_id uuid, expires_at timestamptz, withdrawn_at timestamptz,
  used_at timestamptz
)
language sql stable security definer
set search_path = pg_catalog, public, pg_temp
as $$
  select c.organization_id, c.claim_id, c.expires_at, c.withdrawn_at, c.used_at
  from public.device_claim c where c.code_hash = the_hash
$$;

-- What the broker's gatekeeper reads: no tenant, no name, only who may enter. Devices are never
-- deleted and a revocation is never taken back, so an equal answer means that nothing changed,
-- whatever the clocks say.
create function admission_pulse()
returns table (devices bigint, revoked bigint)
language sql stable security definer
set search_path = pg_catalog, public, pg_temp
as $$
  select count(*), count(*) filter (where d.status = 'revoked') from public.device d
$$;

-- Devices in pages, in the order of their ids. A revoked device comes as long as it has a
-- certificate that is still valid, or one that the hub did not issue; its serials come with it.
create function admission_devices(the_device_id uuid, the_time timestamptz, most integer)
returns table (device_id uuid, revoked boolean, serials text[])
language sql stable security definer
set search_path = pg_catalog, public, pg_temp
as $$
  select d.device_id, d.status = 'revoked',
    case when d.status = 'revoked' then array(
      select c.serial from public.device_certificate c
      where c.organization_id = d.organization_id and c.device_id = d.device_id
        and c.expires_at > the_time
    ) else '{}' end
  from public.device d
  where d.device_id > the_device_id
    and (d.status <> 'revoked'
      or exists (
        select from public.device_certificate c
        where c.organization_id = d.organization_id and c.device_id = d.device_id
          and c.expires_at > the_time)
      or not exists (
        select from public.device_certificate c
        where c.organization_id = d.organization_id and c.device_id = d.device_id))
  order by d.device_id
  limit most
$$;
