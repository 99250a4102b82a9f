-- Tickets. kind gives the direction: amounts are positive in both, sums subtract returns.

CREATE TABLE sale (
    organization_id uuid NOT NULL,
    business_date date NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('sale', 'return')),
    store_id uuid NOT NULL,
    register_id uuid,
    shift_id uuid,
    staff_id uuid,
    customer_id uuid,
    device_id uuid NOT NULL,
    epoch bigint NOT NULL,
    seq bigint NOT NULL,
    series_epoch bigint NOT NULL,
    receipt_number bigint NOT NULL,
    mode text NOT NULL CHECK (mode IN ('live', 'handed_over')),
    currency text NOT NULL,
    prices_include_tax boolean NOT NULL,
    rules_version text NOT NULL,
    price_version bigint NOT NULL,
    rung_at timestamptz NOT NULL,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    local_hour smallint NOT NULL CHECK (local_hour BETWEEN 0 AND 23),
    line_count integer NOT NULL,
    lines_minor bigint NOT NULL,
    discount_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    added_tax_minor bigint NOT NULL,
    duty_minor bigint NOT NULL,
    due_minor bigint NOT NULL,
    cash_rounding_minor bigint NOT NULL,
    payable_minor bigint NOT NULL,
    tendered_minor bigint NOT NULL,
    change_minor bigint NOT NULL,
    flags text[] NOT NULL,
    addendum_to_z bigint,
    reason text,
    original_sale_id uuid,
    PRIMARY KEY (organization_id, business_date, id)
) PARTITION BY RANGE (business_date);

CREATE INDEX sale_by_store ON sale (organization_id, store_id, business_date, id);

CREATE INDEX sale_by_shift ON sale (organization_id, shift_id);

CREATE INDEX sale_by_original ON sale (organization_id, original_sale_id)
    WHERE original_sale_id IS NOT NULL;

-- net_minor and tax_minor share out the ticket's tax lines exactly (largest remainder), so that
-- sums over lines equal sums over tickets.
CREATE TABLE sale_line (
    organization_id uuid NOT NULL,
    business_date date NOT NULL,
    sale_id uuid NOT NULL,
    line_no integer NOT NULL,
    sale_kind text NOT NULL,
    store_id uuid NOT NULL,
    currency text NOT NULL,
    product_id uuid NOT NULL,
    code text,
    name text NOT NULL,
    quantity numeric NOT NULL,
    unit text NOT NULL,
    unit_price_minor bigint NOT NULL,
    list_price_minor bigint,
    price_reason text,
    tax_id text NOT NULL,
    tax_rate_ppm integer NOT NULL,
    gross_minor bigint NOT NULL,
    line_discount_minor bigint NOT NULL,
    ticket_discount_minor bigint NOT NULL,
    amount_minor bigint NOT NULL,
    net_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    discount_percent_ppm integer,
    discount_amount_minor bigint,
    discount_reason text,
    original_line_no integer,
    PRIMARY KEY (organization_id, business_date, sale_id, line_no)
) PARTITION BY RANGE (business_date);

CREATE TABLE sale_tax_line (
    organization_id uuid NOT NULL,
    business_date date NOT NULL,
    sale_id uuid NOT NULL,
    line_no integer NOT NULL,
    sale_kind text NOT NULL,
    store_id uuid NOT NULL,
    currency text NOT NULL,
    tax_id text NOT NULL,
    rate_ppm integer NOT NULL,
    base_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    gross_minor bigint NOT NULL,
    PRIMARY KEY (organization_id, business_date, sale_id, line_no)
) PARTITION BY RANGE (business_date);

-- amount_minor as tendered. net_minor is without the change that was given back on it.
CREATE TABLE sale_tender (
    organization_id uuid NOT NULL,
    business_date date NOT NULL,
    sale_id uuid NOT NULL,
    line_no integer NOT NULL,
    sale_kind text NOT NULL,
    store_id uuid NOT NULL,
    currency text NOT NULL,
    kind text NOT NULL,
    amount_minor bigint NOT NULL,
    net_minor bigint NOT NULL,
    reference text,
    PRIMARY KEY (organization_id, business_date, sale_id, line_no)
) PARTITION BY RANGE (business_date);
