-- Look-ups before the tenant is known. Owned by lookup, which has policies of its own and
-- cannot log in (DESIGN §4).

create function device_tenant(the_device_id uuid)
returns table (organization_id uuid, store_id uuid, status text)
language sql stable security definer
set search_path = pg_catalog, public, pg_temp
as $$
  select d.organization_id, d.store_id, d.status
  from public.device d where d.device_id = the_device_id
$$;

-- Tenants in pages, for what is done for each of them in turn.
create function organizations_after(the_organization_id uuid, most integer)
returns table (organization_id uuid)
language sql stable security definer
set search_path = pg_catalog, public, pg_temp
as $$
  select o.organization_id from public.organization o
  where o.organization_id > the_organization_id
  order by o.organization_id
  limit most
$$;

create function user_by_email(the_email text)
returns table (user_id uuid, name text, language text, password_hash text, status text)
language sql stable security definer
set search_path = pg_catalog, public, pg_temp
as $$
  select u.user_id, u.name, u.language, u.password_hash, u.status
  from public.app_user u where u.email = lower(the_email)
$$;

create function user_organizations(the_user_id uuid)
returns table (organization_id uuid, name text, role_code text)
language sql stable security definer
set search_path = pg_catalog, public, pg_temp
as $$
  select o.organization_id, o.name, m.role_code
  from public.membership m join public.organization o using (organization_id)
  where m.user_id = the_user_id and m.status = 'active'
  order by m.created_at, o.organization_id
$$;

-- The id of the person with this e-mail: a new one, or the one who was there. Says nothing else,
-- so a tenant that invites learns nothing of another.
create function adopt_user(
  the_user_id uuid, the_email text, the_name text, the_language text, the_hash text,
  the_time timestamptz
)
returns uuid
language plpgsql volatile security definer
set search_path = pg_catalog, public, pg_temp
as $$
begin
  insert into public.app_user (user_id, email, name, language, password_hash, created_at)
  values (the_user_id, lower(the_email), the_name, the_language, the_hash, the_time)
  on conflict (email) do nothing;
  return (select u.user_id from public.app_user u where u.email = lower(the_email));
end
$$;

-- Only who knows the present hash may replace it, whatever tenant asks.
create function replace_password_hash(the_user_id uuid, old_hash text, new_hash text)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, public, pg_temp
as $$
begin
  update public.app_user u set password_hash = new_hash
  where u.user_id = the_user_id and u.password_hash = old_hash;
  return found;
end
$$;

-- The partition for a late fact's month. The new table is attached, not created in place, because
-- that does not wait for those who are writing the parent; it grants nothing and has no policy, so
-- only the parent's rule leads to its rows.
create function ensure_month_partition(parent text, month date)
returns text
language plpgsql volatile security definer
set search_path = pg_catalog, public, pg_temp
as $$
declare
  first date := date_trunc('month', month)::date;
  partition text := parent || '_' || to_char(month, 'YYYY_MM');
begin
  if month is null or first < date '2000-01-01' or first > date '2100-12-01' then
    raise exception 'no partition of % for %: only 2000 to 2100', parent, month
      using errcode = '22008';
  end if;
  if not exists (
    select from pg_partitioned_table p join pg_class c on c.oid = p.partrelid
    where c.relname = parent and c.relnamespace = 'public'::regnamespace
      and p.partstrat = 'r' and not c.relispartition
  ) then
    raise exception '% is not partitioned by month', parent using errcode = '42809';
  end if;
  -- Asked of pg_class, because to_regclass would answer from a cache what was so before the lock.
  for attempt in 1..2 loop
    if exists (
      select from pg_class
      where relname = partition and relnamespace = 'public'::regnamespace
    ) then
      return partition;
    end if;
    perform pg_advisory_xact_lock(hashtext('ensure_month_partition'), hashtext(partition));
  end loop;
  execute format(
    'create table public.%I (like public.%I including defaults including constraints)',
    partition, parent);
  execute format('alter table public.%I enable row level security', partition);
  execute format('alter table public.%I force row level security', partition);
  execute format(
    'alter table public.%I attach partition public.%I for values from (%L) to (%L)',
    parent, partition, first, (first + interval '1 month')::date);
  return partition;
end
$$;
