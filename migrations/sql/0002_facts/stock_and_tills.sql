-- Stock movements append, on-hand derives. source_id is the fact (or the office's command).

create table stock_movement (
  organization_id uuid not null,
  business_date date not null,
  source_id uuid not null,
  line_no integer not null,
  store_id uuid not null,
  product_id uuid not null,
  kind text not null,
  quantity numeric not null,
  unit text not null,
  reason text,
  staff_id uuid,
  device_id uuid,
  occurred_at timestamptz not null,
  received_at timestamptz not null,
  primary key (organization_id, business_date, source_id, line_no)
) partition by range (business_date);

create index stock_movement_by_product
  on stock_movement (organization_id, store_id, product_id, business_date);

create table stock_on_hand (
  organization_id uuid not null,
  store_id uuid not null,
  product_id uuid not null,
  quantity numeric not null,
  unit text not null,
  moved_at timestamptz not null,
  primary key (organization_id, store_id, product_id)
) with (fillfactor = 80);

-- opened_* stay NULL when only the close is known (its opening is parked or dead).
create table shift (
  organization_id uuid not null,
  id uuid not null,
  store_id uuid not null,
  register_id uuid,
  device_id uuid not null,
  status text not null check (status in ('open', 'closed')),
  business_date date not null,
  currency text not null,
  float_minor bigint not null,
  opened_at timestamptz,
  opened_by uuid,
  closed_at timestamptz,
  closed_by uuid,
  primary key (organization_id, id)
);

create index shift_by_store on shift (organization_id, store_id, business_date);

create table cash_movement (
  organization_id uuid not null,
  id uuid not null,
  store_id uuid not null,
  register_id uuid,
  shift_id uuid,
  staff_id uuid,
  device_id uuid not null,
  business_date date not null,
  kind text not null check (kind in ('paid_in', 'paid_out', 'pickup', 'loan')),
  currency text not null,
  amount_minor bigint not null,
  reason text not null,
  occurred_at timestamptz not null,
  received_at timestamptz not null,
  primary key (organization_id, id)
);

create index cash_movement_by_store on cash_movement (organization_id, store_id, business_date);

-- Immutable: a Z is written once and never again. id is the closing fact's.
create table z_report (
  organization_id uuid not null,
  id uuid not null,
  store_id uuid not null,
  register_id uuid,
  shift_id uuid,
  staff_id uuid,
  device_id uuid not null,
  z_number bigint not null,
  business_date date not null,
  currency text not null,
  closed_at timestamptz not null,
  received_at timestamptz not null,
  sales_count bigint not null,
  returns_count bigint not null,
  handed_over_count bigint not null,
  gross_minor bigint not null,
  returns_minor bigint not null,
  net_minor bigint not null,
  tenders json not null,
  taxes json not null,
  float_minor bigint not null,
  cash_sales_minor bigint not null,
  cash_returns_minor bigint not null,
  paid_in_minor bigint not null,
  paid_out_minor bigint not null,
  pickup_minor bigint not null,
  loan_minor bigint not null,
  expected_minor bigint not null,
  counted_minor bigint not null,
  over_short_minor bigint not null,
  series_epoch bigint,
  first_receipt bigint,
  last_receipt bigint,
  primary key (organization_id, id)
);

create index z_report_by_register on z_report (organization_id, register_id, z_number);

create index z_report_by_store on z_report (organization_id, store_id, business_date);
