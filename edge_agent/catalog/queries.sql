-- name: index_code
INSERT OR IGNORE INTO product_code (code, row_id) VALUES (:code, :row_id);

-- name: index_words
INSERT INTO product_text (rowid, words) VALUES (:row_id, :words);

-- name: by_code
SELECT
    p.collection, p.payload, p.price, p.tax, p.price_version, (SELECT lists FROM public_price_lists)
FROM product_code
JOIN priced_product AS p ON p.id = product_code.row_id
WHERE product_code.code = :code
ORDER BY p.collection, p.key
LIMIT :most;

-- name: by_keys
SELECT
    p.collection, p.payload, p.price, p.tax, p.price_version, (SELECT lists FROM public_price_lists)
FROM priced_product AS p
WHERE
    p.collection IN ('catalogue', 'proposal')
    AND p.key IN (SELECT value FROM json_each(:keys))
ORDER BY p.collection;

-- name: by_words
-- The inner query sorts ids alone; prices are looked up for the few that remain.
SELECT
    p.collection, p.payload, p.price, p.tax, p.price_version, (SELECT lists FROM public_price_lists)
FROM (
    SELECT visible_row.id, product_text.rank AS place
    FROM product_text
    JOIN visible_row ON visible_row.id = product_text.rowid
    WHERE product_text.words MATCH :expression
    ORDER BY product_text.rank
    LIMIT :most
) AS found
JOIN priced_product AS p ON p.id = found.id
ORDER BY found.place, p.key;

-- name: by_few_letters
-- A letter or two match half the catalogue: any of them will do, ranking them would take long.
SELECT
    p.collection, p.payload, p.price, p.tax, p.price_version, (SELECT lists FROM public_price_lists)
FROM product_text
JOIN priced_product AS p ON p.id = product_text.rowid
WHERE product_text.words MATCH :expression
LIMIT :most;

-- name: listing
SELECT
    p.collection, p.payload, p.price, p.tax, p.price_version, (SELECT lists FROM public_price_lists)
FROM (
    SELECT id, key FROM visible_row
    WHERE
        collection = 'catalogue' AND key > :after AND key < 'product0' AND readable
        AND COALESCE(json_extract(CAST(payload AS TEXT), '$.active'), 1)
    UNION ALL
    SELECT id, key FROM visible_row
    WHERE collection = 'proposal' AND key > :after AND key < 'product0' AND readable
    ORDER BY key
    LIMIT :most
) AS found
JOIN priced_product AS p ON p.id = found.id
ORDER BY p.key, p.collection;

-- name: labels
SELECT product_id, price FROM shelf_label WHERE product_id IN (SELECT value FROM json_each(:ids));

-- name: labels_of_nothing
-- On the shelf, but of no product that is sold.
SELECT product_id, price
FROM shelf_label
WHERE
    product_id > :after
    AND NOT EXISTS (
        SELECT 1 FROM visible_row
        WHERE
            collection IN ('catalogue', 'proposal')
            AND key = 'product/' || shelf_label.product_id
            AND readable
            AND COALESCE(json_extract(CAST(payload AS TEXT), '$.active'), 1)
    )
ORDER BY product_id
LIMIT :most;

-- name: confirm_label
INSERT INTO shelf_label (product_id, price) VALUES (:product_id, :price)
ON CONFLICT (product_id) DO UPDATE SET price = excluded.price;

-- name: take_label_off
DELETE FROM shelf_label WHERE product_id = :product_id;

-- name: public_lists
SELECT lists FROM public_price_lists;

-- name: price_lists
SELECT payload
FROM visible_row
WHERE collection = 'prices' AND key > 'pricelist/' AND key < 'pricelist0' AND readable
ORDER BY key;

-- name: promotions
SELECT payload
FROM visible_row
WHERE collection = 'prices' AND key > 'promotion/' AND key < 'promotion0' AND readable
ORDER BY key;

-- name: taxes
SELECT payload
FROM visible_row
WHERE collection = 'prices' AND key > 'tax/' AND key < 'tax0' AND readable
ORDER BY key;

-- name: proposal_version
SELECT version FROM replica WHERE collection = 'proposal';

-- name: rows_of_key
SELECT collection, payload
FROM visible_row
WHERE collection IN ('catalogue', 'proposal') AND key = :key;

-- name: adopted
-- Proposals whose row the hub publishes by now: a product's or a price's.
SELECT key FROM visible_row
WHERE
    collection = 'proposal'
    AND EXISTS (
        SELECT 1 FROM visible_row AS published
        WHERE
            published.collection IN ('catalogue', 'prices')
            AND published.key = visible_row.key
            AND published.readable
    )
LIMIT :most;
