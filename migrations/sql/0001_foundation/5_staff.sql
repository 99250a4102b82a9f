create table staff_member (
  organization_id uuid not null references organization,
  staff_id uuid not null,
  name text not null,
  roles text[] not null,
  -- Empty: every store of the tenant.
  store_ids uuid[] not null default '{}',
  active boolean not null default true,
  created_at timestamptz not null,
  primary key (organization_id, staff_id)
);

-- Apart from the person, so that lists of people never read a secret.
create table staff_pin (
  organization_id uuid not null,
  staff_id uuid not null,
  pin_hash text not null,
  changed_at timestamptz not null,
  primary key (organization_id, staff_id),
  foreign key (organization_id, staff_id) references staff_member
);
