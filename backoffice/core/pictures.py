"""PNG and JPEG: what kind a file is, how large, and whether it can be read to its end."""

import struct
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from backoffice.core.apart import read_apart
from backoffice.core.errors import DomainError

PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
# Frame headers of JPEG that carry the size; not C4, C8, CC, which are tables.
FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})


def picture_format(content: bytes) -> str:
    """png or jpg, by what the file is, never by its name; "" for anything else."""
    if content.startswith(PNG):
        return "png"
    return "jpg" if content.startswith(JPEG) else ""


def picture_size(content: bytes) -> tuple[int, int] | None:
    """Width and height as the header says, before anything is unpacked."""
    kind = picture_format(content)
    if kind == "png" and content[12:16] == b"IHDR" and len(content) > 24:
        return struct.unpack(">II", content[16:24])
    return _jpeg_size(content) if kind == "jpg" else None


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(content):
        if content[at] != 0xFF:
            return None
        marker, length = content[at + 1], struct.unpack(">H", content[at + 2 : at + 4])[0]
        if marker in FRAMES:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + length if marker != 0xFF else 1
    return None


def is_readable(content: bytes) -> bool:
    """Whether a decoder can read all of it (the one of the program that makes the documents), in a process of its own:
    a picture of a few bytes unpacks to hundreds of megabytes."""
    name = f"picture.{picture_format(content)}"
    with TemporaryDirectory() as folder:
        Path(folder, name).write_bytes(content)
        try:
            return read_apart(is_decoded, TooCostly, Path(folder), name)
        except TooCostly:
            return False


class TooCostly(DomainError):
    """A picture takes more memory or time to unpack than a file of others may."""


def is_decoded(folder: Path, name: str) -> bool:
    """Whether typst can show the picture."""
    import typst

    source: Any = {"main.typ": f'#image("{name}", width: 10pt)'.encode()}  # bytes by name, unknown to the stubs
    try:
        typst.compile(source, root=str(folder), format="png", ppi=10, ignore_system_fonts=True)
    except RuntimeError:  # typst's own errors are of this kind
        return False
    return True
