"""What the suite takes away to see itself fail (DESIGN §9)."""

from msgspec import Struct


class Mutation(Struct, frozen=True, kw_only=True):
    """`no_sync`: the disk answers before it has written, as without FULL. `no_jitter`: every wait
    is its ceiling. `blind`: hub queries that take no row locks, and look at no row before they
    write."""

    no_sync: bool = False
    no_jitter: bool = False
    blind: frozenset[str] = frozenset()


WITHOUT_SYNC = Mutation(no_sync=True)
WITHOUT_JITTER = Mutation(no_jitter=True)
# All that protects the high-water mark: its lock, and the condition that only lets it rise.
# tests/integration/hub/test_device_lock_removed.py takes the lock alone away, on real Postgres.
WITHOUT_MARK_PROTECTION = Mutation(
    blind=frozenset({"lock_device_sync", "lock_device_syncs", "update_device_syncs"})
)
MUTATIONS = {"sync": WITHOUT_SYNC, "jitter": WITHOUT_JITTER, "mark": WITHOUT_MARK_PROTECTION}
