"""Dates, amounts and texts as banks write them; each refusal names the line and the field."""

import datetime
import re
import time
from decimal import Decimal

from django.utils.translation import gettext as _

from accounting.banking.errors import refuse

MAX_BYTES = 64 * 1024 * 1024
MAX_AMOUNT = Decimal(10) ** 15
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")
_CURRENCY = re.compile(r"[A-Z]{3}")
_SYMBOLS = str.maketrans("", "", "$€£¥₾\u00a0\u202f '")


def decode(content: bytes, encodings: tuple[str, ...] = ("utf-8-sig",)) -> str:
    """The text, by the first encoding that fits. Raises BankFileRefused naming the line that does not."""
    check_size(content)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ("utf-16",)
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            line = text[: text.index("\x00")].count("\n") + 1
            raise refuse("bad_encoding", _("there is a NUL character, as in no text file."), line=line)
        return text
    return _undecodable(content, encodings[0])


def _undecodable(content: bytes, encoding: str) -> str:
    try:
        content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise refuse(
            "bad_encoding", _("the text is not %(encoding)s.") % {"encoding": encoding}, line=line, encoding=encoding
        ) from None
    raise AssertionError("unreachable")


def check_size(content: bytes) -> None:
    if not content.strip():
        raise refuse("empty_file", _("The file is empty."))
    if len(content) > MAX_BYTES:
        raise refuse(
            "too_large", _("The file is larger than %(limit)s MB.") % {"limit": MAX_BYTES // 1024**2}, size=len(content)
        )


def read_amount(text: str, *, line: int, field: str, decimal: str = ".") -> Decimal:
    """ "1.234,56" with decimal "," is 1234.56; "$1,000.00", "(5.00)" and "5.00-" are read too."""
    raw = text.translate(_SYMBOLS).strip().replace("−", "-")
    sign = ""
    if raw.startswith("(") and raw.endswith(")"):
        raw, sign = raw[1:-1], "-"
    if raw.endswith(("-", "+")):
        raw, sign = raw[:-1], raw[-1]
    thousands = "." if decimal == "," else ","
    whole, point, cents = raw.partition(decimal)
    if thousands in cents or not _grouped(whole, thousands):
        raw = "?"
    else:
        raw = sign + whole.replace(thousands, "") + ("." if point else "") + cents
    if not _NUMBER.fullmatch(raw):
        raise refuse("bad_amount", _("“%(text)s” is no amount.") % {"text": text.strip()[:40]}, line=line, field=field)
    amount = Decimal(raw)
    exponent = amount.as_tuple().exponent
    if abs(amount) >= MAX_AMOUNT or not isinstance(exponent, int) or exponent < -6:
        raise refuse(
            "bad_amount",
            _("“%(text)s” is out of range: at most 15 digits before the point and 6 after it.")
            % {"text": text.strip()[:40]},
            line=line,
            field=field,
        )
    return amount


def _grouped(whole: str, thousands: str) -> bool:
    """Whether separators of thousands stand where they may: "1,000" and not "1,00"."""
    first, *rest = whole.split(thousands)
    return not rest or (0 < len(first.lstrip("+-")) <= 3 and all(len(group) == 3 for group in rest))


def read_date(text: str, *, line: int, field: str, formats: tuple[str, ...] = ("%Y-%m-%d",)) -> datetime.date:
    """Raises BankFileRefused for what is no day of the calendar, such as 30 February."""
    for form in formats:
        try:
            day = datetime.date(*time.strptime(text.strip(), form)[:3])
        except ValueError:
            continue
        if 1970 <= day.year <= 2199:
            return day
    raise refuse("bad_date", _("“%(text)s” is no date.") % {"text": text.strip()[:40]}, line=line, field=field)


def read_currency(text: str, *, line: int, field: str) -> str:
    code = text.strip().upper()
    if not _CURRENCY.fullmatch(code):
        raise refuse(
            "bad_currency", _("“%(text)s” is no currency.") % {"text": text.strip()[:20]}, line=line, field=field
        )
    return code


def squeeze(text: str | None) -> str:
    """The text on one line, without what no screen shows."""
    return " ".join("".join(c if c.isprintable() else " " for c in text or "").split())
