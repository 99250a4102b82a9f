-- name: command
SELECT result, detail FROM command WHERE id = :id;

-- name: begin_command
INSERT INTO command (id, kind, begun_at_ms) VALUES (:id, :kind, :at_ms);

-- name: end_command
UPDATE command SET result = :result, detail = :detail WHERE id = :id;

-- name: forget_commands
-- The hub stops asking after a week; so many are more than it may ask in that time.
DELETE FROM command
WHERE id IN (SELECT id FROM command ORDER BY begun_at_ms DESC LIMIT -1 OFFSET :kept);

-- name: resyncs
SELECT collection, begun FROM resync;

-- name: ask_resync
INSERT INTO resync (collection) VALUES (:collection)
ON CONFLICT (collection) DO UPDATE SET begun = 0;

-- name: begin_resync
UPDATE resync SET begun = 1 WHERE collection = :collection;

-- name: end_resync
DELETE FROM resync WHERE collection = :collection AND begun = 1;
