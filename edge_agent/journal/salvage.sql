-- name: unacked
-- From the acked fact itself: the chain goes on from its hash.
SELECT seq, epoch, fact_id, hash, bytes FROM journal
WHERE seq >= (SELECT acked_seq FROM device)
ORDER BY seq;

-- name: device_name
SELECT CAST(device_id AS BLOB) FROM device;

-- name: name_device
UPDATE device SET device_id = :device_id;

-- name: damaged_mark
-- 253402300799999: the last millisecond of the year 9999.
SELECT acked_seq FROM device
WHERE
    acked_seq < 0
    OR (acked_seq > 0 AND NOT EXISTS (SELECT 1 FROM journal WHERE seq = acked_seq))
    OR last_ack_at_ms NOT BETWEEN 0 AND 253402300799999;

-- name: mend_marks
-- A mark beyond the end is taken as it is: what it names may be what was lost.
UPDATE device SET
    acked_seq = CASE
        WHEN acked_seq >= 0 THEN acked_seq
        ELSE (SELECT CASE WHEN MIN(seq) > 1 THEN MIN(seq) ELSE 0 END FROM journal)
    END,
    last_ack_at_ms = CASE
        WHEN last_ack_at_ms BETWEEN 0 AND 253402300799999 THEN last_ack_at_ms
    END;

-- name: know_newest_epoch
-- The device's line may be the one that was lost.
UPDATE device SET epoch = MAX(epoch, (SELECT COALESCE(MAX(epoch), 1) FROM journal));

-- name: acked_and_epoch
SELECT acked_seq, epoch FROM device;

-- name: all
SELECT seq, epoch, fact_id, hash, bytes FROM journal ORDER BY seq;

-- name: drop_before
DELETE FROM journal WHERE seq < :seq;

-- name: drop
DELETE FROM journal WHERE seq = :seq;

-- name: rename
UPDATE journal SET fact_id = :fact_id WHERE seq = :seq;

-- name: seqs_after
SELECT seq FROM journal WHERE seq > :seq ORDER BY seq;

-- name: move
UPDATE journal SET seq = :place WHERE seq = :seq;

-- name: ack_no_further
UPDATE device SET acked_seq = MIN(acked_seq, :seq);
