create table category (
  organization_id uuid not null references organization,
  category_id uuid not null,
  parent_id uuid,
  code text not null,
  names jsonb not null,
  primary key (organization_id, category_id),
  unique (organization_id, code),
  foreign key (organization_id, parent_id) references category
);

create table tax_rate (
  organization_id uuid not null references organization,
  tax_id text not null check (tax_id <> ''),
  valid_from date not null,
  name text not null,
  rate_ppm integer not null check (rate_ppm between 0 and 1000000),
  exempt boolean not null default false,
  primary key (organization_id, tax_id, valid_from)
);

create table product (
  organization_id uuid not null references organization,
  product_id uuid not null,
  sku text not null check (sku <> ''),
  -- Language (fr, ar, en) → name.
  names jsonb not null check (names <> '{}'),
  unit text not null,
  tax_id text not null,
  category_id uuid,
  active boolean not null default true,
  -- Counts changes: the strong ETag of the resource.
  revision bigint not null default 1,
  proposed_by_device_id uuid,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (organization_id, product_id),
  unique (organization_id, sku),
  foreign key (organization_id, category_id) references category
);

-- Barcodes and internal codes; the SKU is not among them.
create table product_code (
  organization_id uuid not null,
  code text not null check (code <> ''),
  product_id uuid not null,
  primary key (organization_id, code),
  foreign key (organization_id, product_id) references product
);
create index product_code_product on product_code (organization_id, product_id);

-- A shop's own id for what turned out to be a known product. Facts keep the alias for ever.
create table product_alias (
  organization_id uuid not null,
  alias_id uuid not null,
  product_id uuid not null,
  created_at timestamptz not null,
  primary key (organization_id, alias_id),
  foreign key (organization_id, product_id) references product
);
create index product_alias_product on product_alias (organization_id, product_id);

-- store_id null: every store of the currency. effective_at null: since ever.
create table price (
  organization_id uuid not null,
  price_id uuid not null,
  product_id uuid not null,
  store_id uuid,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  unit_price_minor bigint not null check (unit_price_minor between 0 and 1000000000000),
  effective_at timestamptz,
  created_at timestamptz not null,
  primary key (organization_id, price_id),
  unique nulls not distinct (organization_id, product_id, store_id, currency, effective_at),
  foreign key (organization_id, product_id) references product,
  foreign key (organization_id, store_id) references store
);
