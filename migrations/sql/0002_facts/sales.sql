-- Tickets. kind gives the direction: amounts are positive in both, sums subtract returns.

create table sale (
  organization_id uuid not null,
  business_date date not null,
  id uuid not null,
  kind text not null check (kind in ('sale', 'return')),
  store_id uuid not null,
  register_id uuid,
  shift_id uuid,
  staff_id uuid,
  customer_id uuid,
  device_id uuid not null,
  epoch bigint not null,
  seq bigint not null,
  series_epoch bigint not null,
  receipt_number bigint not null,
  mode text not null check (mode in ('live', 'handed_over')),
  currency text not null,
  prices_include_tax boolean not null,
  rules_version text not null,
  price_version bigint not null,
  rung_at timestamptz not null,
  occurred_at timestamptz not null,
  received_at timestamptz not null,
  local_hour smallint not null check (local_hour between 0 and 23),
  line_count integer not null,
  lines_minor bigint not null,
  discount_minor bigint not null,
  tax_minor bigint not null,
  added_tax_minor bigint not null,
  duty_minor bigint not null,
  due_minor bigint not null,
  cash_rounding_minor bigint not null,
  payable_minor bigint not null,
  tendered_minor bigint not null,
  change_minor bigint not null,
  flags text[] not null,
  addendum_to_z bigint,
  reason text,
  original_sale_id uuid,
  primary key (organization_id, business_date, id)
) partition by range (business_date);

create index sale_by_store on sale (organization_id, store_id, business_date, id);

create index sale_by_shift on sale (organization_id, shift_id);

create index sale_by_original on sale (organization_id, original_sale_id)
  where original_sale_id is not null;

-- net_minor and tax_minor share out the ticket's tax lines exactly (largest remainder), so that
-- sums over lines equal sums over tickets.
create table sale_line (
  organization_id uuid not null,
  business_date date not null,
  sale_id uuid not null,
  line_no integer not null,
  sale_kind text not null,
  store_id uuid not null,
  currency text not null,
  product_id uuid not null,
  code text,
  name text not null,
  quantity numeric not null,
  unit text not null,
  unit_price_minor bigint not null,
  list_price_minor bigint,
  price_reason text,
  tax_id text not null,
  tax_rate_ppm integer not null,
  gross_minor bigint not null,
  line_discount_minor bigint not null,
  ticket_discount_minor bigint not null,
  amount_minor bigint not null,
  net_minor bigint not null,
  tax_minor bigint not null,
  discount_percent_ppm integer,
  discount_amount_minor bigint,
  discount_reason text,
  original_line_no integer,
  primary key (organization_id, business_date, sale_id, line_no)
) partition by range (business_date);

create table sale_tax_line (
  organization_id uuid not null,
  business_date date not null,
  sale_id uuid not null,
  line_no integer not null,
  sale_kind text not null,
  store_id uuid not null,
  currency text not null,
  tax_id text not null,
  rate_ppm integer not null,
  base_minor bigint not null,
  tax_minor bigint not null,
  gross_minor bigint not null,
  primary key (organization_id, business_date, sale_id, line_no)
) partition by range (business_date);

-- amount_minor as tendered. net_minor is without the change that was given back on it.
create table sale_tender (
  organization_id uuid not null,
  business_date date not null,
  sale_id uuid not null,
  line_no integer not null,
  sale_kind text not null,
  store_id uuid not null,
  currency text not null,
  kind text not null,
  amount_minor bigint not null,
  net_minor bigint not null,
  reference text,
  primary key (organization_id, business_date, sale_id, line_no)
) partition by range (business_date);
