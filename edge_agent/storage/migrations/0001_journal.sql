-- The journal (promises A, C, D, N) and who writes it. The outbox is what lies above
-- device.acked_seq: one number, so that an ack rewrites no rows on an SD card.
-- Retention: acked rows are kept for two weeks, for a hub that comes back from a backup; the newest
-- acked row always stays, because the next hash follows from it.

CREATE TABLE journal (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,  -- a pruned seq never comes again
    epoch       INTEGER NOT NULL,
    fact_id     TEXT    NOT NULL UNIQUE,
    type        TEXT    NOT NULL,
    at_ms       INTEGER NOT NULL,  -- the device's clock; never an order
    store_id    TEXT    NOT NULL,
    value_minor INTEGER NOT NULL,
    currency    TEXT,
    hash        BLOB    NOT NULL CHECK (length(hash) = 32),
    bytes       BLOB    NOT NULL
) STRICT;

CREATE TABLE device (
    only_one       INTEGER NOT NULL PRIMARY KEY CHECK (only_one = 1),
    device_id      TEXT    NOT NULL,
    epoch          INTEGER NOT NULL CHECK (epoch >= 1),  -- issued by the hub alone
    epoch_base_seq INTEGER NOT NULL,                     -- the epoch's facts lie above it
    base_hash      BLOB    NOT NULL CHECK (length(base_hash) = 32),
    acked_seq      INTEGER NOT NULL DEFAULT 0,
    last_ack_at_ms INTEGER,
    sess           INTEGER NOT NULL DEFAULT 0            -- counts connections ever made
) STRICT;

-- Which seq was acked when, about once an hour: pruning counts its two weeks from the ack, so that a
-- shop that was offline for a month does not drop at once what a restored hub may ask for.
CREATE TABLE ack_mark (
    acked_seq INTEGER NOT NULL PRIMARY KEY,
    at_ms     INTEGER NOT NULL
) STRICT;

-- Facts that the hub keeps but cannot read (promise I).
CREATE TABLE dead_fact (
    seq  INTEGER NOT NULL PRIMARY KEY,
    code TEXT    NOT NULL
) STRICT;
