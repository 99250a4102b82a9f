-- A device is pending from its certificate to its first hello. What it replaces and what the box
-- said of itself are for people to read.
alter table device drop constraint device_status_check;
alter table device add constraint device_status_check
  check (status in ('pending', 'active', 'revoked'));
alter table device
  add column replaces uuid,
  add column revoked_reason text not null default '',
  add column machine_id text not null default '',
  add column model text not null default '';

-- A slot that the office made for a device to come. The code is found before its tenant is known,
-- hence unique over all tenants; what is kept of it is its hash.
create table device_claim (
  organization_id uuid not null,
  claim_id uuid not null,
  device_id uuid not null,
  store_id uuid not null,
  name text not null,
  replaces uuid,
  code_hash bytea not null unique check (length(code_hash) = 32),
  created_by uuid not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  withdrawn_at timestamptz,
  used_at timestamptz,
  -- Of the key that used the code: the same key may ask again, no other.
  key_hash bytea,
  primary key (organization_id, claim_id),
  unique (organization_id, device_id),
  foreign key (organization_id, store_id) references store,
  foreign key (organization_id, replaces) references device,
  check ((used_at is null) = (key_hash is null)),
  check (used_at is null or withdrawn_at is null)
);
create index device_claim_expiry on device_claim (organization_id, expires_at);

-- Every certificate that was given to a device. serial: lower-case hex of the number.
create table device_certificate (
  organization_id uuid not null,
  device_id uuid not null,
  serial text not null,
  key_hash bytea not null check (length(key_hash) = 32),
  certificate_pem text not null,
  issued_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (organization_id, device_id, serial),
  foreign key (organization_id, device_id) references device
);
create index device_certificate_expiry on device_certificate (organization_id, expires_at);
