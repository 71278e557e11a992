"""What a scanner sees: the pixels of a PNG and the barcodes in them."""

import struct
import zlib

import numpy as np
import numpy.typing as npt
import zxingcpp

from backoffice.core.pictures import PNG

RGBA = 4


def barcodes(png: bytes) -> set[tuple[str, str]]:
    """(symbology, text) of every barcode in a picture."""
    return {(code.format.name, code.text) for code in zxingcpp.read_barcodes(grey_pixels(png))}


def grey_pixels(png: bytes) -> npt.NDArray[np.uint8]:
    """An 8-bit RGBA picture as height x width of grey on white (PNG, Third Edition, 9 Filtering)."""
    width, height, depth, colour = struct.unpack(">IIBB", png[16:26])
    assert (depth, colour) == (8, 6), "8-bit RGBA"
    at, packed = 8, b""
    while at < len(png):
        size, name = struct.unpack(">I4s", png[at : at + 8])
        packed += png[at + 8 : at + 8 + size] if name == b"IDAT" else b""
        at += 12 + size
    rows = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, 1 + RGBA * width)
    above = np.zeros(RGBA * width, np.uint8)
    found = np.empty((height, RGBA * width), np.uint8)
    for number, (kind, given) in enumerate(zip(rows[:, 0], rows[:, 1:], strict=True)):
        above = found[number] = _unfilter(int(kind), given, above)
    colours = found.reshape(height, width, RGBA).astype(np.uint16)
    alpha = colours[:, :, 3:]
    return np.ascontiguousarray(
        ((colours[:, :, :3] * alpha + 255 * (255 - alpha)) // 255).mean(axis=2).astype(np.uint8)
    )


def _unfilter(kind: int, given: npt.NDArray[np.uint8], above: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    if kind == 0:
        return given
    if kind == 2:
        return given + above
    row = [0] * RGBA + given.tolist()
    up = [0] * RGBA + above.tolist()
    for i in range(RGBA, len(row)):
        left, over, corner = row[i - RGBA], up[i], up[i - RGBA]
        row[i] = (row[i] + _predicted(kind, left, over, corner)) & 255
    return np.array(row[RGBA:], np.uint8)


def _predicted(kind: int, left: int, over: int, corner: int) -> int:
    if kind == 1:
        return left
    if kind == 3:
        return (left + over) // 2
    guess = left + over - corner
    return min((left, over, corner), key=lambda value: abs(guess - value))


def png(width: int = 8, height: int = 4, *, rows: int | None = None) -> bytes:
    """A picture of one colour; with other numbers of rows than its head says, a damaged one."""
    pixels = (b"\x00" + b"\x20\x60\xa0\xff" * min(width, 64)) * (height if rows is None else rows)
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return PNG + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(pixels)) + _chunk(b"IEND", b"")


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
