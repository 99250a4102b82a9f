"""What the list of differences can be kept by. Pure decisions."""

from hashlib import sha256

MAX_SUBJECT_CHARS = 300
_DIGEST_CHARS = 16


def subject_key(subject: str) -> str:
    """The subject as a key: whatever words of a device it holds, an index takes it.

    A longer one keeps its beginning and a digest, so that two of one fact stay two.
    """
    sound = subject.replace("\x00", "\ufffd")
    if len(sound) <= MAX_SUBJECT_CHARS:
        return sound
    digest = sha256(subject.encode()).hexdigest()[:_DIGEST_CHARS]
    return f"{sound[: MAX_SUBJECT_CHARS - _DIGEST_CHARS - 1]}\N{HORIZONTAL ELLIPSIS}{digest}"
