-- A person who signs in at the hub; may belong to several tenants, hence no organization_id.
create table app_user (
  user_id uuid primary key,
  email text not null unique check (email = lower(email) and email <> ''),
  name text not null,
  language text not null default 'fr',
  password_hash text not null,
  status text not null default 'active' check (status in ('active', 'blocked')),
  created_at timestamptz not null
);

create table role (
  organization_id uuid not null references organization,
  code text not null,
  name text not null,
  permissions text[] not null,
  primary key (organization_id, code)
);

create table membership (
  organization_id uuid not null,
  user_id uuid not null references app_user,
  role_code text not null,
  status text not null default 'active' check (status in ('active', 'ended')),
  created_at timestamptz not null,
  primary key (organization_id, user_id),
  foreign key (organization_id, role_code) references role
);
-- Sign-in asks for a person's tenants before one is chosen.
create index membership_user on membership (user_id);

-- The cookie carries the tenant beside the secret, so a session is found as its tenant.
create table user_session (
  organization_id uuid not null,
  session_id uuid not null,
  user_id uuid not null,
  token_hash bytea not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  remote_address text not null default '',
  user_agent text not null default '',
  primary key (organization_id, session_id),
  unique (organization_id, token_hash),
  foreign key (organization_id, user_id) references membership
);
create index user_session_user on user_session (organization_id, user_id);
create index user_session_expiry on user_session (organization_id, expires_at);

create table api_key (
  organization_id uuid not null references organization,
  api_key_id uuid not null,
  name text not null,
  secret_hash bytea not null,
  permissions text[] not null,
  created_by uuid not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  primary key (organization_id, api_key_id)
);

-- Who did what to what, when. Append-only by grants.
create table audit_entry (
  organization_id uuid not null references organization,
  entry_id uuid not null,
  at timestamptz not null,
  actor_kind text not null check (actor_kind in ('user', 'device', 'system')),
  actor_id uuid,
  action text not null,
  subject_kind text not null,
  subject_id text not null,
  details jsonb not null default '{}',
  primary key (organization_id, entry_id)
);
create index audit_entry_at on audit_entry (organization_id, at, entry_id);
