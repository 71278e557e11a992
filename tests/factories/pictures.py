"""What a scanner sees: the pixels of a PNG and the barcodes in them."""

import struct
import zlib
from io import BytesIO

import zxingcpp
from PIL import Image

from backoffice.core.pictures import PNG


def barcodes(png: bytes) -> set[tuple[str, str]]:
    """(symbology, text) of every barcode in a picture."""
    picture = Image.open(BytesIO(png)).convert("RGBA")
    seen = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("L")
    return {(code.format.name, code.text) for code in zxingcpp.read_barcodes(seen)}


def png(width: int = 8, height: int = 4, *, rows: int | None = None) -> bytes:
    """A picture of one colour; with other numbers of rows than its head says, a damaged one."""
    pixels = (b"\x00" + b"\x20\x60\xa0\xff" * min(width, 64)) * (height if rows is None else rows)
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return PNG + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(pixels)) + _chunk(b"IEND", b"")


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
