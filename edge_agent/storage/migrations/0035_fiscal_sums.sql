-- floor: 34
-- What a Z tells since: stamp duty, how each tax was treated, addenda told once, perpetual totals.
-- A release that does not know them sells on; its Zs carry no perpetual totals.
ALTER TABLE ticket ADD COLUMN duty_minor INTEGER NOT NULL DEFAULT 0;
-- The Z that told of this addendum; NULL: the register's next one will.
ALTER TABLE ticket ADD COLUMN told_in_z INTEGER;
CREATE INDEX ticket_addendum ON ticket (register_id)
WHERE addendum_to_z IS NOT NULL AND told_in_z IS NULL;

-- One tax may be charged on one line and exempt on another. The key's columns come first: without
-- a rowid SQLite's own check (3.40) takes those that stand before a key column for NULL.
ALTER TABLE ticket_tax RENAME TO ticket_tax_before;
CREATE TABLE ticket_tax (
    ticket_id  TEXT    NOT NULL REFERENCES ticket (id),
    tax_id     TEXT    NOT NULL,
    rate_ppm   INTEGER NOT NULL,
    treatment  TEXT    NOT NULL DEFAULT 'taxed',
    base_minor INTEGER NOT NULL,
    tax_minor  INTEGER NOT NULL,
    PRIMARY KEY (ticket_id, tax_id, rate_ppm, treatment)
) STRICT, WITHOUT ROWID;
INSERT INTO ticket_tax (ticket_id, tax_id, rate_ppm, base_minor, tax_minor)
SELECT ticket_id, tax_id, rate_ppm, base_minor, tax_minor FROM ticket_tax_before;
DROP TABLE ticket_tax_before;

-- JSON of the perpetual totals that the hub holds with that Z.
ALTER TABLE z_floor ADD COLUMN perpetual BLOB;
