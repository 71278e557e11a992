"""Uploaded PNG and JPEG pictures without what they tell of people, part by part. Pure."""

import re
import struct
import zlib

from backoffice.core.pictures import FRAMES, PNG, picture_format

_SCAN, _END = 0xDA, 0xD9
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)  # in packed data
_TELLING = frozenset({0xE1, 0xED, 0xFE})  # EXIF and XMP, IPTC, comments: where and by whom it was taken
_PNG_TELLING = frozenset({b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"})
MEDIA_TYPES = {"png": "image/png", "jpg": "image/jpeg"}


def stripped(content: bytes) -> bytes | None:
    """The picture alone: without what it tells of place, camera and person, and without anything after its end.

    The way it was held (EXIF orientation) is kept. None where its parts do not follow one another to an end: it is
    damaged, or something else that only begins like a picture.
    """
    kind = picture_format(content)
    if kind == "png":
        return _stripped_png(content)
    return _stripped_jpeg(content) if kind == "jpg" else None


def _stripped_png(content: bytes) -> bytes | None:
    kept, at, seen = [PNG], len(PNG), set()
    while at + 12 <= len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        chunk, after = content[at : at + 12 + length], at + 12 + length
        name = chunk[4:8]
        if len(chunk) < 12 + length or zlib.crc32(chunk[4:-4]) != struct.unpack(">I", chunk[-4:])[0]:
            return None
        seen.add(name)
        if name not in _PNG_TELLING:
            kept.append(chunk)
        if name == b"IEND":
            return b"".join(kept) if {b"IHDR", b"IDAT"} <= seen else None
        at = after
    return None


def _stripped_jpeg(content: bytes) -> bytes | None:
    kept, at, framed, scanned = [content[:2]], 2, False, False
    while at + 2 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == _END:
            return b"".join([*kept, content[at : at + 2]]) if framed and scanned else None
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        segment = content[at : at + 2 + length]
        if length < 2 or len(segment) < 2 + length:
            return None
        framed, scanned = framed or marker in FRAMES, scanned or marker == _SCAN
        if marker == _SCAN:  # what follows it is packed, up to the next marker
            found = _MARKER.search(content, at + len(segment))
            segment = content[at : found.start()] if found else segment
        if marker == 0xE1 and (turned := _orientation(segment[4:])) > 1:
            kept.append(_exif(turned))
        if marker not in _TELLING:
            kept.append(segment)
        at += len(segment)
    return None


def _orientation(exif: bytes) -> int:
    """1 to 8 as the camera noted it; 1 where it says nothing that can be read."""
    tiff = exif[6:]
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(tiff[:4])
    if not exif.startswith(b"Exif\x00\x00") or order is None or len(tiff) < 10:
        return 1
    (at,) = struct.unpack(f"{order}I", tiff[4:8])
    fields = tiff[at : at + 2]
    count = struct.unpack(f"{order}H", fields)[0] if len(fields) == 2 else 0
    for number in range(min(count, 100)):
        field = tiff[at + 2 + 12 * number : at + 14 + 12 * number]
        if len(field) == 12 and struct.unpack(f"{order}H", field[:2])[0] == 0x0112:
            value = struct.unpack(f"{order}H", field[8:10])[0]
            return value if 1 <= value <= 8 else 1
    return 1


def _exif(orientation: int) -> bytes:
    tiff = b"MM\x00*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    body = b"Exif\x00\x00" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
