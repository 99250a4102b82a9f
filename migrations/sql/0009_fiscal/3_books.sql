-- What tickets, Z reports and rollups say besides, and invoices.

alter table sale
  add column promotion_minor bigint not null default 0,
  add column paper text not null default 'ticket',
  add column coupons text[] not null default '{}',
  add column cash_step_minor bigint,
  add column duty_tariff json,
  add column legal_entity_id uuid,
  add column regime text,
  add column exemption text;

-- promotions: [{"promotion_id": …, "amount_minor": …}, …] as the ticket has them.
alter table sale_line
  add column promotion_minor bigint not null default 0,
  add column promotions json not null default '[]',
  add column tax_treatment text not null default 'taxed',
  add column price_list_id uuid;

alter table sale_tax_line add column treatment text not null default 'taxed';

alter table rollup_hour_store_sku add column promotion_minor bigint not null default 0;
alter table rollup_day_store add column promotion_minor bigint not null default 0;
-- Exempt is no rate of 0 %: sums of the two are kept apart.
alter table rollup_day_store_tax
  add column treatment text not null default 'taxed',
  drop constraint rollup_day_store_tax_pkey,
  add primary key (organization_id, store_id, business_date, currency, tax_id, rate_ppm, treatment);

-- certificate_serial: of the key that signed the Z; null where it bears no signature that the hub
-- could check.
alter table z_report
  add column duty_minor bigint not null default 0,
  add column duty_count bigint not null default 0,
  add column perpetual json,
  add column addenda json not null default '[]',
  add column chain_hash bytea,
  add column signature bytea,
  add column certificate_serial text;

-- Tickets that came after their Z: few, and looked for by the Z that tells of them.
create index sale_addenda on sale (organization_id, register_id, addendum_to_z)
  where addendum_to_z is not null;

-- source: whose series the number is of. A shop's are facts: a number that is there twice, or lacks
-- the one before, is a discrepancy and never refused. series_epoch is 0 in the hub's own series.
create table invoice (
  organization_id uuid not null,
  id uuid not null,
  source text not null check (source in ('shop', 'hub')),
  kind text not null check (kind in ('invoice', 'credit_note')),
  legal_entity_id uuid not null,
  store_id uuid not null,
  register_id uuid,
  series_epoch bigint not null,
  year bigint not null,
  number bigint not null,
  issued_on date not null,
  ticket_id uuid not null,
  currency text not null,
  payable_minor bigint not null,
  seller json not null,
  -- Whose key (person_key) opens `buyer`.
  buyer_id uuid not null,
  buyer bytea not null,
  corrects uuid,
  exemption text,
  staff_id uuid,
  device_id uuid,
  business_date date not null,
  occurred_at timestamptz not null,
  received_at timestamptz not null,
  primary key (organization_id, id)
);

create index invoice_by_series on invoice
  (organization_id, legal_entity_id, register_id, series_epoch, year, kind, number);
create index invoice_by_ticket on invoice (organization_id, ticket_id);
create index invoice_by_store on invoice (organization_id, store_id, business_date);
create unique index invoice_of_hub on invoice (organization_id, legal_entity_id, year, kind, number)
  where source = 'hub';

-- The last number given; its row is locked while the next one is.
create table hub_invoice_series (
  organization_id uuid not null,
  legal_entity_id uuid not null,
  year bigint not null,
  kind text not null check (kind in ('invoice', 'credit_note')),
  last_number bigint not null check (last_number >= 1),
  primary key (organization_id, legal_entity_id, year, kind),
  foreign key (organization_id, legal_entity_id) references legal_entity
);
