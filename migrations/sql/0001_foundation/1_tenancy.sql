create table organization (
  organization_id uuid primary key,
  name text not null check (name <> ''),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  created_at timestamptz not null
);

create table legal_entity (
  organization_id uuid not null references organization,
  legal_entity_id uuid not null,
  name text not null,
  tax_regime text not null default '',
  -- Algeria's identifiers: NIF (tax), NIS (statistics), RC (trade register), AI (tax article).
  nif text not null default '',
  nis text not null default '',
  rc text not null default '',
  ai text not null default '',
  created_at timestamptz not null,
  primary key (organization_id, legal_entity_id)
);

create table store (
  organization_id uuid not null references organization,
  store_id uuid not null,
  legal_entity_id uuid,
  code text not null check (code <> ''),
  name text not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  timezone text not null,
  status text not null default 'open' check (status in ('open', 'closed')),
  created_at timestamptz not null,
  primary key (organization_id, store_id),
  unique (organization_id, code),
  foreign key (organization_id, legal_entity_id) references legal_entity
);

-- Dated, so that a Ramadan cut-off or a change of tax regime is data. The row with the latest
-- valid_from that is not in the future counts.
create table store_setting (
  organization_id uuid not null,
  store_id uuid not null,
  valid_from date not null,
  prices_include_tax boolean not null,
  languages text[] not null check (cardinality(languages) > 0),
  cutoff_minute smallint not null check (cutoff_minute between 0 and 1439),
  allow_negative_stock boolean not null,
  primary key (organization_id, store_id, valid_from),
  foreign key (organization_id, store_id) references store
);

create table register (
  organization_id uuid not null,
  register_id uuid not null,
  store_id uuid not null,
  name text not null,
  -- Printed before the receipt number.
  code text not null check (code <> ''),
  -- sha256 hex of the token the office shows once.
  pairing_token_hash text not null,
  active boolean not null default true,
  created_at timestamptz not null,
  primary key (organization_id, register_id),
  unique (organization_id, store_id, code),
  foreign key (organization_id, store_id) references store
);

-- The tenant's own counters, locked as a transaction's last statement (DESIGN §4).
create table tenant_counter (
  organization_id uuid primary key references organization,
  event_position bigint not null default 0
);
