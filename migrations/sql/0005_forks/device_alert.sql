-- What a person should know of a device, until one has said that it is settled. told_once: what
-- makes a second notice the same one. Retention: kept, a few in a device's life.
create table device_alert (
  organization_id uuid not null,
  alert_id uuid not null,
  device_id uuid not null,
  kind text not null,
  told_once text not null,
  raised_at timestamptz not null,
  details jsonb not null,
  settled_at timestamptz,
  settled_by uuid,
  primary key (organization_id, alert_id),
  unique (organization_id, device_id, kind, told_once),
  foreign key (organization_id, device_id) references device
);
create index device_alert_open on device_alert (organization_id, device_id)
  where settled_at is null;

-- The runs of the agent that said hello as this device. A run never comes back once another has
-- begun, unless there are two boxes. Retention: the eight newest of each device.
create table device_boot (
  organization_id uuid not null,
  device_id uuid not null,
  boot text not null,
  fingerprint text not null,
  sess bigint not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  -- When it came back after another, at most the last three times.
  returned_at timestamptz[] not null default '{}',
  primary key (organization_id, device_id, boot),
  foreign key (organization_id, device_id) references device
);
