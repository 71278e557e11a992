"""GTIN check digits (GS1 General Specifications, section 7.9) and the codes that a company makes itself. Pure."""

import re
from functools import lru_cache

GTIN_LENGTHS = (8, 12, 13, 14)


def check_digit(digits: str) -> str:
    """The last digit of a GTIN, SSCC or GLN whose other digits are given (any length)."""
    if not digits.isdecimal():
        raise ValueError(f"{digits!r}: digits only")
    total = 3 * sum(map(int, digits[::-2])) + sum(map(int, digits[-2::-2]))
    return str(-total % 10)


def ean13(twelve: str) -> str:
    """A 13-digit GTIN from its first twelve digits."""
    if len(twelve) != 12:
        raise ValueError(f"{twelve!r}: an EAN-13 has twelve digits before its check digit")
    return twelve + check_digit(twelve)


@lru_cache(maxsize=10_000)  # an import asks about each code several times
def is_gtin(code: str) -> bool:
    """Whether a code of 8, 12, 13 or 14 digits ends with its check digit."""
    if not (code.isascii() and code.isdecimal() and len(code) in GTIN_LENGTHS):
        return False
    return check_digit(code[:-1]) == code[-1]


def gtin14(code: str) -> str:
    """A GTIN in its longest form: the same number is printed with 8, 12, 13 or 14 digits."""
    return code.rjust(14, "0")


def looks_like_gtin(code: str) -> bool:
    """Digits only, as many as a GTIN has: with a wrong last digit it is a typing error, not a code of one's own."""
    return code.isascii() and code.isdecimal() and len(code) in GTIN_LENGTHS


def is_code_128(code: str) -> bool:
    """Whether Code 128 can print it: ASCII from space to tilde, without spaces at its ends."""
    return bool(re.fullmatch(r"[!-~](?:[ -~]{0,58}[!-~])?", code))


def own_code(kind: str, number: int) -> str:
    """A code of the company's own, for Code 128: S for a SKU, P for a pack, and the number of its row."""
    return f"{kind}{number:08d}"


def barcode_forms(code: str) -> list[str]:
    """A code, and how else the same GTIN is printed: scanners add or leave out leading zeros."""
    if not is_gtin(code):
        return [code]
    whole = gtin14(code)
    return [whole[-length:] for length in GTIN_LENGTHS if not whole[:-length].strip("0")]
