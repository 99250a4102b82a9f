-- What devices sent, exactly as sent, and how far each of them has come.

create table device_epoch (
  organization_id uuid not null,
  device_id uuid not null,
  epoch bigint not null check (epoch >= 1),
  parent_epoch bigint not null check (parent_epoch >= 0 and parent_epoch < epoch),
  base_seq bigint not null check (base_seq >= 0),
  base_hash bytea not null check (length(base_hash) = 32),
  -- Where the epoch stood when the next one was issued; NULL while it is the current one.
  final_hwm bigint,
  final_hash bytea,
  issued_at timestamptz not null,
  primary key (organization_id, device_id, epoch),
  foreign key (organization_id, device_id) references device,
  check ((final_hwm is null) = (final_hash is null))
);

-- One row per device: its current epoch and the contiguous prefix the hub durably holds.
create table device_sync (
  organization_id uuid not null,
  device_id uuid not null,
  partition smallint not null check (partition between 0 and 63),
  epoch bigint not null,
  parent_epoch bigint not null,
  base_seq bigint not null,
  base_hash bytea not null,
  hwm bigint not null check (hwm >= base_seq),
  hash bytea not null check (length(hash) = 32),
  head_seen bigint not null default 0,
  updated_at timestamptz not null,
  primary key (organization_id, device_id),
  foreign key (organization_id, device_id) references device
) with (fillfactor = 70);

-- The projector's cursor. A row of its own, so that projecting never makes ingest wait.
create table device_projection (
  organization_id uuid not null,
  device_id uuid not null,
  epoch bigint not null,
  seq bigint not null,
  updated_at timestamptz not null,
  primary key (organization_id, device_id),
  foreign key (organization_id, device_id) references device
) with (fillfactor = 70);

-- state: 0 received, 1 dead (the bytes can never be read), 2 parked (projected again after an
-- upgrade). fact_id and type are filled for dead and parked rows alone, as far as they could be
-- read. person_keys is emptied once its keys lie in person_key.
create table inbox (
  organization_id uuid not null,
  device_id uuid not null,
  epoch bigint not null,
  seq bigint not null check (seq >= 1),
  bytes bytea not null,
  hash bytea not null,
  received_at timestamptz not null,
  state smallint not null default 0 check (state between 0 and 2),
  reason text,
  fact_id uuid,
  type text,
  person_keys bytea,
  primary key (organization_id, device_id, epoch, seq),
  check ((state = 0) = (reason is null))
) partition by hash (organization_id);

create index inbox_aside on inbox (organization_id, state, device_id, epoch, seq) where state > 0;

-- A fact takes effect once, whoever sends it and under whatever seq. business_date is where it
-- landed, so that a ticket is found by its id alone.
create table fact_effect (
  organization_id uuid not null,
  fact_id uuid not null,
  content_hash bytea not null,
  device_id uuid not null,
  epoch bigint not null,
  seq bigint not null,
  business_date date not null,
  primary key (organization_id, fact_id)
) partition by hash (organization_id);

-- Bytes that may not take effect: forks, forged hashes, a fact id used again for other content.
-- digest collapses what is sent again and again (promise G).
create table quarantine (
  organization_id uuid not null,
  id uuid not null,
  device_id uuid not null,
  epoch bigint not null,
  from_seq bigint not null,
  to_seq bigint not null,
  reason text not null,
  fact_id uuid,
  digest bytea not null,
  bytes bytea not null,
  received_at timestamptz not null,
  primary key (organization_id, id),
  unique (organization_id, device_id, reason, digest)
);

-- The key under which a person's name and number are sealed. Erasing empties the key and keeps the row,
-- so that nothing sent again brings it back.
create table person_key (
  organization_id uuid not null,
  person_id uuid not null,
  key bytea not null,
  received_at timestamptz not null,
  primary key (organization_id, person_id)
);

create table customer (
  organization_id uuid not null,
  id uuid not null,
  store_id uuid not null,
  device_id uuid not null,
  sealed bytea not null,
  proposed_at timestamptz not null,
  received_at timestamptz not null,
  merged_into uuid,
  primary key (organization_id, id)
);

-- Where a fact's own figures differ from what its inputs, or other facts, say. Never a refusal.
create table discrepancy (
  organization_id uuid not null,
  fact_id uuid not null,
  code text not null,
  subject text not null,
  store_id uuid not null,
  business_date date not null,
  expected text,
  found text,
  recorded_at timestamptz not null,
  primary key (organization_id, fact_id, code, subject)
);

create index discrepancy_by_store on discrepancy (organization_id, store_id, business_date);
