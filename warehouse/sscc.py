"""Serial shipping container codes: GS1 General Specifications, 3.3 (AI 00) and 7.9 (check digit)."""


def check_digit(digits: str) -> int:
    """The digit that makes the weighted sum (3, 1, 3, … from the right) a multiple of ten."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return -total % 10


def make_sscc(prefix: str, serial: int, *, extension: int = 0) -> str:
    """18 digits: extension, the company's GS1 prefix (7 to 10 digits), a serial that fills up, the check digit."""
    if not (prefix.isdecimal() and 7 <= len(prefix) <= 10):
        raise ValueError("a GS1 company prefix has 7 to 10 digits")
    room = 16 - len(prefix)
    body = f"{extension}{prefix}{serial % 10**room:0{room}d}"
    return f"{body}{check_digit(body)}"


def is_sscc(code: str) -> bool:
    return len(code) == 18 and code.isdecimal() and check_digit(code[:17]) == int(code[17])


def read_plate(scanned: str) -> str:
    """The plate in what a scanner sends of a label: with the symbology's sign, with (00) or 00 before an SSCC."""
    text = scanned.strip().removeprefix("]C1").lstrip("\x1d").replace("(00)", "00", 1).upper()
    if len(text) == 20 and text.startswith("00") and is_sscc(text[2:]):
        return text[2:]
    return text
