-- What happened, in the order it became visible; positions come from tenant_counter (DESIGN §4).

create table event (
  organization_id uuid not null,
  position bigint not null,
  id uuid not null,
  type text not null,
  store_id uuid,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null,
  payload json not null,
  primary key (organization_id, position)
) partition by hash (organization_id);

-- Returns subtract in every sum of the rollups; `returns` and `returns_count` count them.
create table rollup_hour_store_sku (
  organization_id uuid not null,
  store_id uuid not null,
  business_date date not null,
  hour smallint not null,
  product_id uuid not null,
  currency text not null,
  quantity numeric not null,
  gross_minor bigint not null,
  discount_minor bigint not null,
  net_minor bigint not null,
  tax_minor bigint not null,
  tickets bigint not null,
  returns bigint not null,
  primary key (organization_id, store_id, business_date, hour, product_id, currency)
);

create table rollup_day_store (
  organization_id uuid not null,
  store_id uuid not null,
  business_date date not null,
  currency text not null,
  sales_count bigint not null,
  returns_count bigint not null,
  line_count bigint not null,
  sales_minor bigint not null,
  returns_minor bigint not null,
  payable_minor bigint not null,
  discount_minor bigint not null,
  tax_minor bigint not null,
  duty_minor bigint not null,
  cash_rounding_minor bigint not null,
  primary key (organization_id, store_id, business_date, currency)
) with (fillfactor = 70);

create table rollup_day_store_tax (
  organization_id uuid not null,
  store_id uuid not null,
  business_date date not null,
  currency text not null,
  tax_id text not null,
  rate_ppm integer not null,
  base_minor bigint not null,
  tax_minor bigint not null,
  gross_minor bigint not null,
  primary key (organization_id, store_id, business_date, currency, tax_id, rate_ppm)
) with (fillfactor = 70);

create table rollup_day_store_tender (
  organization_id uuid not null,
  store_id uuid not null,
  business_date date not null,
  currency text not null,
  kind text not null,
  tender_count bigint not null,
  net_minor bigint not null,
  primary key (organization_id, store_id, business_date, currency, kind)
) with (fillfactor = 70);
