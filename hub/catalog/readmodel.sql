-- name: products
-- :terms are folded words; each must begin a word of the names, the SKU or the codes, which are
-- folded and parted as protocol.vocabulary.text does: decomposed, without marks, one alef, yeh and
-- heh; what is no letter and no digit parts words. No locale is asked: the server may have none.
select
  p.product_id, p.sku, p.names, p.unit, p.tax_id, g.code as category_code, p.active, p.revision,
  p.created_at, p.updated_at, c.codes
from product p
left join category g on g.organization_id = :organization_id and g.category_id = p.category_id
left join lateral (
  select coalesce(array_agg(x.code order by x.code), '{}') as codes from product_code x
  where x.organization_id = :organization_id and x.product_id = p.product_id
) c on true
where p.organization_id = :organization_id
  and (cast(:product_id as uuid) is null or p.product_id = cast(:product_id as uuid))
  and (cast(:spellings as text[]) is null or p.sku = any(cast(:spellings as text[]))
    or p.product_id in (
      select y.product_id from product_code y
      where y.organization_id = :organization_id and y.code = any(cast(:spellings as text[]))))
  and (cast(:active as boolean) is null or p.active = cast(:active as boolean))
  and (cast(:terms as text[]) is null or not exists (
    select from unnest(cast(:terms as text[])) as t(term),
      lateral (select regexp_replace(replace(replace(replace(translate(
        lower(regexp_replace(
          normalize(concat_ws(
            ' ', p.names ->> 'fr', p.names ->> 'ar', p.names ->> 'en', p.sku,
            array_to_string(c.codes, ' ')), nfkd),
          '[\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]', '', 'g')),
        'ٱىیکةøđłıØĐŁŒÆ٠١٢٣٤٥٦٧٨٩', 'اييكهodliodlœæ0123456789'), 'œ', 'oe'), 'æ', 'ae'), 'ß', 'ss'),
        '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf'
        '\u00d7\u00f7\u060c\u061b\u061f\u066a-\u066d\u06d4\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff'
        '\u3000-\u3003\u3008-\u3011\ufffd]+', ' ', 'g') as text) f
    where strpos(' ' || f.text, ' ' || t.term) = 0))
  and (cast(:after_id as uuid) is null or p.product_id > cast(:after_id as uuid))
order by p.product_id
limit :most

-- name: prices
select
  r.price_id, r.product_id, r.store_id, r.currency, r.unit_price_minor, r.effective_at,
  r.price_list_id, r.min_quantity, r.created_at
from price r
where r.organization_id = :organization_id
  and (cast(:product_id as uuid) is null or r.product_id = cast(:product_id as uuid))
  and (cast(:store_id as uuid) is null or r.store_id = cast(:store_id as uuid))
  and (cast(:currency as text) is null or r.currency = cast(:currency as text))
  and (cast(:after_id as uuid) is null or r.price_id > cast(:after_id as uuid))
order by r.price_id
limit :most
