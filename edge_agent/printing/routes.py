"""What routes of papers have in common: how a paper is asked for, and how it is answered."""

from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Response

from edge_agent.printing.models import MEDIA_TYPES, PaperAsked, PaperFormat, PrintedPaper

PAPERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The paper. `X-Paper-Copy`: 0 for the original, else which duplicate.",
        "content": {
            media: {"schema": {"type": "string", "format": "binary"}}
            for media in MEDIA_TYPES.values()
        },
    },
}


async def paper_asked(
    format: PaperFormat = "png",  # noqa: A002 - the interface's own word
    width: Annotated[Literal["58", "80"], Query(description="Millimetres of a roll.")] = "80",
    languages: Annotated[
        str, Query(max_length=20, description="One or two of fr, ar, en; else the shop's.")
    ] = "",
) -> PaperAsked:
    """How the caller wants the paper."""
    wanted = tuple(language for language in languages.split(",") if language)
    return PaperAsked(format=format, width=80 if width == "80" else 58, languages=wanted)


Asked = Annotated[PaperAsked, Depends(paper_asked)]


def answered(paper: PrintedPaper) -> Response:
    """The paper's bytes."""
    headers = {"X-Paper-Copy": str(paper.copy), "Cache-Control": "no-store"}
    return Response(paper.content, media_type=paper.media_type, headers=headers)
