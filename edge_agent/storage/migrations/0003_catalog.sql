-- What finds a product: by code, by words. Both hang on rows of replica_row and go with them.

CREATE TABLE product_code (
    code   TEXT    NOT NULL,  -- GTINs as 14 digits, all else exactly as published
    row_id INTEGER NOT NULL REFERENCES replica_row (id) ON DELETE CASCADE,
    PRIMARY KEY (code, row_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX product_code_row ON product_code (row_id);

-- rowid = replica_row.id. The words come folded (protocol.vocabulary.text), queries as well.
CREATE VIRTUAL TABLE product_text USING fts5 (
    words, tokenize = 'unicode61 remove_diacritics 0'
);

CREATE TRIGGER product_text_goes AFTER DELETE ON replica_row
WHEN old.collection IN ('catalogue', 'proposal')
BEGIN
    DELETE FROM product_text WHERE rowid = old.id;
END;

-- A product with the price and tax of the same moment. The hub's rows come before the shop's own
-- proposals, which wait to be adopted.
CREATE VIEW priced_product AS
SELECT
    id,
    collection,
    key,
    payload,
    price,
    (
        SELECT tax_row.payload FROM visible_row AS tax_row
        WHERE
            tax_row.collection = 'prices'
            AND tax_row.key = 'tax/' || json_extract(CAST(price AS TEXT), '$.tax_id')
            AND tax_row.readable
    ) AS tax,
    (SELECT replica.version FROM replica WHERE replica.collection = 'prices') AS price_version
FROM (
    SELECT
        product_row.id,
        product_row.collection,
        product_row.key,
        product_row.payload,
        COALESCE(
            (
                SELECT price_row.payload FROM visible_row AS price_row
                WHERE
                    price_row.collection = 'prices'
                    AND price_row.key = 'price/' || substr(product_row.key, 9)
                    AND price_row.readable
            ),
            (
                SELECT price_row.payload FROM visible_row AS price_row
                WHERE
                    price_row.collection = 'proposal'
                    AND price_row.key = 'price/' || substr(product_row.key, 9)
                    AND price_row.readable
            )
        ) AS price
    FROM visible_row AS product_row
    WHERE product_row.readable
);
