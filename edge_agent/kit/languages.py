"""Which of the three languages a caller prefers."""

from typing import Literal

Language = Literal["fr", "ar", "en"]
LANGUAGES: tuple[Language, ...] = ("fr", "ar", "en")
_MAX_CHOICES = 20


def preferred_language(accept_language: str | None, *, default: Language = "en") -> Language:
    """The best of fr, ar and en by an Accept-Language header (RFC 9110 §12.5.4)."""
    best, best_quality = default, 0.0
    for choice in (accept_language or "").split(",")[:_MAX_CHOICES]:
        tag, _, parameters = choice.strip().partition(";")
        primary = tag.strip().lower().partition("-")[0]
        quality = _quality(parameters)
        for language in LANGUAGES:
            if primary == language and quality > best_quality:
                best, best_quality = language, quality
    return best


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
