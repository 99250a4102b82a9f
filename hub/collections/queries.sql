-- name: ensure_heads
insert into collection_head (organization_id, store_id, collection)
select :organization_id, store_id, :collection
from unnest(cast(:store_ids as uuid[])) as t (store_id)
on conflict do nothing;

-- name: lock_heads
-- In one order for everybody, so that two publishers never wait for each other.
select store_id from collection_head
where organization_id = :organization_id and collection = :collection
  and store_id = any(cast(:store_ids as uuid[]))
order by store_id for update;

-- name: put
-- Rows whose bytes are as before keep their version. now() is the transaction's start: together
-- with its id it says whether this transaction has a version of this collection already.
with incoming as (
  select * from unnest(
    cast(:store_ids as uuid[]), cast(:keys as text[]), cast(:payloads as bytea[])
  ) as t (store_id, key, payload)
), changed as (
  select i.* from incoming i
  left join collection_row r on r.organization_id = :organization_id
    and r.store_id = i.store_id and r.collection = :collection and r.key = i.key
  where r.payload is distinct from i.payload or r.key is null
), head as (
  update collection_head h set
    version = case when h.written_at = now() and h.written_by = pg_current_xact_id()
      then h.version else greatest(h.version + 1, cast(:version as bigint)) end,
    written_at = now(), written_by = pg_current_xact_id()
  where h.organization_id = :organization_id and h.collection = :collection
    and h.store_id in (select store_id from changed)
  returning h.store_id, h.version
), given as (
  insert into collection_version (organization_id, store_id, collection, version, given_at)
  select :organization_id, store_id, :collection, version, :at from head
  on conflict do nothing
)
insert into collection_row
  (organization_id, store_id, collection, key, version, payload, changed_at)
select :organization_id, c.store_id, :collection, c.key, head.version, c.payload, :at
from changed c join head using (store_id)
on conflict (organization_id, store_id, collection, key)
do update set version = excluded.version, payload = excluded.payload,
  changed_at = excluded.changed_at;

-- name: remove
with changed as (
  select r.store_id, r.key from collection_row r
  where r.organization_id = :organization_id and r.store_id = :store_id
    and r.collection = :collection and r.payload is not null
    and (r.key = any(cast(:keys as text[]))) <> cast(:all_others as boolean)
), head as (
  update collection_head h set
    version = case when h.written_at = now() and h.written_by = pg_current_xact_id()
      then h.version else greatest(h.version + 1, cast(:version as bigint)) end,
    written_at = now(), written_by = pg_current_xact_id()
  where h.organization_id = :organization_id and h.collection = :collection
    and h.store_id = :store_id and exists (select from changed)
  returning h.version
), given as (
  insert into collection_version (organization_id, store_id, collection, version, given_at)
  select :organization_id, :store_id, :collection, version, :at from head
  on conflict do nothing
)
update collection_row r set version = head.version, payload = null, changed_at = :at
from changed c, head
where r.organization_id = :organization_id and r.store_id = c.store_id
  and r.collection = :collection and r.key = c.key;

-- name: rows_after
-- One statement, hence one snapshot of head and rows: were they read apart, a row that moves to a
-- newer version in between would be missing from both.
select h.version as head_version, h.pruned_version, r.key, r.version, r.payload,
  cast(:seen as bigint) = 0 or exists (
    select from collection_version v
    where v.organization_id = h.organization_id and v.store_id = h.store_id
      and v.collection = h.collection and v.version = cast(:seen as bigint)
  ) as known
from collection_head h
left join lateral (
  select key, version, payload from collection_row
  where organization_id = h.organization_id and store_id = h.store_id
    and collection = h.collection
    and (version, key) > (cast(:version as bigint), cast(:key as text) collate "C")
  order by version, key
  limit :most
) r on true
where h.organization_id = :organization_id and h.store_id = :store_id
  and h.collection = :collection
order by r.version, r.key;

-- name: versions
select collection, version from collection_head
where organization_id = :organization_id and store_id = :store_id;

-- name: versions_of_stores
select store_id, collection, version from collection_head
where organization_id = :organization_id and store_id = any(cast(:store_ids as uuid[]));

-- name: prune_tombstones
with old as (
  select store_id, collection, key, version from collection_row
  where organization_id = :organization_id and payload is null and changed_at < :before
  order by changed_at
  limit :most
), head as (
  update collection_head h set pruned_version = greatest(h.pruned_version, o.version)
  from (select store_id, collection, max(version) as version from old group by 1, 2) o
  where h.organization_id = :organization_id and h.store_id = o.store_id
    and h.collection = o.collection
)
delete from collection_row r using old o
where r.organization_id = :organization_id and r.store_id = o.store_id
  and r.collection = o.collection and r.key = o.key and r.version = o.version
  and r.payload is null;

-- name: prune_versions
-- A copy older than that starts anew. The newest version stays, however long it has been in force.
with old as (
  select v.store_id, v.collection, v.version
  from collection_version v
  join collection_head h using (organization_id, store_id, collection)
  where v.organization_id = :organization_id and v.given_at < :before and v.version < h.version
  order by v.given_at
  limit :most
)
delete from collection_version v using old o
where v.organization_id = :organization_id and v.store_id = o.store_id
  and v.collection = o.collection and v.version = o.version;
