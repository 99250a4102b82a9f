drop table hub_invoice_series;
drop table invoice;
drop index sale_addenda;
alter table z_report
  drop column duty_minor, drop column duty_count, drop column perpetual, drop column addenda,
  drop column chain_hash, drop column signature, drop column certificate_serial;
-- Sums that only the treatment told apart become one again.
alter table rollup_day_store_tax no force row level security;
create temp table merged on commit drop as
  select organization_id, store_id, business_date, currency, tax_id, rate_ppm,
    cast(sum(base_minor) as bigint) as base_minor, cast(sum(tax_minor) as bigint) as tax_minor,
    cast(sum(gross_minor) as bigint) as gross_minor
  from rollup_day_store_tax
  group by organization_id, store_id, business_date, currency, tax_id, rate_ppm;
delete from rollup_day_store_tax;
alter table rollup_day_store_tax
  drop constraint rollup_day_store_tax_pkey,
  drop column treatment,
  add primary key (organization_id, store_id, business_date, currency, tax_id, rate_ppm);
insert into rollup_day_store_tax
  (organization_id, store_id, business_date, currency, tax_id, rate_ppm, base_minor, tax_minor,
   gross_minor)
select organization_id, store_id, business_date, currency, tax_id, rate_ppm, base_minor, tax_minor,
  gross_minor
from merged;
alter table rollup_day_store_tax force row level security;
alter table rollup_day_store drop column promotion_minor;
alter table rollup_hour_store_sku drop column promotion_minor;
alter table sale_tax_line drop column treatment;
alter table sale_line
  drop column promotion_minor, drop column promotions, drop column tax_treatment,
  drop column price_list_id;
alter table sale
  drop column promotion_minor, drop column paper, drop column coupons, drop column cash_step_minor,
  drop column duty_tariff, drop column legal_entity_id, drop column regime, drop column exemption;

drop table promotion;
alter table price no force row level security;
delete from price where price_list_id is not null or min_quantity is not null;
alter table price force row level security;
alter table price
  drop constraint price_list_fkey, drop constraint price_point_key,
  drop column price_list_id, drop column min_quantity,
  add constraint price_organization_id_product_id_store_id_currency_effectiv_key
    unique nulls not distinct (organization_id, product_id, store_id, currency, effective_at);
drop table price_list_customer;
drop table price_list;

drop table duty_tariff;
drop table cash_denomination;
drop table cash_step;
drop table legal_entity_regime;
alter table store_setting drop column cashier_may;
alter table legal_entity
  drop constraint legal_entity_code_key, drop column code, drop column address, drop column phone,
  add column tax_regime text not null default '';
