-- Price lists, prices that belong to one or count from a quantity on, and promotions.

create table price_list (
  organization_id uuid not null references organization,
  price_list_id uuid not null,
  name text not null check (name <> ''),
  everybody boolean not null,
  valid_from date,
  valid_until date,
  active boolean not null default true,
  updated_at timestamptz not null,
  primary key (organization_id, price_list_id),
  check (valid_until >= valid_from)
);

create table price_list_customer (
  organization_id uuid not null,
  price_list_id uuid not null,
  customer_id uuid not null,
  primary key (organization_id, price_list_id, customer_id),
  foreign key (organization_id, price_list_id) references price_list
);

-- price_list_id null: the shop's own prices. min_quantity null: any quantity.
alter table price
  add column price_list_id uuid,
  add column min_quantity numeric check (min_quantity > 0),
  drop constraint price_organization_id_product_id_store_id_currency_effectiv_key,
  add constraint price_point_key unique nulls not distinct
    (organization_id, product_id, store_id, currency, effective_at, price_list_id, min_quantity),
  add constraint price_list_fkey
    foreign key (organization_id, price_list_id) references price_list;

-- Which of the amounts a kind needs is checkout's to say. store_ids null: every store of the
-- currency. goods, happy_hour and parts are as the shops get them.
create table promotion (
  organization_id uuid not null references organization,
  promotion_id uuid not null,
  names jsonb not null check (names <> '{}'),
  kind text not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  starts_on date not null,
  ends_on date not null,
  store_ids uuid[],
  goods jsonb not null,
  happy_hour jsonb,
  coupon text,
  price_lists uuid[] not null default '{}',
  stacks boolean not null,
  percent_ppm integer,
  amount_minor bigint,
  buy bigint,
  pay bigint,
  parts jsonb not null,
  price_minor bigint,
  min_spend_minor bigint not null,
  most bigint,
  active boolean not null default true,
  updated_at timestamptz not null,
  primary key (organization_id, promotion_id),
  check (ends_on >= starts_on)
);
