"""Small pictures, byte by byte."""

import struct
import zlib

EXIF = b"Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00GPS 41.7 N"


def chunk(name, data=b""):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(side=1, extra=b""):
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + extra + chunk(b"IDAT", zlib.compress(b"\x00\x00")) + chunk(b"IEND")


def segment(marker, data):
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(data) + 2) + data


def jpeg(exif=EXIF):
    """A frame of 3 × 2 pixels and a scan with a stuffed byte, as cameras write them."""
    frame = segment(0xC0, b"\x08\x00\x02\x00\x03\x01\x01\x11\x00")
    return (
        b"\xff\xd8"
        + segment(0xE1, exif)
        + frame
        + segment(0xDA, b"\x01\x01\x00\x00\x3f\x00")
        + b"\x12\xff\x00\x34\xff\xd9"
    )
