-- name: customer_by_id
SELECT customer.sealed, person_key.key
FROM customer
LEFT JOIN person_key ON person_key.person_id = customer.id
WHERE customer.id = :id;

-- name: insert_customer
INSERT INTO customer (id, sealed) VALUES (:id, :sealed);

-- name: insert_person_key
INSERT INTO person_key (person_id, key) VALUES (:person_id, :key);

-- name: person_key_by_id
SELECT key FROM person_key WHERE person_id = :person_id;
