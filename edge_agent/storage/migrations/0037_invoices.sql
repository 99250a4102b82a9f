-- floor: 34
-- Invoices and credit notes, one per ticket, gapless per series and kind (promise N). Who the buyer
-- is stands sealed, its key in person_key. Retention: kept, as the law asks of the paper.
CREATE TABLE invoice (
    id              TEXT    NOT NULL PRIMARY KEY,  -- the fact's
    ticket_id       TEXT    NOT NULL UNIQUE,
    kind            TEXT    NOT NULL CHECK (kind IN ('invoice', 'credit_note')),
    legal_entity_id TEXT    NOT NULL,
    register_id     TEXT    NOT NULL,
    series_epoch    INTEGER NOT NULL,
    year            INTEGER NOT NULL,
    number          INTEGER NOT NULL CHECK (number >= 1),
    document        BLOB    NOT NULL,  -- JSON of the fact's body and its place
    UNIQUE (legal_entity_id, register_id, series_epoch, year, kind, number)
) STRICT;

CREATE TRIGGER invoice_is_final BEFORE UPDATE ON invoice
BEGIN
    SELECT RAISE(ABORT, 'an invoice is never rewritten');
END;

CREATE TRIGGER invoice_stays BEFORE DELETE ON invoice
BEGIN
    SELECT RAISE(ABORT, 'an invoice is never deleted');
END;
