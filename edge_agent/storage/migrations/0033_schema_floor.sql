-- The oldest release, by its newest migration, that may still open this database: an update that
-- does harm can be taken back, and the shop sells on. Later steps raise it when they must.
CREATE TABLE schema_floor (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  floor INTEGER NOT NULL
) STRICT;
INSERT INTO schema_floor VALUES (1, 33);
