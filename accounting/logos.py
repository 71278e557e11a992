"""Which pictures may stand on documents: PNG and JPEG that the printer really can read. Pure."""

import hashlib
import struct
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

MAX_BYTES = 1024 * 1024
MAX_SIDE_PX = 4000
PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
# Frame headers of JPEG that carry the size; not C4, C8, CC, which are tables.
_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})


def check_logo(file: Any) -> None:
    """Raises ValidationError for what is no PNG or JPEG within the limits. SVG is refused: it can carry scripts."""
    if file.size > MAX_BYTES:
        raise ValidationError(_("The logo is larger than 1 MB."), code="logo_too_large")
    file.seek(0)
    content = file.read(MAX_BYTES + 1)
    file.seek(0)
    side = _size(content)
    if side is None:
        raise ValidationError(_("The logo must be a PNG or JPEG picture."), code="logo_type")
    if not all(0 < length <= MAX_SIDE_PX for length in side):
        raise ValidationError(_("The logo has more than 4,000 pixels a side."), code="logo_dimensions")
    if not _prints(content):
        raise ValidationError(_("The logo is damaged: it cannot be read to its end."), code="logo_damaged")


def logo_format(content: bytes) -> str:
    """png or jpg, by what the file is, never by its name; "" for anything else."""
    if content.startswith(PNG):
        return "png"
    return "jpg" if content.startswith(JPEG) else ""


def logo_path(company: Any, filename: str) -> str:
    """Where a logo is stored: named by its content, so that a stored one never changes and old documents keep theirs."""
    file = company.logo
    file.seek(0)
    content = file.read()
    file.seek(0)
    return f"logos/{hashlib.sha256(content).hexdigest()[:32]}.{logo_format(content)}"


def _size(content: bytes) -> tuple[int, int] | None:
    """Width and height as the header says, before anything is unpacked."""
    kind = logo_format(content)
    if kind == "png" and content[12:16] == b"IHDR" and len(content) > 24:
        return struct.unpack(">II", content[16:24])
    return _jpeg_size(content) if kind == "jpg" else None


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(content):
        if content[at] != 0xFF:
            return None
        marker, length = content[at + 1], struct.unpack(">H", content[at + 2 : at + 4])[0]
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + length if marker != 0xFF else 1
    return None


def _prints(content: bytes) -> bool:
    """Whether the program that makes the documents can read all of it."""
    import typst

    name = f"logo.{logo_format(content)}"
    with TemporaryDirectory() as folder:
        Path(folder, name).write_bytes(content)
        try:
            source: Any = {"main.typ": f'#image("{name}")'.encode()}  # bytes by name, which the stubs do not know
            typst.compile(source, root=folder, format="png", ppi=10)
        except RuntimeError:  # typst's own errors are of this kind
            return False
    return True
