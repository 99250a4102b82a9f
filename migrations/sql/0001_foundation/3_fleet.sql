-- A shop's agent. Its id is on the wire before the tenant is known, so it is unique over all
-- tenants; a device never changes tenant.
create table device (
  organization_id uuid not null,
  device_id uuid not null unique,
  store_id uuid not null,
  name text not null,
  status text not null default 'active' check (status in ('active', 'revoked')),
  certificate_fingerprint text not null default '',
  agent_version text not null default '',
  created_at timestamptz not null,
  revoked_at timestamptz,
  last_seen_at timestamptz,
  online boolean not null default false,
  -- The shop's own account of what it still holds, from its last heartbeat.
  heartbeat_at timestamptz,
  head_seq bigint not null default 0,
  acked_seq bigint not null default 0,
  sync_debt_count bigint not null default 0,
  -- Currency → minor units.
  sync_debt_value jsonb not null default '{}',
  oldest_unsynced_at timestamptz,
  dead_count bigint not null default 0,
  disk_free_bytes bigint,
  primary key (organization_id, device_id),
  foreign key (organization_id, store_id) references store
);
create index device_store on device (organization_id, store_id);
