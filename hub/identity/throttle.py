"""How failed sign-ins slow the next ones down: per person and address, per person, per address."""

from collections.abc import Iterator
from contextlib import contextmanager

from hub.identity.models import Caller
from hub.kit.clock import Clock
from hub.kit.throttle import Allowance, Keys, Throttle, network_of
from protocol.errors import Unauthenticated

# After PyPI's.
PERSON_AND_ADDRESS = Allowance(10, 300)
PERSON = Allowance(50, 300)
ADDRESS = Allowance(100, 300)


class SignInThrottle:
    """Counts failures; success forgives the person at that address."""

    def __init__(self, clock: Clock) -> None:
        self._throttle = Throttle(clock)

    @contextmanager
    def attempt(self, email: str, caller: Caller) -> Iterator[None]:
        """Looking at one password; it was wrong if that raises Unauthenticated.

        Raises Throttled `too-many-attempts` while another attempt is not allowed.
        """
        with self._throttle.attempt(_keys(email, caller), wrong=(Unauthenticated,)):
            yield
        self._throttle.forgive(_both(email, caller))


def _keys(email: str, caller: Caller) -> Keys:
    return {
        _both(email, caller): PERSON_AND_ADDRESS,
        f"person {email}": PERSON,
        f"address {network_of(caller.address)}": ADDRESS,
    }


def _both(email: str, caller: Caller) -> str:
    return f"both {email} {network_of(caller.address)}"
