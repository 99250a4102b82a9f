-- The newest version of a published collection. Its row lock orders the versions; written_at and
-- written_by let one transaction use one version however often it publishes.
create table collection_head (
  organization_id uuid not null,
  store_id uuid not null,
  collection text not null,
  version bigint not null default 0,
  -- Tombstones up to here are gone: older copies start anew.
  pruned_version bigint not null default 0,
  written_at timestamptz,
  written_by xid8,
  primary key (organization_id, store_id, collection),
  foreign key (organization_id, store_id) references store
);

create table collection_row (
  organization_id uuid not null,
  store_id uuid not null,
  collection text not null,
  -- Bytewise order, as the cursor compares.
  key text collate "C" not null,
  version bigint not null,
  -- Null: a tombstone.
  payload bytea,
  changed_at timestamptz not null,
  primary key (organization_id, store_id, collection, key),
  foreign key (organization_id, store_id, collection) references collection_head
);
create index collection_row_page
  on collection_row (organization_id, store_id, collection, version, key);
create index collection_row_tombstone
  on collection_row (organization_id, changed_at) where payload is null;
