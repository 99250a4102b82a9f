"""SQLite's write-ahead log, read page by page: is what was synced still there?

Law: SQLite ends its reading at the first frame whose checksum is wrong, because a power cut tears
the last commit. A flipped bit in an older frame looks the same and would silently drop every commit
behind it. But a commit is written only after the one before was synced: if a whole frame follows
the broken commit, that one was synced, and the log is damaged, not torn. Format: sqlite.org,
fileformat2, "The Write-Ahead Log".
"""

import struct

from msgspec import Struct

_HEADER = struct.Struct(">8I")
_FRAME = struct.Struct(">6I")
_MAGIC = 0x377F0682
_MASK = 0xFFFFFFFF
Sums = tuple[int, int]


class _Frame(Struct, frozen=True):
    """`expected`: its checksum, computed from its bytes and the stored one before it."""

    page_no: int
    pages_after_commit: int
    salts: Sums
    stored: Sums
    expected: Sums
    page: bytes


class LogScan(Struct, frozen=True, kw_only=True):
    """`damaged`: something that was synced is unreadable. `mended`: the log with every checksum
    right again, a flipped bit still in its page; the same as it was when not damaged."""

    damaged: bool
    mended: bytes


def scan_log(raw: bytes) -> LogScan:
    """Look at a whole log; an empty or foreign one is sound."""
    if len(raw) < _HEADER.size:
        return LogScan(damaged=False, mended=raw)
    magic, _, page_size, _, salt1, salt2, sum1, sum2 = _HEADER.unpack_from(raw)
    little = not magic & 1
    sums = _sums(raw[:24], little=little, seed=(0, 0))
    if magic & ~1 != _MAGIC or sums != (sum1, sum2):
        return _headless(raw)
    frames = _frames(raw, page_size=page_size, little=little, seed=sums)
    sound = _sound_count(frames, salts=(salt1, salt2))
    end = _end(frames, sound, salts=(salt1, salt2))
    if end is None:
        return LogScan(damaged=False, mended=raw)
    return LogScan(damaged=True, mended=_mend(raw[: _HEADER.size], frames[:end], little=little))


def _headless(raw: bytes) -> LogScan:
    """The header is synced before any frame is written: frames that fit each other had one."""
    page_size = 4096
    salts = _FRAME.unpack_from(raw, _HEADER.size)[2:4] if len(raw) > _HEADER.size + 24 else (0, 0)
    frames = _frames(raw, page_size=page_size, little=True, seed=(0, 0))
    end = _end(frames, 0, salts=salts)
    if end is None:
        return LogScan(damaged=False, mended=raw)
    start = struct.pack(">6I", _MAGIC, 3007000, page_size, 0, *salts)
    header = start + struct.pack(">2I", *_sums(start, little=True, seed=(0, 0)))
    return LogScan(damaged=True, mended=_mend(header, frames[:end], little=True))


def _frames(raw: bytes, *, page_size: int, little: bool, seed: Sums) -> list[_Frame]:
    frames = []
    size = _FRAME.size + page_size
    for at in range(_HEADER.size, len(raw) - size + 1, size):
        page_no, pages, salt1, salt2, sum1, sum2 = _FRAME.unpack_from(raw, at)
        page = raw[at + _FRAME.size : at + size]
        expected = _sums(raw[at : at + 8] + page, little=little, seed=seed)
        frames.append(_Frame(page_no, pages, (salt1, salt2), (sum1, sum2), expected, page))
        seed = (sum1, sum2)
    return frames


def _sound_count(frames: list[_Frame], *, salts: Sums) -> int:
    for count, frame in enumerate(frames):
        if frame.salts != salts or frame.stored != frame.expected:
            return count
    return len(frames)


def _end(frames: list[_Frame], sound: int, *, salts: Sums) -> int | None:
    """Behind which frame the last commit ends that belongs to this log; None: it is not damaged.

    `sound` frames are whole. The commit that breaks there was synced if another frame, written on
    top of it, is whole behind its end.
    """
    ours = [frame.salts == salts and frame.stored == frame.expected for frame in frames]
    commits = [
        at
        for at in range(sound, len(frames) - 1)
        if frames[at].pages_after_commit and frames[at].salts == salts and ours[at + 1]
    ]
    if not commits:
        return None
    end, at = commits[0] + 1, commits[0] + 1
    while at < len(frames) and ours[at]:
        at += 1
        if frames[at - 1].pages_after_commit:
            end = at
    return end


def _mend(header: bytes, frames: list[_Frame], *, little: bool) -> bytes:
    sums: Sums = struct.unpack_from(">2I", header, 24)
    salts = struct.unpack_from(">2I", header, 16)
    mended = bytearray(header)
    for frame in frames:
        start = struct.pack(">2I", frame.page_no, frame.pages_after_commit)
        sums = _sums(start + frame.page, little=little, seed=sums)
        mended += start + struct.pack(">4I", *salts, *sums) + frame.page
    return bytes(mended)


def _sums(content: bytes, *, little: bool, seed: Sums) -> Sums:
    first, second = seed
    words = struct.unpack(f"{'<' if little else '>'}{len(content) // 4}I", content)
    for at in range(0, len(words), 2):
        first = (first + words[at] + second) & _MASK
        second = (second + words[at + 1] + first) & _MASK
    return first, second
