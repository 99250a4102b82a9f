-- The highest Z number that the hub holds of a register, and its business date. A box that lost its
-- Zs (a wiped disk, a backup put back, a replacement) goes on behind them (promise N).
CREATE TABLE z_floor (
    register_id   TEXT    NOT NULL PRIMARY KEY,
    z_number      INTEGER NOT NULL CHECK (z_number >= 1),
    business_date TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
