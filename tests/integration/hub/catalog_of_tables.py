"""What the database itself says there is, so that no table of a later migration is forgotten."""

from dataclasses import dataclass

from sqlalchemy import RowMapping

from hub.kit.db import Session

_TABLES = """
select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as forced,
  c.relispartition as is_partition, pg_get_userbyid(c.relowner) as owner,
  exists (select from pg_attribute a
    where a.attrelid = c.oid and a.attname = 'organization_id' and a.attnum > 0) as of_tenant
from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
order by c.relname
"""
_OTHER_RELATIONS = """
select c.relname from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind in ('v', 'm', 'f', 'S')
order by 1
"""
_COLUMNS = """
select a.attname as name, a.atttypid::regtype::text as type, a.attnotnull as required,
  a.atthasdef as has_default
from pg_attribute a
where a.attrelid = ('public.' || :table)::regclass and a.attnum > 0 and not a.attisdropped
order by a.attnum
"""
_POLICIES = """
select tablename, policyname, permissive, roles::text[] as roles, cmd, qual, with_check
from pg_policies where schemaname = 'public' order by 1, 2
"""
_GRANTS = """
select c.relname as table, pg_get_userbyid(g.grantee) as role,
  string_agg(lower(g.privilege_type), ', ' order by g.privilege_type) as privileges
from pg_class c, lateral aclexplode(c.relacl) g
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'S')
  and g.grantee <> c.relowner
group by 1, 2 order by 1, 2
"""
_COLUMN_GRANTS = """
select c.relname || '.' || a.attname as column, pg_get_userbyid(g.grantee) as role,
  lower(g.privilege_type) as privilege
from pg_attribute a join pg_class c on c.oid = a.attrelid, lateral aclexplode(a.attacl) g
where c.relnamespace = 'public'::regnamespace
order by 1
"""
_FUNCTIONS = """
select p.oid::regprocedure::text as signature, pg_get_userbyid(p.proowner) as owner,
  p.proname::text as name, p.prosecdef as definer, p.proconfig as config,
  array(select t::regtype::text from unnest(p.proargtypes) t) as arguments,
  has_function_privilege('app', p.oid, 'execute') as by_app,
  array(select case g.grantee when 0 then 'public' else pg_get_userbyid(g.grantee) end
    from aclexplode(p.proacl) g where g.grantee <> p.proowner order by 1) as callers
from pg_proc p where p.pronamespace = 'public'::regnamespace order by 1
"""
_KEYS = """
select i.indexrelid::regclass::text as name, i.indrelid::regclass::text as table,
  (select a.attname from pg_attribute a
    where a.attrelid = i.indrelid and a.attnum = i.indkey[0]) as first
from pg_index i join pg_class c on c.oid = i.indrelid
where c.relnamespace = 'public'::regnamespace and not c.relispartition
order by 1
"""
_FOREIGN_KEYS = """
select k.conname as name, k.conrelid::regclass::text as table,
  (select a.attname from pg_attribute a
    where a.attrelid = k.conrelid and a.attnum = k.conkey[1]) as first
from pg_constraint k join pg_class c on c.oid = k.conrelid
where k.contype = 'f' and c.relnamespace = 'public'::regnamespace and not c.relispartition
order by 1
"""


@dataclass(frozen=True)
class Table:
    """A table, partitioned or not, or a partition."""

    name: str
    forced: bool
    is_partition: bool
    owner: str
    of_tenant: bool


@dataclass(frozen=True)
class Column:
    """A column; `type` as Postgres prints it."""

    name: str
    type: str
    required: bool
    has_default: bool


async def tables(session: Session) -> list[Table]:
    return [Table(**row) for row in await session.rows(_TABLES)]


async def tenant_tables(session: Session) -> list[str]:
    """Every table of tenants but partitions, which only their parents lead to."""
    return [t.name for t in await tables(session) if t.of_tenant and not t.is_partition]


async def other_relations(session: Session) -> list[str]:
    return [row["relname"] for row in await session.rows(_OTHER_RELATIONS)]


async def columns(session: Session, table: str) -> list[Column]:
    return [Column(**row) for row in await session.rows(_COLUMNS, {"table": table})]


async def policies(session: Session) -> list[RowMapping]:
    return list(await session.rows(_POLICIES))


async def grants(session: Session) -> dict[tuple[str, str], str]:
    return {(r["table"], r["role"]): r["privileges"] for r in await session.rows(_GRANTS)}


async def column_grants(session: Session) -> set[tuple[str, str, str]]:
    rows = await session.rows(_COLUMN_GRANTS)
    return {(row["column"], row["role"], row["privilege"]) for row in rows}


async def functions(session: Session) -> list[RowMapping]:
    return list(await session.rows(_FUNCTIONS))


async def keys(session: Session) -> list[RowMapping]:
    return list(await session.rows(_KEYS))


async def foreign_keys(session: Session) -> list[RowMapping]:
    return list(await session.rows(_FOREIGN_KEYS))
