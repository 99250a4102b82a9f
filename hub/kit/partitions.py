"""Months ahead of the calendar, so that no fact of the day waits for its partition."""

from datetime import date, timedelta

from hub.kit.db import Session

_PARENTS = """
select c.relname from pg_partitioned_table p
join pg_class c on c.oid = p.partrelid and c.relnamespace = 'public'::regnamespace
where p.partstrat = 'r' and not c.relispartition
order by 1
"""
_ENSURE = "select ensure_month_partition(:parent, :month)"


async def ensure_months_ahead(session: Session, *, today: date, months: int) -> None:
    """The partitions of this month and the `months` after it, of every table by month."""
    parents = [row["relname"] for row in await session.rows(_PARENTS)]
    month = today.replace(day=1)
    for _ in range(months + 1):
        for parent in parents:
            await session.scalar(_ENSURE, {"parent": parent, "month": month})
        month = (month + timedelta(days=31)).replace(day=1)
