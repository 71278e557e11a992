"""Which files may be kept as the paper of a bill: PDF, PNG and JPEG, by what they are. Pure."""

import hashlib
from pathlib import PurePath
from typing import Any

from django.utils.translation import gettext as _

from accounting.errors import BillRefused
from backoffice.core.pictures import picture_format

MAX_BYTES = 10 * 1024 * 1024
TYPES = {"pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg"}


def paper_format(content: bytes) -> str:
    """pdf, png or jpg by the first bytes, never by the name; "" for anything else."""
    return "pdf" if content.startswith(b"%PDF-") else picture_format(content)


def check_paper(file: Any) -> str:
    """The file's content type. Raises BillRefused: paper_too_large, paper_empty, paper_type."""
    if file.size > MAX_BYTES:
        raise BillRefused(_("The file is larger than 10 MB."), code="paper_too_large")
    file.seek(0)
    head = file.read(16)
    file.seek(0)
    if not head:
        raise BillRefused(_("The file is empty."), code="paper_empty")
    kind = paper_format(head)
    if not kind:
        raise BillRefused(_("The paper must be a PDF, PNG or JPEG file."), code="paper_type")
    return TYPES[kind]


def paper_path(paper: Any, filename: str) -> str:
    """Where it is stored: named by its content, so that a stored one never changes."""
    file = paper.file
    file.seek(0)
    content = file.read()
    file.seek(0)
    digest = hashlib.sha256(content).hexdigest()[:32]
    return f"bills/{paper.bill_id}/{digest}.{paper_format(content)}"


def shown_name(filename: str) -> str:
    """The uploaded name without its folders, at most 120 characters."""
    return PurePath(filename.replace("\\", "/")).name[:120] or "paper"
