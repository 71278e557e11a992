"""Which characters the bytes of a text file are, and what parts its cells. Pure."""

import csv
import io
import re
from typing import Any

from django.utils.translation import gettext as _

from backoffice.core.tabular.errors import TableRefused

ENCODINGS = ("utf-8", "utf-16", "cp1252", "cp1251")
DELIMITERS = (",", ";", "\t")
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_CYRILLIC = re.compile("[\u0400-\u045f]{3,}")
_LATIN = re.compile("[A-Za-z][\u00c0-\u00ff]{1,2}(?![\u00c0-\u00ff])|(?<![\u00c0-\u00ff])[\u00c0-\u00ff][a-z]")
_SIGNS = re.compile("[\u00c0-\u00ff]")  # in cp1252: letters; what is left over are signs such as € and –


def decode(content: bytes, encoding: str = "") -> tuple[str, str]:
    """The text and its encoding: as given, else by its mark, as UTF-8, as UTF-16 without a mark, or by its letters.

    cp1251 and cp1252 have no mark of their own: long runs of Cyrillic letters speak for the one, single accented
    letters between plain ones for the other. Raises TableRefused where both or neither would do.
    """
    if encoding:
        return _as(content, encoding), encoding
    for mark, name in _MARKS:
        if content.startswith(mark):
            return _as(content[len(mark) :], name), name[:6].rstrip("-")
    if wide := _wide(content):
        return _as(content, wide), "utf-16"
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        name = _by_letters(content)
        return _as(content, name), name


def _as(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding).removeprefix("\ufeff")
    except (UnicodeError, LookupError) as error:
        raise TableRefused(
            _("The file is not written in %(encoding)s. Save it as “CSV UTF-8”, or say which encoding it has.")
            % {"encoding": encoding},
            code="not_this_encoding",
        ) from error


def _wide(content: bytes) -> str:
    """UTF-16 without a mark: every second byte of plain Latin letters is a zero."""
    head = content[:2_000]
    half = max(1, len(head) // 2)
    if head[1::2].count(0) > 0.4 * half:
        return "utf-16-le"
    return "utf-16-be" if head[0::2].count(0) > 0.4 * half else ""


def _by_letters(content: bytes) -> str:
    cyrillic = content.decode("cp1251", "replace")
    latin = content.decode("cp1252", "replace")
    runs = sum(len(found[0]) for found in _CYRILLIC.finditer(cyrillic))
    singles = sum(1 for _found in _LATIN.finditer(latin))
    letters = sum(1 for _found in _SIGNS.finditer(latin))
    if runs > 0.6 * max(1, sum(byte >= 0x80 for byte in content)) and "\ufffd" not in cyrillic:
        return "cp1251"
    if "\ufffd" not in latin and runs == 0 and (singles >= 0.6 * letters):
        return "cp1252"
    raise TableRefused(
        _("It is not clear how the letters of this file are written. Save it as “CSV UTF-8”, or choose its encoding."),
        code="encoding_unclear",
    )


def delimiter_of(text: str) -> str:
    """What parts the headings: comma, semicolon or tab, whichever stands most often outside quotes."""
    head = re.sub(r'"[^"]*"', "", text.split("\n", 1)[0])
    return max(DELIMITERS, key=head.count)


def reader(text: str, delimiter: str) -> Any:
    """The rows of a text. Raises csv.Error while they are read."""
    csv.field_size_limit(1_000_000)
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
