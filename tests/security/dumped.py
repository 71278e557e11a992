"""What a reader of a database's dump could make of it: its bytes, and what is packed in them."""

import base64
import binascii
import re
import zlib
from collections.abc import Iterator, Mapping

HEX = re.compile(rb"(?:[0-9a-f]{2}){12,}", re.IGNORECASE)
BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")
DEEPEST = 4


def readable(content: bytes, depth: int = 0) -> Iterator[bytes]:
    """The bytes, and again those of all hexadecimal and base-64 in them, inflated where they are compressed."""
    yield content
    if depth == DEEPEST:
        return
    for run in HEX.findall(content):
        yield from readable(binascii.unhexlify(run), depth + 1)
    for run in BASE64.findall(content):
        text = run.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
        opened = base64.b64decode(text[: len(text) // 4 * 4])
        for inner in (opened, _inflated(opened)):
            if inner and (depth < 2 or inner.isascii()):
                yield from readable(inner, depth + 1)


def _inflated(content: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(content, 1 << 20)
    except zlib.error:
        return b""


def found_in(content: bytes, secrets: Mapping[str, str]) -> set[str]:
    """The names of the secrets that can be read in it, in whatever case, also in base 64 begun at another place."""
    forms = {name: _forms(secret) for name, secret in secrets.items()}
    everything = b"\n".join(readable(content))
    folded = everything.lower()
    return {
        name for name, (plain, coded) in forms.items() if plain in folded or any(form in everything for form in coded)
    }


def _forms(secret: str) -> tuple[bytes, list[bytes]]:
    content = secret.encode()
    shifted = []
    for shift in range(3):  # the first and the last letters depend on what stands beside
        whole = base64.b64encode(b"\0" * shift + content)
        shifted.append(whole[-(-shift * 4 // 3) + (shift > 0) : len(whole) - 4])
    return content.lower(), shifted + [form.translate(bytes.maketrans(b"+/", b"-_")) for form in shifted]
