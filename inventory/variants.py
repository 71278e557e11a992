"""The matrix of a product's options: every combination of values, and what its SKU would be called. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

MAX_VARIANTS = 1_000
MAX_CODE = 60
_PLACE = re.compile(r"\{([^{}]*)\}")
PRODUCT = "product"


@dataclass(frozen=True, slots=True)
class Value:
    id: int
    name: str
    code: str


@dataclass(frozen=True, slots=True)
class Option:
    id: int
    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Variant:
    """One combination, a value for each option, with the code and the name that its SKU would have."""

    values: tuple[Value, ...]
    code: str
    name: str

    @property
    def key(self) -> tuple[int, ...]:
        return tuple(value.id for value in self.values)


def standard_pattern(options: Sequence[Option]) -> str:
    """{product}-{Size}-{Colour}"""
    return "-".join(["{product}", *(f"{{{option.name}}}" for option in options)])


def unknown_places(pattern: str, options: Sequence[Option]) -> list[str]:
    """What stands in braces and is neither the product's code nor an option."""
    known = {PRODUCT, *(option.name.casefold() for option in options)}
    return [place for place in _PLACE.findall(pattern) if place.strip().casefold() not in known]


def combinations(options: Sequence[Option]) -> int:
    count = 1 if options else 0
    for option in options:
        count *= len(option.values)
    return count


def matrix(options: Sequence[Option], *, pattern: str, product_code: str, product_name: str) -> list[Variant]:
    """Every combination in the order of options and values; codes by the pattern, in capitals as written."""
    variants = []
    for values in product(*(option.values for option in options)):
        codes = {option.name.casefold(): value.code for option, value in zip(options, values, strict=True)}
        codes[PRODUCT] = product_code
        code = _PLACE.sub(lambda place: codes.get(place[1].strip().casefold(), ""), pattern)  # noqa: B023  used at once
        name = ", ".join(value.name for value in values)
        variants.append(Variant(values, code.strip(), f"{product_name}, {name}"[:300]))
    return variants


def code_of_value(name: str) -> str:
    """How a value stands in codes if nobody says: its letters and digits, in capitals."""
    return re.sub(r"[^\w]+", "", name, flags=re.UNICODE).replace("_", "").upper()[:20]
