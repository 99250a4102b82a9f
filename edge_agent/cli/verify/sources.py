"""Where the facts come from: a box's folder, or an exported file. Nothing is written to either."""

from collections.abc import Callable, Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edge_agent.cli.verify.proving import Prover
from edge_agent.cli.verify.verdict import Fault, Verdict
from edge_agent.journal.reading import HeldFact, JournalFile
from protocol.codec.archive import ArchiveReader
from protocol.codec.certificates import has_signed
from protocol.errors import Malformed, RemoteProtocolError

_PIECE_BYTES = 1 << 20
Progress = Callable[[int], None]
"""Told how many facts more were looked at."""


def public_key(certificate_pem: str) -> bytes:
    """Whose signatures a certificate vouches for (DER); Malformed `bad-certificate`."""
    try:
        certificate = x509.load_pem_x509_certificate(certificate_pem.encode())
    except ValueError as error:
        raise Malformed("bad-certificate", f"This is no certificate: {error}") from error
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def prove_folder(folder: Path, *, keys: Sequence[bytes], on_progress: Progress) -> Verdict:
    """The journal of a folder; raises Unavailable `no-journal`."""
    with JournalFile(folder / "hanout.db") as journal:
        state = journal.state()
        first = journal.first_held() or state.head_seq + 1
        verdict = Verdict(device_id=state.device_id, first_seq=first)
        prover = Prover(
            verdict, first_seq=first, previous=journal.hash_at(first - 1), keys=list(keys)
        )
        for row in journal.facts(first=first):
            prover.take(row)
            on_progress(1)
    return verdict


def prove_archive(file: Path, *, keys: Sequence[bytes], on_progress: Progress) -> Verdict:
    """An exported journal with its own signature; raises OSError."""
    reader, verdict = ArchiveReader(), Verdict()
    prover: Prover | None = None
    try:
        with file.open("rb") as opened:
            while piece := opened.read(_PIECE_BYTES):
                for batch in reader.feed(piece):
                    prover = prover or _prover_of(reader, verdict, keys)
                    rows = zip(batch.facts, batch.hashes, strict=True)
                    for seq, (raw, found) in enumerate(rows, start=batch.header.first):
                        epoch = batch.header.epoch
                        prover.take(HeldFact(seq=seq, epoch=epoch, hash=found, raw=raw))
                    on_progress(len(batch.facts))
        signature = reader.finish()
        assert reader.header is not None
        own = public_key(reader.header.certificate_pem)
        if not has_signed(own, signature, digest=reader.digest):
            verdict.add(Fault(0, "archive-signature", "file"))
    except (RemoteProtocolError, Malformed) as error:
        verdict.add(Fault(verdict.last_seq, error.code, "file", found=error.message))
    return verdict


def _prover_of(reader: ArchiveReader, verdict: Verdict, keys: Sequence[bytes]) -> Prover:
    header = reader.header
    assert header is not None
    verdict.device_id, verdict.first_seq = header.device_id, header.first
    return Prover(
        verdict,
        first_seq=header.first,
        previous=header.prev_hash,
        keys=[public_key(header.certificate_pem), *keys],
    )
