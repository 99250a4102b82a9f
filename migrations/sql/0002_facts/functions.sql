-- What is asked before a tenant is known, and by whom (lookup owns and answers it).

create function projection_due(most integer)
returns table (organization_id uuid, device_id uuid)
language sql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  select s.organization_id, s.device_id
  from public.device_sync s
  left join public.device_projection p using (organization_id, device_id)
  where (s.epoch, s.hwm) > (coalesce(p.epoch, 0), coalesce(p.seq, 0))
  order by p.updated_at nulls first
  limit most
$$;

create function projection_parked(most integer)
returns table (organization_id uuid, parked bigint)
language sql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  select i.organization_id, count(*)
  from public.inbox i
  where i.state = 2
  group by i.organization_id
  order by i.organization_id
  limit most
$$;
