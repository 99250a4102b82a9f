-- Every version that was ever given, for as long as a copy of it may go on: a version that is not
-- here was given by a hub that has since been put back to a backup. Retention: 90 days, as the
-- tombstones'; the newest version of each collection stays.
create table collection_version (
  organization_id uuid not null,
  store_id uuid not null,
  collection text not null,
  version bigint not null,
  given_at timestamptz not null,
  primary key (organization_id, store_id, collection, version),
  foreign key (organization_id, store_id, collection) references collection_head
);
create index collection_version_given on collection_version (organization_id, given_at);
