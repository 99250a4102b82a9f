-- name: copies
SELECT count FROM paper_copy WHERE kind = :kind AND id = :id;

-- name: count_first
INSERT INTO paper_copy (kind, id, count) VALUES (:kind, :id, 1);

-- name: count_copy
UPDATE paper_copy SET count = count + 1 WHERE kind = :kind AND id = :id AND count = :before;

-- name: forget
DELETE FROM paper_copy WHERE kind = :kind AND id = :id;
