-- name: add_on_hand
-- Ordered, so that two groups of one shop never wait for each other in a circle.
insert into stock_on_hand
  (organization_id, store_id, product_id, quantity, unit, moved_at)
select
  :organization_id, fresh.store_id, fresh.product_id, fresh.quantity, fresh.unit, fresh.moved_at
from unnest(
  cast(:store_ids as uuid[]), cast(:product_ids as uuid[]), cast(:quantities as numeric[]),
  cast(:units as text[]), cast(:times as timestamptz[])
) as fresh (store_id, product_id, quantity, unit, moved_at)
order by fresh.store_id, fresh.product_id
on conflict (organization_id, store_id, product_id) do update set
  quantity = stock_on_hand.quantity + excluded.quantity,
  unit = excluded.unit,
  moved_at = greatest(stock_on_hand.moved_at, excluded.moved_at);
