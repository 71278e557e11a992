"""GTIN check digits (GS1 General Specifications, section 7.9)."""


def check_digit(digits: str) -> str:
    """The last digit of a GTIN, SSCC or GLN whose other digits are given (any length)."""
    if not digits.isdigit():
        raise ValueError(f"{digits!r}: digits only")
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def ean13(twelve: str) -> str:
    """A 13-digit GTIN from its first twelve digits."""
    if len(twelve) != 12:
        raise ValueError(f"{twelve!r}: an EAN-13 has twelve digits before its check digit")
    return twelve + check_digit(twelve)


def is_gtin(code: str) -> bool:
    """Whether a code of 8, 12, 13 or 14 digits ends with its check digit."""
    return code.isdigit() and len(code) in (8, 12, 13, 14) and check_digit(code[:-1]) == code[-1]
