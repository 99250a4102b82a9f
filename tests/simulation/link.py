"""One client's way to the broker, with what can be wrong with it."""

from random import Random

from msgspec import Struct


class Weather(Struct, frozen=True, kw_only=True):
    """Per message: how likely it is lost or doubled after the sender's PUBACK, how late it comes
    (in disorder, if it is more than the link's own delay), and how likely a copy comes much later.
    """

    loss: float = 0.0
    double: float = 0.0
    shuffle_ms: int = 0
    stray: float = 0.0


FAIR = Weather()
STRAY_S = 30.0


class Way:
    """One direction: shut means that nothing arrives and nobody is told."""

    def __init__(self) -> None:
        self.shut = False
        self.last_at_s = 0.0


class Link:
    """Two ways. Changes are told to `on_shut`, so that keepalives run out."""

    def __init__(self, rng: Random, *, delay_ms: tuple[int, int]) -> None:
        self.rng = rng
        self.up = Way()
        self.down = Way()
        self.weather = FAIR
        self._delay_ms = delay_ms
        self.slow_ms = 0

    @property
    def whole(self) -> bool:
        """Whether both ways are open."""
        return not (self.up.shut or self.down.shut)

    def heal(self) -> None:
        """Fair weather, both ways."""
        self.up.shut = self.down.shut = False
        self.weather, self.slow_ms = FAIR, 0

    def arrivals_s(self, way: Way, now_s: float) -> list[float]:
        """When a message sent now arrives: never, once, or more often; seconds from now."""
        delay_s = (self.rng.randint(*self._delay_ms) + self.slow_ms) / 1000
        weather = self.weather
        if weather is FAIR:
            way.last_at_s = max(way.last_at_s, now_s + delay_s)
            return [way.last_at_s - now_s]
        if self.rng.random() < weather.loss:
            return []
        copies = 1
        while copies < 10 and self.rng.random() < weather.double:
            copies += 1
        found = [delay_s + self.rng.randint(0, weather.shuffle_ms) / 1000 for _ in range(copies)]
        if self.rng.random() < weather.stray:
            found.append(self.rng.uniform(STRAY_S, 400.0))
        return found
