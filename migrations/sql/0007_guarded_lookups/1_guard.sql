-- The first statement of every look-up. Whoever acts for a tenant has no need to find one, and must
-- not reach the others by asking (DESIGN §4).
create function refuse_inside_tenant()
returns void
language plpgsql stable security definer
set search_path = pg_catalog, public, pg_temp
as $$
begin
  if nullif(current_setting('app.organization_id', true), '') is not null then
    raise exception 'a look-up is made before the tenant is known, not inside its transaction'
      using errcode = '42501';
  end if;
end
$$;
