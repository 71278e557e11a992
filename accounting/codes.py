"""Codes of gift cards and store credit: unguessable, with a check character, read back from any spelling. Pure."""

import hashlib

# No I, O, 0 and 1: a code is read aloud and typed. Thirty-two letters are five bits each.
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
LENGTH = 16
_BODY = LENGTH - 1
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}


def make_code(secret: bytes) -> str:
    """A code of 75 secret bits and its check character, in groups of four: "ABCD-EFGH-JKLM-NPQR".

    secret: at least 10 bytes. ValueError for fewer.
    """
    if len(secret) < 10:
        raise ValueError("a code needs 10 secret bytes")
    bits = int.from_bytes(secret[:10])
    body = "".join(ALPHABET[bits >> (5 * place) & 31] for place in range(_BODY))
    return _grouped(body + _check(body))


def read_code(text: str) -> str:
    """The code as printed, whatever spaces, dashes and letter case it was typed with; "" if it cannot be one."""
    letters = "".join(text.upper().replace("-", " ").split())
    if len(letters) != LENGTH or not set(letters) <= _VALUES.keys() or letters[-1] != _check(letters[:-1]):
        return ""
    return _grouped(letters)


def digest_of(code: str) -> str:
    """What is kept of a code (64 hexadecimal digits). A code of 75 random bits needs no slow hash."""
    return hashlib.sha256(code.encode()).hexdigest()


def _check(body: str) -> str:
    """Luhn's check over 32 letters: finds each wrong letter and each swap of two neighbours that differ, save A9."""
    total = 0
    for place, letter in enumerate(reversed(body)):
        value = _VALUES[letter] * (1 if place % 2 else 2)
        total += value // 32 + value % 32
    return ALPHABET[-total % 32]


def _grouped(letters: str) -> str:
    return "-".join(letters[start : start + 4] for start in range(0, LENGTH, 4))
