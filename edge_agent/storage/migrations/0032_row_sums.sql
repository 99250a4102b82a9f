-- A bit that flips in a payload may leave a valid price. NULL: a row from before this release.
ALTER TABLE replica_row ADD COLUMN crc32 INTEGER;
