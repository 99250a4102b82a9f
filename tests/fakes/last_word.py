"""What a session hears last from Postgres."""

from typing import Any


def hear_last_word(driver: Any) -> None:
    """An asyncpg connection at rest is told that its session ends; the socket is still open."""
    fields = b"SFATAL\0VFATAL\0C57P01\0Mterminating connection\0\0"
    driver._protocol.data_received(b"E" + (len(fields) + 4).to_bytes(4, "big") + fields)
