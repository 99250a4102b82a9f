-- The collections that the hub publishes, as this shop holds them. Promise J: what readers see always
-- equals one published version. Rows carry the generations in which they are seen; a pull stages the
-- next generation beside the one in force, and a single small commit makes it the one in force.
-- Retention: rows of past and abandoned generations are swept a few hundred at a time.

CREATE TABLE replica (
    collection     TEXT    NOT NULL PRIMARY KEY,
    version        INTEGER NOT NULL DEFAULT 0,  -- the hub's, of the generation in force
    generation     INTEGER NOT NULL DEFAULT 0,  -- in force
    floor          INTEGER NOT NULL DEFAULT 0,  -- rows from it and before are no longer seen
    staging        INTEGER,                     -- the generation that a pull is building
    staging_floor  INTEGER,                     -- its floor: a pull from the start drops all before
    cursor_version INTEGER,
    cursor_key     TEXT,
    cursor_since   INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE replica_row (
    id         INTEGER NOT NULL PRIMARY KEY,
    collection TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    gen_from   INTEGER NOT NULL,
    gen_to     INTEGER,           -- no longer seen from this generation on
    version    INTEGER NOT NULL,
    readable   INTEGER NOT NULL,  -- 0: kept as it came, but this release cannot read it (promise I)
    payload    BLOB    NOT NULL
) STRICT;

CREATE UNIQUE INDEX replica_row_key ON replica_row (collection, key, gen_from);
CREATE INDEX replica_row_from ON replica_row (collection, gen_from);
CREATE INDEX replica_row_closed ON replica_row (collection, gen_to) WHERE gen_to IS NOT NULL;
CREATE INDEX replica_row_unreadable ON replica_row (collection, id) WHERE readable = 0;

CREATE VIEW visible_row AS
SELECT
    replica_row.id,
    replica_row.collection,
    replica_row.key,
    replica_row.version,
    replica_row.readable,
    replica_row.payload
FROM replica_row
JOIN replica ON replica.collection = replica_row.collection
WHERE
    replica_row.gen_from <= replica.generation
    AND replica_row.gen_from > replica.floor
    AND (replica_row.gen_to IS NULL OR replica_row.gen_to > replica.generation);
