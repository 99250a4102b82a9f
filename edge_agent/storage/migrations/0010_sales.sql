-- Tickets (sales and returns) as they were booked and answered, and what was kept aside.
-- A ticket is written once and never changed; the newest one of a series is never deleted, because
-- the next receipt number follows from it. Retention: as long as returns against it are accepted.

CREATE TABLE ticket (
    id               TEXT    NOT NULL PRIMARY KEY,  -- the tablet's id, also the fact's
    kind             TEXT    NOT NULL CHECK (kind IN ('sale', 'return')),
    mode             TEXT    NOT NULL CHECK (mode IN ('live', 'handed_over')),
    register_id      TEXT    NOT NULL,
    shift_id         TEXT,
    addendum_to_z    INTEGER,
    business_date    TEXT    NOT NULL,
    currency         TEXT    NOT NULL,
    series_epoch     INTEGER NOT NULL,
    receipt_number   INTEGER NOT NULL CHECK (receipt_number >= 1),
    payable_minor    INTEGER NOT NULL,
    change_minor     INTEGER NOT NULL,
    original_sale_id TEXT,
    content_hash     BLOB    NOT NULL,  -- sha256 of the request without its door
    answer           BLOB    NOT NULL,  -- JSON, the bytes that were answered
    UNIQUE (register_id, series_epoch, receipt_number)
) STRICT;

CREATE INDEX ticket_shift ON ticket (shift_id) WHERE shift_id IS NOT NULL;
CREATE INDEX ticket_original ON ticket (original_sale_id) WHERE original_sale_id IS NOT NULL;

CREATE TABLE ticket_tender (
    ticket_id    TEXT    NOT NULL REFERENCES ticket (id),
    position     INTEGER NOT NULL,
    kind         TEXT    NOT NULL,
    amount_minor INTEGER NOT NULL,
    PRIMARY KEY (ticket_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE ticket_tax (
    ticket_id  TEXT    NOT NULL REFERENCES ticket (id),
    tax_id     TEXT    NOT NULL,
    rate_ppm   INTEGER NOT NULL,
    base_minor INTEGER NOT NULL,
    tax_minor  INTEGER NOT NULL,
    PRIMARY KEY (ticket_id, tax_id, rate_ppm)
) STRICT, WITHOUT ROWID;

-- Requests of the handed-over door that cannot be booked, byte for byte (promise I). Retention:
-- until a person has settled them; the table is bounded and full means 503, never a lost row.
CREATE TABLE quarantined_ticket (
    id           INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    ticket_id    TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    register_id  TEXT    NOT NULL,
    staff_id     TEXT    NOT NULL,
    received_at_ms INTEGER NOT NULL,
    content_hash BLOB    NOT NULL,
    body         BLOB    NOT NULL,
    UNIQUE (ticket_id, content_hash)
) STRICT;
