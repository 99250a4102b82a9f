-- name: look_at_schema
SELECT name FROM sqlite_master;

-- name: tables
-- Without those that hang on a replica's row: they are made anew from it.
SELECT name, NOT wr FROM pragma_table_list
WHERE
    schema = 'main'
    AND type = 'table'
    AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
    AND NOT EXISTS (
        SELECT 1 FROM pragma_foreign_key_list(pragma_table_list.name) AS parent
        WHERE parent."table" = 'replica_row'
    );

-- name: columns
SELECT name FROM pragma_table_info(:table);

-- name: keys
SELECT name FROM pragma_table_info(:table) WHERE pk > 0 ORDER BY pk;

-- name: all_rows
SELECT {columns} FROM {table} ORDER BY {order};

-- name: put_row
INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks});

-- name: keep_lost_replicas
-- The rows stay visible though the line that says which generation is in force is gone.
INSERT OR IGNORE INTO replica (collection, generation)
SELECT collection, MAX(gen_from) FROM replica_row GROUP BY collection;

-- name: forget_versions
-- Nobody knows whether a copy is whole: it serves until the hub has sent it anew from the start.
UPDATE replica
SET
    version = 0,
    staging = NULL,
    staging_floor = NULL,
    cursor_version = NULL,
    cursor_key = NULL,
    cursor_since = NULL,
    cursor_seen = NULL;

-- name: drop_staged
DELETE FROM replica_row
WHERE gen_from > (
    SELECT generation FROM replica WHERE replica.collection = replica_row.collection
);

-- name: reopen
UPDATE replica_row
SET gen_to = NULL
WHERE gen_to > (
    SELECT generation FROM replica WHERE replica.collection = replica_row.collection
);

-- name: read_again
-- Every row is decoded and indexed anew before it is shown.
UPDATE replica_row SET readable = 0;

-- name: add_salvage
INSERT INTO salvage (at_ms, cause, kept_as, facts_lost, tables_torn)
VALUES (:at_ms, :cause, :kept_as, :facts_lost, :tables_torn);

-- name: salvages
SELECT at_ms, cause, kept_as, facts_lost, tables_torn FROM salvage ORDER BY id DESC LIMIT 20;
