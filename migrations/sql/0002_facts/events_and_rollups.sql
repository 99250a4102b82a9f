-- What happened, in the order it became visible; positions come from tenant_counter (DESIGN §4).

CREATE TABLE event (
    organization_id uuid NOT NULL,
    position bigint NOT NULL,
    id uuid NOT NULL,
    type text NOT NULL,
    store_id uuid,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    payload json NOT NULL,
    PRIMARY KEY (organization_id, position)
) PARTITION BY HASH (organization_id);

-- Returns subtract in every sum of the rollups; `returns` and `returns_count` count them.
CREATE TABLE rollup_hour_store_sku (
    organization_id uuid NOT NULL,
    store_id uuid NOT NULL,
    business_date date NOT NULL,
    hour smallint NOT NULL,
    product_id uuid NOT NULL,
    currency text NOT NULL,
    quantity numeric NOT NULL,
    gross_minor bigint NOT NULL,
    discount_minor bigint NOT NULL,
    net_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    tickets bigint NOT NULL,
    returns bigint NOT NULL,
    PRIMARY KEY (organization_id, store_id, business_date, hour, product_id, currency)
);

CREATE TABLE rollup_day_store (
    organization_id uuid NOT NULL,
    store_id uuid NOT NULL,
    business_date date NOT NULL,
    currency text NOT NULL,
    sales_count bigint NOT NULL,
    returns_count bigint NOT NULL,
    line_count bigint NOT NULL,
    sales_minor bigint NOT NULL,
    returns_minor bigint NOT NULL,
    payable_minor bigint NOT NULL,
    discount_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    duty_minor bigint NOT NULL,
    cash_rounding_minor bigint NOT NULL,
    PRIMARY KEY (organization_id, store_id, business_date, currency)
) WITH (fillfactor = 70);

CREATE TABLE rollup_day_store_tax (
    organization_id uuid NOT NULL,
    store_id uuid NOT NULL,
    business_date date NOT NULL,
    currency text NOT NULL,
    tax_id text NOT NULL,
    rate_ppm integer NOT NULL,
    base_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    gross_minor bigint NOT NULL,
    PRIMARY KEY (organization_id, store_id, business_date, currency, tax_id, rate_ppm)
) WITH (fillfactor = 70);

CREATE TABLE rollup_day_store_tender (
    organization_id uuid NOT NULL,
    store_id uuid NOT NULL,
    business_date date NOT NULL,
    currency text NOT NULL,
    kind text NOT NULL,
    tender_count bigint NOT NULL,
    net_minor bigint NOT NULL,
    PRIMARY KEY (organization_id, store_id, business_date, currency, kind)
) WITH (fillfactor = 70);
