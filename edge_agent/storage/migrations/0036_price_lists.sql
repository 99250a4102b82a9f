-- floor: 34
-- The price lists that hold for everybody, as one JSON array: looked up beside a product in one
-- statement, hence of one version of the prices (promise J).
CREATE VIEW public_price_lists AS
SELECT json_group_array(json(CAST(payload AS TEXT))) AS lists
FROM visible_row
WHERE
    collection = 'prices'
    AND key > 'pricelist/'
    AND key < 'pricelist0'
    AND readable
    AND json_extract(CAST(payload AS TEXT), '$.everybody');
