-- name: put_price_list
insert into price_list
  (organization_id, price_list_id, name, everybody, valid_from, valid_until, active, updated_at)
values
  (:organization_id, :price_list_id, :name, :everybody, :valid_from, :valid_until, :active, :at)
on conflict (organization_id, price_list_id) do update set name = excluded.name,
  everybody = excluded.everybody, valid_from = excluded.valid_from,
  valid_until = excluded.valid_until, active = excluded.active, updated_at = excluded.updated_at;

-- name: other_customers
delete from price_list_customer
where organization_id = :organization_id and price_list_id = :price_list_id
  and customer_id <> all(cast(:customer_ids as uuid[]));

-- name: put_customers
insert into price_list_customer (organization_id, price_list_id, customer_id)
select :organization_id, :price_list_id, customer_id
from unnest(cast(:customer_ids as uuid[])) as customer_id
on conflict do nothing;

-- name: price_lists
select l.price_list_id, l.name, l.everybody, l.valid_from, l.valid_until, l.active,
  coalesce(c.customer_ids, '{}') as customer_ids
from price_list l
left join lateral (
  select array_agg(x.customer_id order by x.customer_id) as customer_ids
  from price_list_customer x
  where x.organization_id = :organization_id and x.price_list_id = l.price_list_id
) c on true
where l.organization_id = :organization_id
order by l.price_list_id;

-- name: promotions
select promotion_id, names, kind, currency, starts_on, ends_on, store_ids, goods, happy_hour,
  coupon, price_lists, stacks, percent_ppm, amount_minor, buy, pay, parts, price_minor,
  min_spend_minor, most, active
from promotion
where organization_id = :organization_id
order by promotion_id;
