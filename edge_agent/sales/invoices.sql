-- name: invoice_by_id
SELECT document FROM invoice WHERE id = :id;

-- name: invoice_of_ticket
SELECT document FROM invoice WHERE ticket_id = :ticket_id;

-- name: next_invoice_number
-- Read and used inside one savepoint of the one writer, like a receipt's.
SELECT COALESCE(MAX(number), 0) + 1
FROM invoice
WHERE
    legal_entity_id = :legal_entity_id
    AND register_id = :register_id
    AND series_epoch = :series_epoch
    AND year = :year
    AND kind = :kind;

-- name: insert_invoice
INSERT INTO invoice (
    id, ticket_id, kind, legal_entity_id, register_id, series_epoch, year, number, document
) VALUES (
    :id, :ticket_id, :kind, :legal_entity_id, :register_id, :series_epoch, :year, :number, :document
);
