-- Tenants take turns, each with one shop that is live and one with a backlog before its next ones,
-- so that no week's backlog makes a sale of today wait.
create or replace function projection_due(most integer)
returns table (organization_id uuid, device_id uuid)
language sql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
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

-- What these devices have not been told, or not since then; asked by the worker that serves them.
create function commands_due(
  the_organizations uuid[], the_devices uuid[], the_time timestamptz, told_before timestamptz,
  most integer
)
returns table (
  organization_id uuid, command_id uuid, device_id uuid, kind text, expires_at timestamptz
)
language sql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  select c.organization_id, c.command_id, c.device_id, c.kind, c.expires_at
  from unnest(the_organizations, the_devices) as served (organization_id, device_id)
  join public.device_command c using (organization_id, device_id)
  where c.answered_at is null and c.expires_at > the_time
    and (c.delivered_at is null or c.delivered_at < told_before)
  order by c.created_at
  limit most
$$;
