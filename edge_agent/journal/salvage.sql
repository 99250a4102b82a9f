-- name: unacked
-- From the acked fact itself: the chain goes on from its hash.
SELECT seq, epoch, fact_id, hash, bytes FROM journal
WHERE seq >= (SELECT acked_seq FROM device)
ORDER BY seq;

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

-- name: seqs_after
SELECT seq FROM journal WHERE seq > :seq ORDER BY seq;

-- name: move
UPDATE journal SET seq = :place WHERE seq = :seq;

-- name: ack_no_further
UPDATE device SET acked_seq = MIN(acked_seq, :seq);
