-- name: store_settings
SELECT payload
FROM visible_row
WHERE collection = 'settings' AND key = 'store/' || :store_id AND readable;

-- name: registers
SELECT payload
FROM visible_row
WHERE collection = 'settings' AND key > 'register/' AND key < 'register0' AND readable
ORDER BY key;

-- name: register
SELECT payload
FROM visible_row
WHERE collection = 'settings' AND key = 'register/' || :register_id AND readable;

-- name: setting
SELECT payload FROM visible_row WHERE collection = 'settings' AND key = :key AND readable;

-- name: tablet_count
SELECT COUNT(*) FROM tablet;

-- name: insert_tablet
INSERT INTO tablet (id, token_hash, name, register_id, paired_at_ms)
VALUES (:tablet_id, :token_hash, :name, :register_id, :paired_at_ms);

-- name: tablet_by_token
SELECT id, name, register_id FROM tablet WHERE token_hash = :token_hash;

-- name: delete_tablet
DELETE FROM tablet WHERE id = :tablet_id;
