"""How often Python looks for circular garbage."""

import gc

# Values here die by reference count as their group ends. At the default (700) the collector walks
# them hundreds of times per group for nothing, which costs a quarter of the projector's time.
_YOUNG_OBJECTS = 50_000
_YOUNG_ROUNDS = 20
_MIDDLE_ROUNDS = 100


def relax_collector() -> None:
    """For a whole process, once everything is imported: what lives now lives until the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, _YOUNG_ROUNDS, _MIDDLE_ROUNDS)
