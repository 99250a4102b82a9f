-- name: put_legal_entity
insert into legal_entity
  (organization_id, legal_entity_id, code, name, address, nif, nis, rc, ai, phone, created_at)
values
  (:organization_id, :legal_entity_id, :code, :name, :address, :nif, :nis, :rc, :ai, :phone, :at)
on conflict (organization_id, legal_entity_id) do update set code = excluded.code,
  name = excluded.name, address = excluded.address, nif = excluded.nif, nis = excluded.nis,
  rc = excluded.rc, ai = excluded.ai, phone = excluded.phone;

-- name: other_regimes
delete from legal_entity_regime
where organization_id = :organization_id and legal_entity_id = :legal_entity_id
  and valid_from <> all(cast(:dates as date[]));

-- name: legal_entities
select e.legal_entity_id, e.code, e.name, e.address, e.nif, e.nis, e.rc, e.ai, e.phone
from legal_entity e
where e.organization_id = :organization_id
order by e.legal_entity_id;

-- name: regimes
select legal_entity_id, valid_from, kind, verify from legal_entity_regime
where organization_id = :organization_id
order by legal_entity_id, valid_from;

-- name: entities_of_stores
select store_id, currency, legal_entity_id from store
where organization_id = :organization_id and store_id = any(cast(:store_ids as uuid[]));

-- name: other_steps
delete from cash_step
where organization_id = :organization_id and currency = :currency
  and valid_from <> all(cast(:dates as date[]));

-- name: other_denominations
delete from cash_denomination
where organization_id = :organization_id and currency = :currency
  and amount_minor <> all(cast(:amounts as bigint[]));

-- name: put_denominations
insert into cash_denomination (organization_id, currency, amount_minor)
select :organization_id, :currency, amount from unnest(cast(:amounts as bigint[])) as amount
on conflict do nothing;

-- name: other_tariffs
delete from duty_tariff
where organization_id = :organization_id and currency = :currency
  and valid_from <> all(cast(:dates as date[]));

-- name: steps
select currency, valid_from, step_minor, verify from cash_step
where organization_id = :organization_id
order by currency, valid_from;

-- name: denominations
select currency, amount_minor from cash_denomination
where organization_id = :organization_id
order by currency, amount_minor desc;

-- name: tariffs
select currency, valid_from, mode, scope, brackets, exempt_up_to_minor, minimum_minor,
  maximum_minor, verify
from duty_tariff
where organization_id = :organization_id
order by currency, valid_from;
