-- name: ticket_by_id
SELECT kind, content_hash, answer FROM ticket WHERE id = :id;

-- name: next_receipt_number
-- Read and used inside one savepoint of the one writer, so a number is never given twice and a
-- refused ticket leaves no gap.
SELECT COALESCE(MAX(receipt_number), 0) + 1
FROM ticket
WHERE register_id = :register_id AND series_epoch = :series_epoch;

-- name: insert_ticket
INSERT INTO ticket (
    id, kind, mode, register_id, shift_id, addendum_to_z, business_date, currency, series_epoch,
    receipt_number, payable_minor, change_minor, duty_minor, original_sale_id, content_hash, answer
) VALUES (
    :id, :kind, :mode, :register_id, :shift_id, :addendum_to_z, :business_date, :currency,
    :series_epoch, :receipt_number, :payable_minor, :change_minor, :duty_minor, :original_sale_id,
    :content_hash, :answer
);

-- name: insert_tender
INSERT INTO ticket_tender (ticket_id, position, kind, amount_minor)
VALUES (:ticket_id, :position, :kind, :amount_minor);

-- name: insert_tax
INSERT INTO ticket_tax (ticket_id, tax_id, rate_ppm, base_minor, tax_minor, treatment)
VALUES (:ticket_id, :tax_id, :rate_ppm, :base_minor, :tax_minor, :treatment);

-- name: old_tickets
-- Of the oldest ones; never the newest of a series, because the next number follows from it, no
-- addendum that a Z is still to tell of, and none whose invoice may be printed again.
SELECT id
FROM (
    SELECT id, business_date, register_id, series_epoch, receipt_number
    FROM ticket
    WHERE
        (addendum_to_z IS NULL OR told_in_z IS NOT NULL)
        AND NOT EXISTS (SELECT 1 FROM invoice WHERE invoice.ticket_id = ticket.id)
    ORDER BY rowid
    LIMIT :most
) AS oldest
WHERE
    business_date < :before
    AND receipt_number < (
        SELECT MAX(receipt_number)
        FROM ticket
        WHERE
            ticket.register_id = oldest.register_id
            AND ticket.series_epoch = oldest.series_epoch
    );

-- name: drop_tenders
DELETE FROM ticket_tender WHERE ticket_id = :id;

-- name: drop_taxes
DELETE FROM ticket_tax WHERE ticket_id = :id;

-- name: drop_ticket
DELETE FROM ticket WHERE id = :id;

-- name: returns_of_sale
SELECT answer FROM ticket WHERE original_sale_id = :sale_id;

-- name: shift_counts
-- SUM refuses what is beyond 64 bits. No ticket has more than 10¹² of anything that is summed up in
-- a shift (promise M, checkout/rules/handed_over.py), so that nine million largest ones fit.
SELECT
    kind,
    COUNT(*),
    SUM(payable_minor),
    SUM(change_minor),
    SUM(mode = 'handed_over'),
    SUM(duty_minor),
    SUM(duty_minor > 0)
FROM ticket
WHERE shift_id = :shift_id AND currency = :currency AND addendum_to_z IS NULL
GROUP BY kind;

-- name: shift_tenders
SELECT ticket.kind, ticket_tender.kind, COUNT(*), SUM(ticket_tender.amount_minor)
FROM ticket
JOIN ticket_tender ON ticket_tender.ticket_id = ticket.id
WHERE
    ticket.shift_id = :shift_id
    AND ticket.currency = :currency
    AND ticket.addendum_to_z IS NULL
GROUP BY ticket.kind, ticket_tender.kind
ORDER BY ticket_tender.kind, ticket.kind;

-- name: shift_taxes
SELECT
    ticket_tax.tax_id,
    ticket_tax.rate_ppm,
    SUM(CASE ticket.kind WHEN 'sale' THEN base_minor ELSE -base_minor END),
    SUM(CASE ticket.kind WHEN 'sale' THEN tax_minor ELSE -tax_minor END),
    ticket_tax.treatment,
    COUNT(*)
FROM ticket
JOIN ticket_tax ON ticket_tax.ticket_id = ticket.id
WHERE
    ticket.shift_id = :shift_id
    AND ticket.currency = :currency
    AND ticket.addendum_to_z IS NULL
