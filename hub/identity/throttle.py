"""How failed sign-ins slow the next ones down: per person and address, per person, per address."""

from hub.identity.models import Caller
from hub.kit.clock import Clock
from hub.kit.throttle import Allowance, Keys, Throttle, network_of

# After PyPI's.
PERSON_AND_ADDRESS = Allowance(10, 300)
PERSON = Allowance(50, 300)
ADDRESS = Allowance(100, 300)


class SignInThrottle:
    """Counts failures; success forgives the person at that address."""

    def __init__(self, clock: Clock) -> None:
        self._throttle = Throttle(clock)

    def check(self, email: str, caller: Caller) -> None:
        """Raises Throttled `too-many-attempts` while another attempt is not allowed."""
        self._throttle.check(_keys(email, caller))

    def failed(self, email: str, caller: Caller) -> None:
        """The password was wrong."""
        self._throttle.failed(_keys(email, caller))

    def succeeded(self, email: str, caller: Caller) -> None:
        """The password was right."""
        self._throttle.forgive(_both(email, caller))


def _keys(email: str, caller: Caller) -> Keys:
    return {
        _both(email, caller): PERSON_AND_ADDRESS,
        f"person {email}": PERSON,
        f"address {network_of(caller.address)}": ADDRESS,
    }


def _both(email: str, caller: Caller) -> str:
    return f"both {email} {network_of(caller.address)}"
