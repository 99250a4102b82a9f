-- name: tickets_of_invoices
select s.id, s.kind, s.store_id, s.currency, s.payable_minor
from fact_effect e
join sale s
  on s.organization_id = :organization_id and s.business_date = e.business_date
  and s.id = e.fact_id
where e.organization_id = :organization_id and e.fact_id = any(cast(:ids as uuid[]));

-- name: invoices_of_tickets
select distinct ticket_id from invoice
where organization_id = :organization_id and ticket_id = any(cast(:ids as uuid[]));

-- name: numbers_held
-- Of each wanted number's series: the highest that is there, and whether this one is.
select wanted.place,
  (select max(i.number) from invoice i
   where i.organization_id = :organization_id and i.legal_entity_id = wanted.legal_entity_id
     and i.register_id = wanted.register_id and i.series_epoch = wanted.series_epoch
     and i.year = wanted.year and i.kind = wanted.kind) as newest,
  exists (select from invoice i
   where i.organization_id = :organization_id and i.legal_entity_id = wanted.legal_entity_id
     and i.register_id = wanted.register_id and i.series_epoch = wanted.series_epoch
     and i.year = wanted.year and i.kind = wanted.kind and i.number = wanted.number) as taken
from unnest(
  cast(:entities as uuid[]), cast(:registers as uuid[]), cast(:epochs as bigint[]),
  cast(:years as bigint[]), cast(:kinds as text[]), cast(:numbers as bigint[])
) with ordinality
  as wanted (legal_entity_id, register_id, series_epoch, year, kind, number, place)
order by wanted.place;

-- name: lock_ticket
-- Nobody else makes an invoice of this ticket until the transaction ends.
select pg_advisory_xact_lock(
  hashtextextended('invoice ' || cast(cast(:ticket_id as uuid) as text), 0));

-- name: ticket_to_invoice
select s.id, s.kind, s.store_id, s.currency, s.payable_minor, s.exemption, s.original_sale_id,
  coalesce(s.legal_entity_id, t.legal_entity_id) as legal_entity_id, t.timezone
from fact_effect e
join sale s
  on s.organization_id = :organization_id and s.business_date = e.business_date
  and s.id = e.fact_id
join store t on t.organization_id = :organization_id and t.store_id = s.store_id
where e.organization_id = :organization_id and e.fact_id = :ticket_id;

-- name: newest_invoice
select id from invoice
where organization_id = :organization_id and ticket_id = :ticket_id and kind = 'invoice'
order by received_at desc, id desc
limit 1;

-- name: next_number
-- The row stays locked until the commit: a number that is given up is given again (no gap).
insert into hub_invoice_series (organization_id, legal_entity_id, year, kind, last_number)
values (:organization_id, :legal_entity_id, :year, :kind, 1)
on conflict (organization_id, legal_entity_id, year, kind)
do update set last_number = hub_invoice_series.last_number + 1
returning last_number;

-- name: keep_key
insert into person_key (organization_id, person_id, key, received_at)
values (:organization_id, :person_id, :key, :at);
