-- Shifts, cash movements and Z reports of the registers. Retention: kept, a few rows a day.

CREATE TABLE shift (
    id            TEXT    NOT NULL PRIMARY KEY,
    register_id   TEXT    NOT NULL,
    currency      TEXT    NOT NULL,
    float_minor   INTEGER NOT NULL CHECK (float_minor >= 0),
    business_date TEXT    NOT NULL,
    opened_at_ms  INTEGER NOT NULL,
    opened_by     TEXT    NOT NULL,
    closed_at_ms  INTEGER
) STRICT;

CREATE UNIQUE INDEX shift_open_once ON shift (register_id) WHERE closed_at_ms IS NULL;
CREATE INDEX shift_business_date ON shift (register_id, business_date);

CREATE TABLE cash_movement (
    id           TEXT    NOT NULL PRIMARY KEY,
    shift_id     TEXT    NOT NULL REFERENCES shift (id),
    kind         TEXT    NOT NULL CHECK (kind IN ('paid_in', 'paid_out', 'pickup', 'loan')),
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    content_hash BLOB    NOT NULL,
    answer       BLOB    NOT NULL
) STRICT;

CREATE INDEX cash_movement_shift ON cash_movement (shift_id);

-- Promise N: numbered per register without a gap, written once. The triggers make it so.
CREATE TABLE z_report (
    register_id TEXT    NOT NULL,
    z_number    INTEGER NOT NULL CHECK (z_number >= 1),
    shift_id    TEXT    NOT NULL UNIQUE REFERENCES shift (id),
    document    BLOB    NOT NULL,
    PRIMARY KEY (register_id, z_number)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER z_report_is_final BEFORE UPDATE ON z_report
BEGIN
    SELECT RAISE(ABORT, 'a Z report is never rewritten');
END;

CREATE TRIGGER z_report_stays BEFORE DELETE ON z_report
BEGIN
    SELECT RAISE(ABORT, 'a Z report is never deleted');
END;
