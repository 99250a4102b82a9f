-- What was saved from databases that broke, each kept beside this one (promises D, L).
-- Retention: kept; a card that breaks often is replaced.

CREATE TABLE salvage (
    id          INTEGER NOT NULL PRIMARY KEY,
    at_ms       INTEGER NOT NULL,
    cause       TEXT    NOT NULL,
    kept_as     TEXT    NOT NULL,  -- the folder that holds the broken files
    facts_lost  INTEGER NOT NULL,  -- that the hub does not hold either, as far as this shop knows
    tables_torn INTEGER NOT NULL   -- that lack rows
) STRICT;
