"""Statements over the hub's whole database that give rows only where its books are wrong."""

_SIGN = "case kind when 'sale' then 1 else -1 end"
_DAY = "organization_id, store_id, business_date, currency"
_HOURS = "organization_id, store_id, business_date, hour, product_id, currency"

_SKUS_FROM_LINES = f"""
select organization_id, store_id, business_date, local_hour as hour, product_id, currency,
  sum({_SIGN} * quantity) as quantity, sum({_SIGN} * gross_minor)::bigint,
  sum({_SIGN} * (line_discount_minor + ticket_discount_minor))::bigint,
  sum({_SIGN} * net_minor)::bigint, sum({_SIGN} * l_tax_minor)::bigint,
  count(distinct id) filter (where kind = 'sale'),
  count(distinct id) filter (where kind = 'return'), sum({_SIGN} * promotion_minor)::bigint
from (
  select s.organization_id, s.store_id, s.business_date, s.local_hour, s.kind, s.id, s.currency,
    l.product_id, l.quantity, l.gross_minor, l.line_discount_minor, l.ticket_discount_minor,
    l.net_minor, l.tax_minor as l_tax_minor, l.promotion_minor
  from sale s join sale_line l
    on l.organization_id = s.organization_id and l.business_date = s.business_date
    and l.sale_id = s.id
) as line
group by {_HOURS}
"""
_DAYS_FROM_SALES = f"""
select {_DAY}, count(*) filter (where kind = 'sale'), count(*) filter (where kind = 'return'),
  sum(line_count)::bigint, sum({_SIGN} * payable_minor)::bigint,
  sum({_SIGN} * discount_minor)::bigint, sum({_SIGN} * tax_minor)::bigint,
  sum({_SIGN} * duty_minor)::bigint, sum({_SIGN} * cash_rounding_minor)::bigint,
  sum({_SIGN} * promotion_minor)::bigint
from sale group by {_DAY}
"""
_TAXES_FROM_LINES = f"""
select {_DAY}, tax_id, rate_ppm, treatment, sum({_SIGN} * base_minor)::bigint,
  sum({_SIGN} * tax_minor)::bigint, sum({_SIGN} * gross_minor)::bigint
from (select *, sale_kind as kind from sale_tax_line) as t
group by {_DAY}, tax_id, rate_ppm, treatment
"""
_TENDERS_FROM_LINES = f"""
select {_DAY}, tender, count(*) filter (where line_no > 0), sum({_SIGN} * net_minor)::bigint
from (
  select organization_id, store_id, business_date, currency, kind as tender, sale_kind as kind,
    net_minor, line_no
  from sale_tender
) as t group by {_DAY}, tender
"""


def _unlike(rollup: str, computed: str) -> str:
    return f"""
with kept as ({rollup}), computed as ({computed})
(select 'kept' as side, * from (table kept except table computed) as a)
union all
(select 'computed', * from (table computed except table kept) as b)
"""


WRONG = {
    "receipt numbers with a gap": """
select register_id, series_epoch, count(*), min(receipt_number), max(receipt_number)
from sale group by organization_id, register_id, series_epoch
having count(distinct receipt_number) <> count(*) or min(receipt_number) <> 1
  or max(receipt_number) <> count(*)
""",
    "Z numbers with a gap": """
select register_id, count(*), min(z_number), max(z_number)
from z_report group by organization_id, register_id
having count(distinct z_number) <> count(*) or min(z_number) <> 1 or max(z_number) <> count(*)
""",
    "event positions with a gap": """
select c.organization_id, c.event_position, count(e.position), min(e.position), max(e.position)
from tenant_counter c left join event e using (organization_id)
group by c.organization_id, c.event_position
having count(e.position) <> c.event_position
  or (count(e.position) > 0 and (min(e.position) <> 1 or max(e.position) <> c.event_position))
""",
    "tickets without their event": """
select s.organization_id, s.id, count(e.id)
from sale s left join event e on e.organization_id = s.organization_id and e.id = s.id
group by s.organization_id, s.id having count(e.id) <> 1
""",
    "facts set aside": "select device_id, epoch, seq, state, reason from inbox where state <> 0",
    "quarantined": "select device_id, epoch, from_seq, reason from quarantine",
    "discrepancies": "select fact_id, code, subject, expected, found from discrepancy",
    "on-hand that is not the sum of movements": """
select h.store_id, h.product_id, h.quantity, m.moved
from stock_on_hand h full join (
  select organization_id, store_id, product_id, sum(quantity) as moved
  from stock_movement group by organization_id, store_id, product_id
) as m using (organization_id, store_id, product_id)
where h.quantity is distinct from m.moved
""",
    "hours that are not the sum of lines": _unlike(
        f"""select {_HOURS}, quantity, gross_minor, discount_minor, net_minor, tax_minor, tickets,
          returns, promotion_minor from rollup_hour_store_sku""",
        _SKUS_FROM_LINES,
    ),
    "days that are not the sum of tickets": _unlike(
        f"""select {_DAY}, sales_count, returns_count, line_count, payable_minor, discount_minor,
          tax_minor, duty_minor, cash_rounding_minor, promotion_minor from rollup_day_store""",
        _DAYS_FROM_SALES,
    ),
    "days' taxes that are not the sum of tickets": _unlike(
        f"""select {_DAY}, tax_id, rate_ppm, treatment, base_minor, tax_minor, gross_minor
          from rollup_day_store_tax""",
        _TAXES_FROM_LINES,
    ),
    "days' tenders that are not the sum of tickets": _unlike(
        f"select {_DAY}, kind, tender_count, net_minor from rollup_day_store_tender",
        _TENDERS_FROM_LINES,
    ),
}
"""What it is → the statement. All tenants together, as superuser."""
