-- name: install_device
INSERT INTO device (only_one, device_id, epoch, epoch_base_seq, base_hash)
VALUES (1, :device_id, :epoch, 0, :base_hash)
ON CONFLICT DO NOTHING;

-- name: device
SELECT device_id, epoch, epoch_base_seq, base_hash, acked_seq, last_ack_at_ms, sess FROM device;

-- name: epoch
SELECT epoch FROM device;

-- name: next_sess
UPDATE device SET sess = sess + 1 RETURNING sess;

-- name: head
SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1;

-- name: append
INSERT INTO journal (
    seq, epoch, fact_id, type, at_ms, store_id, value_minor, currency, hash, bytes
) VALUES (
    :seq, :epoch, :fact_id, :type, :at_ms, :store_id, :value_minor, :currency, :hash, :bytes
);

-- name: hash_at
SELECT hash FROM journal WHERE seq = :seq;

-- name: facts_from
-- As many as fit into :max_bytes, but one in any case; LENGTH reads no blob.
SELECT seq, hash, bytes
FROM journal
WHERE
    seq >= :first
    AND seq <= (
        SELECT MAX(seq)
        FROM (
            SELECT seq, SUM(size) OVER (ORDER BY seq) AS total_size
            FROM (
                SELECT seq, LENGTH(bytes) AS size
                FROM journal
                WHERE seq >= :first
                ORDER BY seq
                LIMIT :max_count
            )
        )
        WHERE total_size <= :max_bytes OR seq = :first
    )
ORDER BY seq;

-- name: set_acked
UPDATE device SET acked_seq = :acked_seq, last_ack_at_ms = :now_ms;

-- name: bury
INSERT INTO dead_fact (seq, code) VALUES (:seq, :code)
ON CONFLICT (seq) DO UPDATE SET code = excluded.code;

-- name: dead_count
SELECT COUNT(*) FROM dead_fact;

-- name: adopt_epoch
UPDATE device
SET
    epoch = :epoch,
    epoch_base_seq = :base_seq,
    base_hash = :base_hash,
    acked_seq = MIN(acked_seq, :base_seq);

-- name: rehash
UPDATE journal SET epoch = :epoch, hash = :hash WHERE seq = :seq;

-- name: forget_dead_above
DELETE FROM dead_fact WHERE seq > :seq;

-- name: debt_values
SELECT currency, SUM(value_minor)
FROM journal
WHERE seq > (SELECT acked_seq FROM device) AND currency IS NOT NULL
GROUP BY currency
ORDER BY currency;

-- name: debt_span
SELECT COUNT(*), MIN(at_ms) FROM journal WHERE seq > (SELECT acked_seq FROM device);

-- name: add_ack_mark
INSERT INTO ack_mark (acked_seq, at_ms)
SELECT :acked_seq, :now_ms
WHERE NOT EXISTS (SELECT 1 FROM ack_mark WHERE at_ms > :now_ms - :interval_ms AND at_ms <= :now_ms)
ON CONFLICT DO NOTHING;

-- name: forget_ack_marks_above
DELETE FROM ack_mark WHERE acked_seq > :acked_seq;

-- name: forget_old_ack_marks
-- All but the newest of those that are old enough to prune by.
DELETE FROM ack_mark
WHERE acked_seq < (SELECT MAX(acked_seq) FROM ack_mark WHERE at_ms < :before_ms);

-- name: prune
-- Never the acked row itself nor anything above it (promise D); oldest first, a bounded number.
DELETE FROM journal
WHERE seq IN (
    SELECT seq FROM journal
    WHERE
        seq < (SELECT acked_seq FROM device)
        AND seq < (SELECT MAX(acked_seq) FROM ack_mark WHERE at_ms < :before_ms)
    ORDER BY seq
    LIMIT :most
)
RETURNING fact_id;

-- name: holds
SELECT 1 FROM journal WHERE fact_id = :fact_id;
