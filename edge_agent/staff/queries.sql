-- name: members
SELECT payload FROM visible_row WHERE collection = 'staff' AND readable;

-- name: member
SELECT payload
FROM visible_row
WHERE collection = 'staff' AND key = 'staff/' || :staff_id AND readable;

-- name: insert_sign_in
INSERT INTO sign_in (token_hash, staff_id, tablet_id, register_id, expires_at_ms)
VALUES (:token_hash, :staff_id, :tablet_id, :register_id, :expires_at_ms);

-- name: end_oldest
-- Keeps a tablet's newest sign-ins and ends the rest.
DELETE FROM sign_in
WHERE
    tablet_id = :tablet_id
    AND token_hash NOT IN (
        SELECT token_hash FROM sign_in
        WHERE tablet_id = :tablet_id
        ORDER BY expires_at_ms DESC
        LIMIT :most
    );

-- name: caller
SELECT sign_in.tablet_id, sign_in.register_id, visible_row.payload
FROM sign_in
JOIN visible_row
    ON visible_row.collection = 'staff' AND visible_row.key = 'staff/' || sign_in.staff_id
WHERE
    sign_in.token_hash = :token_hash
    AND sign_in.expires_at_ms > :now_ms
    AND visible_row.readable;

-- name: end_sign_in
DELETE FROM sign_in WHERE token_hash = :token_hash;

-- name: end_expired
DELETE FROM sign_in
WHERE token_hash IN (
    SELECT token_hash FROM sign_in WHERE expires_at_ms <= :now_ms LIMIT :most
);
