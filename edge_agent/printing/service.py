"""Making papers: rendered off the event loop, one at a time, counted before they are handed out.

Law: no two papers are the original. A paper is rendered as the copy that it will be, and counted in
one commit if nobody made it meanwhile; else it is rendered anew. So a paper that could not be
rendered counts for nothing.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable
from uuid import UUID

from edge_agent.printing import store
from edge_agent.printing.models import MEDIA_TYPES, PaperAsked, PaperKind, PrintedPaper
from edge_agent.storage.writer import Writer
from protocol.documents.layout import Paper
from protocol.documents.printers import printer
from protocol.errors import Unavailable

_TRIES = 5
_DOTS = {58: 384, 80: 576}


class PrintService:
    """Papers of this shop."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        # A picture takes some ten megabytes while it is drawn (promise G).
        self._drawing = asyncio.Semaphore(1)

    async def counted(
        self,
        kind: PaperKind,
        paper_id: str,
        asked: PaperAsked,
        *,
        make: Callable[[int], Paper],
    ) -> PrintedPaper:
        """The next copy of a paper; `make` is told which one it is, 0 = the original.

        Raises as the renderings, and Unavailable `paper-contested`; ask again then.
        """
        for _ in range(_TRIES):
            before = await self._writer.submit(
                lambda connection: store.copies(connection, kind, paper_id)
            )
            printed = await self.rendered(make(before), asked, copy=before)
            if await self._count(kind, paper_id, before=before):
                return printed
        raise Unavailable("paper-contested", "Others print the same paper now; try again.")

    async def rendered(self, paper: Paper, asked: PaperAsked, *, copy: int = 0) -> PrintedPaper:
        """A paper that nobody counts; raises as the renderings."""
        async with self._drawing:
            content = await asyncio.to_thread(_render, paper, asked)
        return PrintedPaper(content=content, media_type=MEDIA_TYPES[asked.format], copy=copy)

    @staticmethod
    def forget_tickets(connection: sqlite3.Connection, ticket_ids: Iterable[UUID]) -> None:
        """The tickets are gone, and their papers can be made no more."""
        store.forget(connection, "ticket", map(str, ticket_ids))

    async def _count(self, kind: PaperKind, paper_id: str, *, before: int) -> bool:
        """Whether it was this copy's turn."""

        def work(connection: sqlite3.Connection) -> bool:
            if store.copies(connection, kind, paper_id) != before:
                return False
            if before:
                store.count_copy(connection, kind, paper_id, before=before)
            else:
                store.count_first(connection, kind, paper_id)
            return True

        return await self._writer.submit(work)


def _render(paper: Paper, asked: PaperAsked) -> bytes:
    if asked.format == "escpos":
        from protocol.documents.escpos import to_escpos  # noqa: PLC0415 - drawing is loaded late

        return to_escpos(paper, printer(f"generic-{asked.width}"))
    if asked.format == "pdf":
        from protocol.documents.pdf import to_pdf  # noqa: PLC0415

        return to_pdf(paper)
    from protocol.documents.pictures import to_png  # noqa: PLC0415

    return to_png(paper, _DOTS[asked.width])
