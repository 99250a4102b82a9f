-- floor: 34
-- How often a paper was made: the first is the original, each other one is marked (DUPLICATA n).
-- Retention: a ticket's goes with the ticket; Zs and invoices are kept, and so is theirs.
CREATE TABLE paper_copy (
    kind  TEXT    NOT NULL,
    id    TEXT    NOT NULL,
    count INTEGER NOT NULL CHECK (count >= 1),
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

-- What the label on the shelf says, as the shop has confirmed it. Retention: one row per product.
CREATE TABLE shelf_label (
    product_id TEXT NOT NULL PRIMARY KEY,
    price      BLOB NOT NULL  -- JSON of a ShelfPrice
) STRICT, WITHOUT ROWID;
