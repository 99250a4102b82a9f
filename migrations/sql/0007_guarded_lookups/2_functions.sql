-- The look-ups as they were, each with the guard before its answer.

create or replace function device_tenant(the_device_id uuid)
returns table (organization_id uuid, store_id uuid, status text)
language sql stable security definer
set search_path = pg_catalog, public, pg_temp
as $$
  select public.refuse_inside_tenant();
  select d.organization_id, d.store_id, d.status
  from public.device d where d.device_id = the_device_id
$$;

create or replace function organizations_after(the_organization_id uuid, most integer)
returns table (organization_id uuid)
language sql stable security definer
set search_path = pg_catalog, public, pg_temp
as $$
  select public.refuse_inside_tenant();
  select o.organization_id from public.organization o
  where o.organization_id > the_organization_id
  order by o.organization_id
  limit most
$$;

create or replace function user_by_email(the_email text)
returns table (user_id uuid, name text, language text, password_hash text, status text)
language sql stable security definer
set search_path = pg_catalog, public, pg_temp
as $$
  select public.refuse_inside_tenant();
  select u.user_id, u.name, u.language, u.password_hash, u.status
  from public.app_user u where u.email = lower(the_email)
$$;

create or replace function user_organizations(the_user_id uuid)
returns table (organization_id uuid, name text, role_code text)
language sql stable security definer
set search_path = pg_catalog, public, pg_temp
as $$
  select public.refuse_inside_tenant();
  select o.organization_id, o.name, m.role_code
  from public.membership m join public.organization o using (organization_id)
  where m.user_id = the_user_id and m.status = 'active'
  order by m.created_at, o.organization_id
$$;

-- Only who knows the present hash may replace it.
create or replace function replace_password_hash(the_user_id uuid, old_hash text, new_hash text)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, public, pg_temp
as $$
begin
  perform public.refuse_inside_tenant();
  update public.app_user u set password_hash = new_hash
  where u.user_id = the_user_id and u.password_hash = old_hash;
  return found;
end
$$;

create or replace function claim_by_code(the_hash bytea)
returns table (
  organization_id uuid, claim_id uuid, expires_at timestamptz, withdrawn_at timestamptz,
  used_at timestamptz
)
language sql stable security definer
set search_path = pg_catalog, public, pg_temp
as $$
  select public.refuse_inside_tenant();
  select c.organization_id, c.claim_id, c.expires_at, c.withdrawn_at, c.used_at
  from public.device_claim c where c.code_hash = the_hash
$$;

create or replace function projection_due(most integer)
returns table (organization_id uuid, device_id uuid)
language sql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  select public.refuse_inside_tenant();
  select d.organization_id, d.device_id
  from (
    select s.organization_id, s.device_id, p.updated_at, s.hwm - coalesce(p.seq, 0) > 100 as backlog,
      row_number() over (
        partition by s.organization_id, s.hwm - coalesce(p.seq, 0) > 100
        order by p.updated_at nulls first
      ) as turn
    from public.device_sync s
    left join public.device_projection p using (organization_id, device_id)
    where (s.epoch, s.hwm) > (coalesce(p.epoch, 0), coalesce(p.seq, 0))
  ) d
  order by d.turn, d.backlog, d.updated_at nulls first
  limit most
$$;

create or replace function projection_parked(most integer)
returns table (organization_id uuid, parked bigint)
language sql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  select public.refuse_inside_tenant();
  select i.organization_id, count(*)
  from public.inbox i
  where i.state = 2
  group by i.organization_id
  order by i.organization_id
  limit most
$$;

create or replace function commands_due(
  the_organizations uuid[], the_devices uuid[], the_time timestamptz, told_before timestamptz,
  most integer
)
returns table (
  organization_id uuid, command_id uuid, device_id uuid, kind text, expires_at timestamptz
)
language sql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  select public.refuse_inside_tenant();
  select c.organization_id, c.command_id, c.device_id, c.kind, c.expires_at
  from unnest(the_organizations, the_devices) as served (organization_id, device_id)
  join public.device_command c using (organization_id, device_id)
  where c.answered_at is null and c.expires_at > the_time
    and (c.delivered_at is null or c.delivered_at < told_before)
  order by c.created_at
  limit most
$$;
