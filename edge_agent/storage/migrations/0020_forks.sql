-- A pull remembers the newest version that the hub named in it: a hub that was set back to a backup
-- never gave that one, and the pull starts over (promise J). NULL: a pull from before this release.
ALTER TABLE replica ADD COLUMN cursor_seen INTEGER;
