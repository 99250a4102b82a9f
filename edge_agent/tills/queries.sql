-- name: shift_by_id
SELECT
    shift.id, shift.register_id, shift.currency, shift.float_minor, shift.business_date,
    shift.opened_at_ms, shift.opened_by, shift.closed_at_ms, z_report.z_number
FROM shift
LEFT JOIN z_report ON z_report.shift_id = shift.id
WHERE shift.id = :id;

-- name: open_shift_of_register
SELECT
    id, register_id, currency, float_minor, business_date, opened_at_ms, opened_by, closed_at_ms, NULL
FROM shift
WHERE register_id = :register_id AND closed_at_ms IS NULL;

-- name: last_closed_shift_of_register
SELECT
    shift.id, shift.register_id, shift.currency, shift.float_minor, shift.business_date,
    shift.opened_at_ms, shift.opened_by, shift.closed_at_ms, z_report.z_number
FROM z_report
JOIN shift ON shift.id = z_report.shift_id
WHERE z_report.register_id = :register_id
ORDER BY z_report.z_number DESC
LIMIT 1;

-- name: last_business_date
SELECT MAX(business_date)
FROM (
    SELECT business_date FROM shift WHERE register_id = :register_id
    UNION ALL
    SELECT business_date FROM z_floor WHERE register_id = :register_id
)
WHERE business_date <= :until;

-- name: insert_shift
INSERT INTO shift (id, register_id, currency, float_minor, business_date, opened_at_ms, opened_by)
VALUES (:id, :register_id, :currency, :float_minor, :business_date, :opened_at_ms, :opened_by);

-- name: close_shift
UPDATE shift SET closed_at_ms = :closed_at_ms WHERE id = :id AND closed_at_ms IS NULL;

-- name: next_z_number
SELECT COALESCE(MAX(z_number), 0) + 1
FROM (
    SELECT z_number FROM z_report WHERE register_id = :register_id
    UNION ALL
    SELECT z_number FROM z_floor WHERE register_id = :register_id
);

-- name: raise_z_floor
INSERT INTO z_floor (register_id, z_number, business_date, perpetual)
VALUES (:register_id, :z_number, :business_date, :perpetual)
ON CONFLICT (register_id) DO UPDATE SET
    perpetual = CASE
        WHEN excluded.z_number >= z_number THEN COALESCE(excluded.perpetual, perpetual)
        ELSE perpetual
    END,
    z_number = MAX(z_number, excluded.z_number),
    business_date = MAX(business_date, excluded.business_date);

-- name: floor_perpetual
SELECT z_number, perpetual
FROM z_floor
WHERE register_id = :register_id AND perpetual IS NOT NULL;

-- name: newest_perpetual
-- Of the register's Zs in this currency, or of those of one business year alone.
SELECT z_number, json_extract(CAST(document AS TEXT), '$.perpetual')
FROM z_report
WHERE
    register_id = :register_id
    AND json_extract(CAST(document AS TEXT), '$.currency') = :currency
    AND json_extract(CAST(document AS TEXT), '$.perpetual') IS NOT NULL
    AND (:year IS NULL OR json_extract(CAST(document AS TEXT), '$.perpetual.year') = :year)
ORDER BY z_number DESC
LIMIT 1;

-- name: insert_z_report
INSERT INTO z_report (register_id, z_number, shift_id, document)
VALUES (:register_id, :z_number, :shift_id, :document);

-- name: z_report_by_number
SELECT document FROM z_report WHERE register_id = :register_id AND z_number = :z_number;

-- name: z_report_by_shift
SELECT document FROM z_report WHERE shift_id = :shift_id;

-- name: cash_movement_by_id
SELECT content_hash, answer FROM cash_movement WHERE id = :id;

-- name: insert_cash_movement
INSERT INTO cash_movement (id, shift_id, kind, amount_minor, content_hash, answer)
VALUES (:id, :shift_id, :kind, :amount_minor, :content_hash, :answer);

-- name: shift_cash_movements
SELECT kind, SUM(amount_minor) FROM cash_movement WHERE shift_id = :shift_id GROUP BY kind;
