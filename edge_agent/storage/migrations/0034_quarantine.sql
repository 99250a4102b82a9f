-- Who settled a quarantined request, why and when; NULL: it waits for a person. Retention: 90 days
-- and at most 64 MiB after that, see sales/quarantine.py. `kind` NULL: a row from before this
-- release, of which only its bytes may tell whether it is a sale or a return.
ALTER TABLE quarantined_ticket ADD COLUMN kind TEXT;
ALTER TABLE quarantined_ticket ADD COLUMN settled_at_ms INTEGER;
ALTER TABLE quarantined_ticket ADD COLUMN settled_by TEXT;
ALTER TABLE quarantined_ticket ADD COLUMN settled_why TEXT;
CREATE INDEX quarantined_settled ON quarantined_ticket (settled_at_ms)
WHERE settled_at_ms IS NOT NULL;
