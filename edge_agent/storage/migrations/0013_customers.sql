-- Customers born in this shop. Who they are is readable only with their key: deleting the row of
-- person_key erases the person here, and the facts stay whole (DESIGN §2, Facts).

CREATE TABLE customer (
    id     TEXT NOT NULL PRIMARY KEY,
    sealed BLOB NOT NULL  -- nonce and AES-256-GCM ciphertext of a PersonCard
) STRICT, WITHOUT ROWID;

CREATE TABLE person_key (
    person_id TEXT NOT NULL PRIMARY KEY,
    key       BLOB NOT NULL CHECK (length(key) = 32)
) STRICT, WITHOUT ROWID;
