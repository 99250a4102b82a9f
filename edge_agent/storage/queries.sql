-- name: replica
SELECT
    version, generation, floor, staging, staging_floor, cursor_version, cursor_key, cursor_since,
    cursor_seen
FROM replica
WHERE collection = :collection;

-- name: stage
INSERT INTO replica (
    collection, staging, staging_floor, cursor_version, cursor_key, cursor_since, cursor_seen
) VALUES (
    :collection, :staging, :staging_floor, :cursor_version, :cursor_key, :cursor_since, :cursor_seen
)
ON CONFLICT (collection) DO UPDATE SET
    staging = excluded.staging,
    staging_floor = excluded.staging_floor,
    cursor_version = excluded.cursor_version,
    cursor_key = excluded.cursor_key,
    cursor_since = excluded.cursor_since,
    cursor_seen = excluded.cursor_seen;

-- name: flip
UPDATE replica
SET
    version = :version,
    generation = staging,
    floor = staging_floor,
    staging = NULL,
    staging_floor = NULL,
    cursor_version = NULL,
    cursor_key = NULL,
    cursor_since = NULL,
    cursor_seen = NULL
WHERE collection = :collection;

-- name: close_visible
-- Whoever reads the generation in force goes on seeing the row.
UPDATE replica_row
SET gen_to = :staging
WHERE
    collection = :collection
    AND key = :key
    AND gen_from > :staging_floor
    AND gen_from < :staging
    AND gen_to IS NULL;

-- name: unstage
DELETE FROM replica_row
WHERE collection = :collection AND key = :key AND gen_from = :staging;

-- name: insert_row
INSERT INTO replica_row (collection, key, gen_from, version, readable, payload, crc32)
VALUES (:collection, :key, :staging, :version, :readable, :payload, :crc32)
RETURNING id;

-- name: sweep
-- Rows of the past, rows below the floor, and what an abandoned pull has left.
DELETE FROM replica_row
WHERE id IN (
    SELECT id FROM replica_row
    WHERE collection = :collection AND gen_to <= :generation
    UNION
    SELECT id FROM replica_row
    WHERE collection = :collection AND gen_from <= :floor
    UNION
    SELECT id FROM replica_row
    WHERE collection = :collection AND gen_from > :generation AND gen_from < :staging
    LIMIT :most
);

-- name: unreadable
SELECT id, key, payload FROM replica_row
WHERE collection = :collection AND readable = 0 AND id > :after
ORDER BY id
LIMIT :most;

-- name: all_readable
SELECT collection, key, payload, crc32 FROM replica_row WHERE readable = 1
ORDER BY collection = 'settings' DESC, collection = 'staff' DESC;

-- name: set_readable
UPDATE replica_row SET readable = 1 WHERE id = :id;

-- name: collection_states
SELECT
    collection,
    version,
    (
        SELECT COUNT(*) FROM visible_row
        WHERE visible_row.collection = replica.collection AND visible_row.readable = 0
    )
FROM replica;

-- name: throttle
SELECT wrong_count, last_wrong_at_ms, blocked_until_ms FROM throttle WHERE scope = :scope;

-- name: set_throttle
INSERT INTO throttle (scope, wrong_count, last_wrong_at_ms, blocked_until_ms)
VALUES (:scope, :wrong_count, :last_wrong_at_ms, :blocked_until_ms)
ON CONFLICT (scope) DO UPDATE SET
    wrong_count = excluded.wrong_count,
    last_wrong_at_ms = excluded.last_wrong_at_ms,
    blocked_until_ms = excluded.blocked_until_ms;

-- name: forget_throttle
DELETE FROM throttle WHERE scope = :scope;

-- name: forget_throttles
DELETE FROM throttle WHERE last_wrong_at_ms < :before_ms;

-- name: in_force
SELECT collection, version, generation FROM replica;
