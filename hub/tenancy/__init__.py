"""Organizations, their legal entities, stores, store settings and registers."""
