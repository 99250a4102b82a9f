-- Stock movements append, on-hand derives. source_id is the fact (or the office's command).

CREATE TABLE stock_movement (
    organization_id uuid NOT NULL,
    business_date date NOT NULL,
    source_id uuid NOT NULL,
    line_no integer NOT NULL,
    store_id uuid NOT NULL,
    product_id uuid NOT NULL,
    kind text NOT NULL,
    quantity numeric NOT NULL,
    unit text NOT NULL,
    reason text,
    staff_id uuid,
    device_id uuid,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, business_date, source_id, line_no)
) PARTITION BY RANGE (business_date);

CREATE INDEX stock_movement_by_product
    ON stock_movement (organization_id, store_id, product_id, business_date);

CREATE TABLE stock_on_hand (
    organization_id uuid NOT NULL,
    store_id uuid NOT NULL,
    product_id uuid NOT NULL,
    quantity numeric NOT NULL,
    unit text NOT NULL,
    moved_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, store_id, product_id)
) WITH (fillfactor = 80);

-- opened_* stay NULL when only the close is known (its opening is parked or dead).
CREATE TABLE shift (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    store_id uuid NOT NULL,
    register_id uuid,
    device_id uuid NOT NULL,
    status text NOT NULL CHECK (status IN ('open', 'closed')),
    business_date date NOT NULL,
    currency text NOT NULL,
    float_minor bigint NOT NULL,
    opened_at timestamptz,
    opened_by uuid,
    closed_at timestamptz,
    closed_by uuid,
    PRIMARY KEY (organization_id, id)
);

CREATE INDEX shift_by_store ON shift (organization_id, store_id, business_date);

CREATE TABLE cash_movement (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    store_id uuid NOT NULL,
    register_id uuid,
    shift_id uuid,
    staff_id uuid,
    device_id uuid NOT NULL,
    business_date date NOT NULL,
    kind text NOT NULL CHECK (kind IN ('paid_in', 'paid_out', 'pickup', 'loan')),
    currency text NOT NULL,
    amount_minor bigint NOT NULL,
    reason text NOT NULL,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id)
);

CREATE INDEX cash_movement_by_store ON cash_movement (organization_id, store_id, business_date);

-- Immutable: a Z is written once and never again. id is the closing fact's.
CREATE TABLE z_report (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    store_id uuid NOT NULL,
    register_id uuid,
    shift_id uuid,
    staff_id uuid,
    device_id uuid NOT NULL,
    z_number bigint NOT NULL,
    business_date date NOT NULL,
    currency text NOT NULL,
    closed_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    sales_count bigint NOT NULL,
    returns_count bigint NOT NULL,
    handed_over_count bigint NOT NULL,
    gross_minor bigint NOT NULL,
    returns_minor bigint NOT NULL,
    net_minor bigint NOT NULL,
    tenders json NOT NULL,
    taxes json NOT NULL,
    float_minor bigint NOT NULL,
    cash_sales_minor bigint NOT NULL,
    cash_returns_minor bigint NOT NULL,
    paid_in_minor bigint NOT NULL,
    paid_out_minor bigint NOT NULL,
    pickup_minor bigint NOT NULL,
    loan_minor bigint NOT NULL,
    expected_minor bigint NOT NULL,
    counted_minor bigint NOT NULL,
    over_short_minor bigint NOT NULL,
    series_epoch bigint,
    first_receipt bigint,
    last_receipt bigint,
    PRIMARY KEY (organization_id, id)
);

CREATE INDEX z_report_by_register ON z_report (organization_id, register_id, z_number);

CREATE INDEX z_report_by_store ON z_report (organization_id, store_id, business_date);
