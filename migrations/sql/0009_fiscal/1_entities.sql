-- Who is liable, under which regime, and how cash is paid. Legal facts are dated rows that an
-- accountant changes; `verify` marks those to be confirmed by one.

alter table legal_entity
  drop column tax_regime,
  add column code text not null default '',
  -- Lines, as printed.
  add column address text[] not null default '{}',
  add column phone text not null default '';
-- Forced row security hides every row from the owner too.
alter table legal_entity no force row level security;
update legal_entity set code = cast(legal_entity_id as text);
alter table legal_entity force row level security;
alter table legal_entity
  alter column code drop default,
  add constraint legal_entity_code_check check (code <> ''),
  add constraint legal_entity_code_key unique (organization_id, code);

create table legal_entity_regime (
  organization_id uuid not null,
  legal_entity_id uuid not null,
  valid_from date not null,
  kind text not null check (kind in ('reel', 'ifu')),
  verify boolean not null default false,
  primary key (organization_id, legal_entity_id, valid_from),
  foreign key (organization_id, legal_entity_id) references legal_entity
);

-- Each wins over what the program ships for its currency.
create table cash_step (
  organization_id uuid not null references organization,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  valid_from date not null,
  step_minor bigint not null check (step_minor between 1 and 1000000000000),
  verify boolean not null default false,
  primary key (organization_id, currency, valid_from)
);

create table cash_denomination (
  organization_id uuid not null references organization,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  amount_minor bigint not null check (amount_minor between 1 and 1000000000000),
  primary key (organization_id, currency, amount_minor)
);

-- brackets: [{"above_minor": …, "tranche_minor": …, "duty_minor": …}, …], rising.
create table duty_tariff (
  organization_id uuid not null references organization,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  valid_from date not null,
  mode text not null check (mode in ('whole', 'marginal')),
  scope text not null check (scope in ('invoices', 'tickets')),
  brackets jsonb not null,
  exempt_up_to_minor bigint not null,
  minimum_minor bigint not null,
  maximum_minor bigint,
  verify boolean not null default false,
  primary key (organization_id, currency, valid_from)
);

-- What a cashier does without a manager's PIN.
alter table store_setting
  add column cashier_may text[] not null default '{override_price,discount}';
