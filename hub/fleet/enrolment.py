"""What a hub needs to let boxes become devices: an authority, and where devices find everything."""

from dataclasses import dataclass

from hub.fleet.authority import Authority
from hub.fleet.claiming import Claiming
from hub.fleet.models import Whereabouts
from hub.fleet.renewal import Renewal
from protocol.errors import HanoutError, Unavailable


@dataclass(frozen=True, kw_only=True)
class Enrolment:
    """The doors by which boxes come in."""

    authority: Authority
    whereabouts: Whereabouts
    claiming: Claiming
    renewal: Renewal


def not_set_up() -> HanoutError:
    """The answer of a hub that has no authority."""
    return Unavailable(
        "claiming-not-set-up", "This hub has no device authority yet: see `hanout-hub ca init`."
    )
