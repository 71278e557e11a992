"""Names of many bins from one pattern, such as A-{01..20}-{A..D}-{1..5}. Pure.

A part in braces is a range (01..20, A..D, with a step: 01..19..2) or a list (A,B,F); its width is the first value's.
It may name what it is: {aisle=A..C}. Parts without a name are, from the last one on, position, level, rack, aisle.
What stands before the first part is the aisle, if no part is.
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from backoffice.core.errors import InvalidInput

MAX_BINS = 10_000
MAX_CODE = 40
MAX_PART = 20
ROLES = ("aisle", "rack", "level", "position")

_PART = re.compile(r"\{([^{}]*)\}")
_NUMBERS = re.compile(r"(\d{1,6})\.\.(\d{1,6})(?:\.\.(\d{1,4}))?")
_LETTERS = re.compile(r"([A-Za-z])\.\.([A-Za-z])(?:\.\.(\d{1,2}))?")


@dataclass(frozen=True, slots=True)
class NamedBin:
    """A bin of a pattern, in the order in which the pattern counts."""

    code: str
    aisle: str = ""
    rack: str = ""
    level: str = ""
    position: str = ""


def expand(pattern: str) -> list[NamedBin]:
    """The bins that a pattern names, at most MAX_BINS. Raises InvalidInput saying what is wrong with it."""
    literals, roles, values = _parse(pattern.strip())
    count = 1
    for part in values:
        count *= len(part)
    if count > MAX_BINS:
        raise _wrong(
            _("The pattern names %(count)s bins; at most %(most)s are made at once.")
            % {"count": count, "most": MAX_BINS}
        )
    prefix = "" if "aisle" in roles else literals[0].strip("-_./ :")[:MAX_PART]
    bins = []
    for chosen in itertools.product(*values):
        code = literals[0] + "".join(value + text for value, text in zip(chosen, literals[1:], strict=True))
        named = dict(zip(roles, chosen, strict=True))
        bins.append(NamedBin(code, **({"aisle": prefix} | named)))
    if len(bins[0].code) > MAX_CODE or len(bins[-1].code) > MAX_CODE:
        raise _wrong(_("A bin's code has at most %(most)s characters.") % {"most": MAX_CODE})
    if len({found.code.upper() for found in bins}) < len(bins):
        raise _wrong(_("The pattern names the same bin twice: put a separator between its parts."))
    return bins


def _parse(pattern: str) -> tuple[list[str], list[str], list[list[str]]]:
    """The text between the parts, what each part is, and its values."""
    pieces = _PART.split(pattern)
    literals, inner = pieces[::2], pieces[1::2]
    if any(sign in text for text in literals for sign in "{}"):
        raise _wrong(_("Each { needs its }: write A-{01..20}-{A..D}-{1..5}."))
    if not inner or len(inner) > len(ROLES):
        raise _wrong(_("A pattern has one to four parts in braces: write A-{01..20}-{A..D}-{1..5}."))
    names, ranges = [], []
    for text in inner:
        name, _equals, rest = text.rpartition("=")
        name = name.strip().lower()
        if name and name not in ROLES:
            raise _wrong(
                _("“%(name)s” is no part of a place: use aisle, rack, level or position.") % {"name": name[:20]}
            )
        names.append(name)
        ranges.append(_values(rest.strip()))
    return literals, _roles(names), ranges


def _roles(names: Sequence[str]) -> list[str]:
    given = [name for name in names if name]
    if len(set(given)) < len(given):
        raise _wrong(_("Two parts of the pattern have the same name."))
    free = [role for role in ROLES if role not in given]
    missing = len(names) - len(given)
    rest = iter(free[len(free) - missing :])
    return [name or next(rest) for name in names]


def _values(text: str) -> list[str]:
    if "," in text:
        values = [value.strip() for value in text.split(",")]
        if not all(value and len(value) <= MAX_PART and value.isalnum() for value in values):
            raise _wrong(_("A list has letters and digits between its commas: {A,B,F}."))
    elif numbers := _NUMBERS.fullmatch(text):
        first, last, step = numbers[1], int(numbers[2]), int(numbers[3] or 1)
        if step < 1 or last < int(first) or (last - int(first)) // step >= MAX_BINS:
            raise _wrong(_("“%(text)s” does not count upwards, or counts too far.") % {"text": text})
        values = [str(value).zfill(len(first)) for value in range(int(first), last + 1, step)]
    elif letters := _LETTERS.fullmatch(text):
        start, end, step = ord(letters[1]), ord(letters[2]), int(letters[3] or 1)
        if step < 1 or end < start or letters[1].isupper() != letters[2].isupper():
            raise _wrong(_("“%(text)s” does not count upwards, or counts too far.") % {"text": text})
        values = [chr(value) for value in range(start, end + 1, step)]
    else:
        raise _wrong(_("“%(text)s” is no range: write 01..20, A..D or A,B,F.") % {"text": text[:40]})
    if len(set(values)) < len(values):
        raise _wrong(_("“%(text)s” names something twice.") % {"text": text[:40]})
    return values


def walk(bins: Sequence[NamedBin], *, serpentine: bool) -> list[NamedBin]:
    """In walking order: aisle by aisle along the racks. serpentine: every second aisle is walked back."""
    racks: dict[str, dict[str, list[NamedBin]]] = {}
    for found in bins:
        racks.setdefault(found.aisle, {}).setdefault(found.rack, []).append(found)
    order: list[NamedBin] = []
    for number, aisle in enumerate(racks.values()):
        groups = list(aisle.values())
        if serpentine and number % 2:
            groups.reverse()
        order += itertools.chain.from_iterable(groups)
    return order


def _wrong(message: str) -> InvalidInput:
    return InvalidInput(message, errors=[{"field": "pattern", "message": message, "code": "invalid"}])
