"""Numbers of payment cards never enter: in texts that people and shops write they are taken out before anything is kept.

A number counts as a card's by how it begins, its length and its check digit. Fields that hold codes (ids, numbers,
references, barcodes) take a number that stands alone as it is: of those with sixteen digits one in sixty looks like one.
"""

import json
import logging
import re
from contextlib import suppress
from typing import Any

GONE = "[card number removed]"
FOUND, KEPT_S = "card-numbers-found", 24 * 3600
# In one piece, in fours, or as American Express groups them.
_FORMS = r"\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{4}([ -])\d{6}\2\d{5}"
_WRITTEN = re.compile(rf"(?<![\w.+-])(?:{_FORMS})(?!\w|\.\d)")
_BYTES = re.compile(rf"(?<!\d)(?:{_FORMS})(?!\d)".encode())
# Visa; Mastercard; American Express; Diners; Discover and UnionPay; JCB; Mir; Maestro: first digits and lengths. Visa's
# numbers of thirteen digits ended long ago: a German EAN has as many and begins alike.
_KINDS = re.compile(
    r"4\d{15}(?:\d{3})?|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|3(?:0[0-5]|[689]\d)\d{11}|(?:6011|64[4-9]\d|65\d\d)\d{12}|62\d{14}|35(?:2[89]|[3-8]\d)\d{12}|220[0-4]\d{12}"
    r"|(?:50|5[678]|6[37])\d{14}"
)
_CODES = re.compile(
    r"(?:^|_)(?:(?:id|pk|sku|code|number|no|reference|barcode|gtin|ean|serial|lot|key|token|phone|url|scan)s?"
    r"|address_id|version|cursor|iban|account|tracking|sequence|quantity|amount|price|total|search|term|q)$",
    re.IGNORECASE,
)
# Several codes in one field, and nothing but codes.
_PART = re.compile(r"[^|,;\t\r\n]+")
_LIST = re.compile(r"[ ]*+[\w./+-]*+[ ]*+(?:[|,;\t\r\n]++[ ]*+[\w./+-]*+[ ]*+)*+")
_CARDS = re.compile(r"card|(?:^|_)c?pan$|(?:^|_)cc(?:_|$)", re.IGNORECASE)
log = logging.getLogger(__name__)


def is_card(digits: str) -> bool:
    """Whether these digits are a card's number: its beginning, its length and Luhn's check digit."""
    if not _KINDS.fullmatch(digits) or len(set(digits)) == 1:
        return False
    doubled = (int(digit) * (2 - (place % 2 == 0)) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def without_cards(text: str) -> str:
    """The text, with GONE where a card's number stood."""
    return _WRITTEN.sub(lambda found: GONE if is_card(re.sub(r"\D", "", found[0])) else found[0], text)


def cleaned(value: Any, name: str = "") -> Any:
    """The same for all texts of a body. name: of the field that holds the value; a code that stands alone stays."""
    if isinstance(value, dict):
        return {key: cleaned(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [cleaned(inner, name) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return GONE if _CARDS.search(name) and is_card(str(value)) else value
    if not isinstance(value, str) or len(value) < 13:
        return value
    if _CODES.search(name) and not _CARDS.search(name) and _LIST.fullmatch(value):
        return _PART.sub(lambda part: part[0] if part[0].strip().isdecimal() else without_cards(part[0]), value)
    return without_cards(value)


def cleaned_body(body: bytes, *, place: str) -> bytes:
    """A body as it may be kept: JSON by its fields, another text as a whole; byte for byte the same without a card."""
    if not any(is_card(re.sub(rb"\D", b"", found[0]).decode()) for found in _BYTES.finditer(body)):
        return body
    try:
        given = json.loads(body)
        clean = cleaned(given)
        if clean == given:
            return body
        result = json.dumps(clean, ensure_ascii=False).encode()
    except (ValueError, RecursionError):  # no JSON, or one that nobody reads
        result = without_cards(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    if result != body:
        note(place)
    return result


def note(place: str) -> None:
    """Counted for a day, for the alarm: somebody writes card numbers where they do not belong."""
    # Here: the settings need this module for the log's lines.
    from django.core.cache import cache
    from redis.exceptions import RedisError

    log.warning("a card number was taken out", extra={"place": place})
    with suppress(RedisError):  # not counted while Valkey is away
        cache.add(FOUND, 0, KEPT_S)
        cache.incr(FOUND)


def found_lately() -> int | None:
    """How often within a day; None while Valkey, which counts, is away."""
    from django.core.cache import cache
    from redis.exceptions import RedisError

    try:
        return int(cache.get(FOUND) or 0)
    except RedisError:
        return None
