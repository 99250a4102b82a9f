-- Stock as this shop knows it: movements append, on-hand is their sum, kept in the same commit.
-- Quantities are integers in millionths of the product's unit, so that sums are exact.
-- Retention: movements older than the returns window may be dropped, on-hand stays.

CREATE TABLE stock_movement (
    id           TEXT NOT NULL PRIMARY KEY,  -- the client's id, also the fact's
    kind         TEXT NOT NULL,
    content_hash BLOB NOT NULL,
    answer       BLOB NOT NULL
) STRICT;

-- One row per source (a ticket or a stock movement) and product.
CREATE TABLE stock_delta (
    product_id     TEXT    NOT NULL,
    source_id      TEXT    NOT NULL,
    quantity_micro INTEGER NOT NULL,
    PRIMARY KEY (source_id, product_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE stock_on_hand (
    product_id     TEXT    NOT NULL PRIMARY KEY,
    quantity_micro INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
