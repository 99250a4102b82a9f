-- name: movement_by_id
SELECT content_hash, answer FROM stock_movement WHERE id = :id;

-- name: insert_movement
INSERT INTO stock_movement (id, kind, content_hash, answer)
VALUES (:id, :kind, :content_hash, :answer);

-- name: insert_delta
INSERT INTO stock_delta (product_id, source_id, quantity_micro)
VALUES (:product_id, :source_id, :quantity_micro);

-- name: forget_deltas
DELETE FROM stock_delta WHERE source_id = :source_id;

-- name: add_to_on_hand
-- At most nine million million units either way: SQLite makes a float of a sum beyond 64 bits, which
-- no column of this table takes, and nothing that a person counts may refuse a sale. The deltas
-- stay as they are; one of them is at most 2·10¹⁸ (2,000 lines of 10⁹).
INSERT INTO stock_on_hand (product_id, quantity_micro)
VALUES (:product_id, :quantity_micro)
ON CONFLICT (product_id) DO UPDATE SET quantity_micro = MAX(
    -9000000000000000000,
    MIN(9000000000000000000, quantity_micro + excluded.quantity_micro)
);

-- name: on_hand_of_product
SELECT quantity_micro FROM stock_on_hand WHERE product_id = :product_id;
