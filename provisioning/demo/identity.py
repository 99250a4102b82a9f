"""What a program shows to prove who it is: files, whoever made them."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Identity:
    """A certificate (PEM) and its private key (PEM, 0600)."""

    name: str
    certificate_file: Path
    key_file: Path