GROUP BY ticket_tax.tax_id, ticket_tax.rate_ppm, ticket_tax.treatment
ORDER BY ticket_tax.tax_id, ticket_tax.rate_ppm, ticket_tax.treatment;

-- name: untold_addenda
-- Of at most so many Zs; those beyond are the next one's.
SELECT
    addendum_to_z,
    kind,
    CAST(substr(business_date, 1, 4) AS INTEGER),
    COUNT(*),
    SUM(payable_minor),
    SUM(duty_minor)
FROM ticket
WHERE
    register_id = :register_id
    AND currency = :currency
    AND told_in_z IS NULL
    AND addendum_to_z IN (
        SELECT DISTINCT addendum_to_z
        FROM ticket
        WHERE
            register_id = :register_id
            AND currency = :currency
            AND addendum_to_z IS NOT NULL
            AND told_in_z IS NULL
        ORDER BY addendum_to_z
        LIMIT :most
    )
GROUP BY addendum_to_z, kind, substr(business_date, 1, 4)
ORDER BY addendum_to_z, kind, substr(business_date, 1, 4);

-- name: tell_addenda
UPDATE ticket SET told_in_z = :z_number
WHERE
    register_id = :register_id
    AND currency = :currency
    AND addendum_to_z = :addendum_to_z
    AND told_in_z IS NULL;

-- name: shift_receipts
-- The numbers of the newest series: a restored device starts a new one in the middle of a shift.
SELECT series_epoch, MIN(receipt_number), MAX(receipt_number)
FROM ticket
WHERE shift_id = :shift_id AND currency = :currency AND addendum_to_z IS NULL
GROUP BY series_epoch
ORDER BY series_epoch DESC
LIMIT 1;

-- name: quarantined_exists
SELECT 1 FROM quarantined_ticket WHERE ticket_id = :ticket_id AND content_hash = :content_hash;

-- name: quarantine_size
SELECT COUNT(*), COALESCE(SUM(LENGTH(body)), 0) FROM quarantined_ticket WHERE settled_at_ms IS NULL;

-- name: insert_quarantined
INSERT INTO quarantined_ticket (
    ticket_id, kind, reason, register_id, staff_id, received_at_ms, content_hash, body
) VALUES (
    :ticket_id, :kind, :reason, :register_id, :staff_id, :received_at_ms, :content_hash, :body
);

-- name: quarantined_page
SELECT id, ticket_id, kind, reason, register_id, staff_id, received_at_ms, LENGTH(body)
FROM quarantined_ticket
WHERE settled_at_ms IS NULL AND id > :after
ORDER BY id
LIMIT :most;

-- name: quarantined_requests
SELECT
    id, ticket_id, kind, reason, register_id, staff_id, received_at_ms, LENGTH(body), content_hash,
    body
FROM quarantined_ticket
WHERE ticket_id = :ticket_id AND settled_at_ms IS NULL
ORDER BY id
LIMIT :most;

-- name: quarantined_known
SELECT 1 FROM quarantined_ticket WHERE ticket_id = :ticket_id;

-- name: quarantined_open
SELECT 1 FROM quarantined_ticket WHERE id = :number AND settled_at_ms IS NULL;

-- name: settle_quarantined
UPDATE quarantined_ticket
SET settled_at_ms = :at_ms, settled_by = :staff_id, settled_why = :why
WHERE
    ticket_id = :ticket_id
    AND settled_at_ms IS NULL
    AND (:number IS NULL OR id = :number);

-- name: drop_settled
-- Those that were settled before :before_ms, and the oldest ones beyond :most_bytes of them all.
DELETE FROM quarantined_ticket
WHERE id IN (
    SELECT id
    FROM (
        SELECT
            id,
            settled_at_ms,
            SUM(LENGTH(body)) OVER (ORDER BY settled_at_ms DESC, id DESC) AS running_bytes
        FROM quarantined_ticket
        WHERE settled_at_ms IS NOT NULL
    ) AS settled
    WHERE settled_at_ms < :before_ms OR running_bytes > :most_bytes
    LIMIT :most
);
