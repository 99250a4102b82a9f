-- Who may use this agent: paired tablets, signed-in staff, and how often someone guessed wrong.
-- Tokens are kept as SHA-256 only. Retention: sign-ins until they expire, tablets until revoked,
-- throttles for a day.

CREATE TABLE tablet (
    id           TEXT    NOT NULL PRIMARY KEY,
    token_hash   BLOB    NOT NULL UNIQUE,
    name         TEXT    NOT NULL,
    register_id  TEXT    NOT NULL,
    paired_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A revoked tablet takes its sign-ins with it.
CREATE TABLE sign_in (
    token_hash    BLOB    NOT NULL PRIMARY KEY,
    staff_id      TEXT    NOT NULL,
    tablet_id     TEXT    NOT NULL REFERENCES tablet (id) ON DELETE CASCADE,
    register_id   TEXT    NOT NULL,
    expires_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sign_in_tablet ON sign_in (tablet_id, expires_at_ms);
CREATE INDEX sign_in_expires ON sign_in (expires_at_ms);

CREATE TABLE throttle (
    scope            TEXT    NOT NULL PRIMARY KEY,
    wrong_count      INTEGER NOT NULL,
    last_wrong_at_ms INTEGER NOT NULL,
    blocked_until_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
