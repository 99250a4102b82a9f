-- What the office asks of a device: kept until it is answered or too late, told again and again.
create table device_command (
  organization_id uuid not null,
  command_id uuid not null,
  device_id uuid not null,
  kind text not null,
  created_by uuid,
  created_at timestamptz not null,
  expires_at timestamptz not null check (expires_at >= created_at),
  delivered_at timestamptz,
  answered_at timestamptz,
  result text check (result in ('done', 'failed', 'refused', 'expired', 'interrupted')),
  detail text not null default '',
  primary key (organization_id, command_id),
  foreign key (organization_id, device_id) references device,
  check ((answered_at is null) = (result is null))
);
create index device_command_open on device_command (organization_id, device_id, created_at)
  where answered_at is null;
create index device_command_by_device on device_command (organization_id, device_id, command_id);

-- The device's clock minus the hub's, as of its last word; a hint that orders nothing.
alter table device
  add column clock_offset_ms bigint,
  add column clock_source text not null default '',
  add column clock_at timestamptz;
