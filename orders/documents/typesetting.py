"""From data to PDF: typst, with our own fonts, nothing from the machine and nothing from the network."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from accounting.logos import read_logos
from backoffice.core.typesetting import compile_pdf

HERE = Path(__file__).parent
TEMPLATE = HERE / "templates" / "document.typ"


def typeset(documents: Sequence[Mapping[str, Any]], *, ppi: int = 0) -> bytes:
    """All documents one after the other, each with pages of its own, as one PDF.

    The same data gives the same bytes. All text goes in as JSON that the template reads as data: it is never
    template code. ppi: instead, the first page as PNG.
    """
    logos = read_logos({document["letterhead"]["logo"] for document in documents})
    data = {"documents": list(documents), "logos": {stored: name for stored, (name, _content) in logos.items()}}
    return compile_pdf(_template(), data, dict(logos.values()), ppi=ppi)


@cache
def _template() -> bytes:
    return TEMPLATE.read_bytes()
