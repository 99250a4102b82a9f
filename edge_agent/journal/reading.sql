-- name: begin_snapshot
BEGIN;

-- name: first_held
SELECT MIN(seq) FROM journal;

-- name: held_from
SELECT seq, epoch, hash, bytes FROM journal WHERE seq >= :first ORDER BY seq;

-- name: oldest_unacked
SELECT MIN(at_ms) FROM journal WHERE seq > (SELECT acked_seq FROM device);
