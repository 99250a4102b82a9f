-- name: on_hand
select h.store_id, h.product_id, h.quantity, h.unit, h.moved_at
from stock_on_hand h
where h.organization_id = :organization_id
  and (cast(:store_id as uuid) is null or h.store_id = cast(:store_id as uuid))
  and (cast(:product_id as uuid) is null or h.product_id = cast(:product_id as uuid))
  and (cast(:after_store as uuid) is null
    or (h.store_id, h.product_id) > (cast(:after_store as uuid), cast(:after_product as uuid)))
order by h.store_id, h.product_id
limit :most
