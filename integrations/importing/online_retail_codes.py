"""What the codes of the Online Retail files stand for, before anybody has changed the mapping table."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

STOCK_CODE = re.compile(r"\d{5}[A-Za-z]{0,2}")


@dataclass(frozen=True, slots=True)
class Meaning:
    """kind: sku, charge, discount or journal. sku_code: the SKU meant, empty: of the code's own name."""

    kind: str
    charge_kind: str = ""
    account_role: str = ""
    sku_code: str = ""


@dataclass(frozen=True, slots=True)
class DefaultMapping:
    """A row of the mapping table that the profile makes for a new channel."""

    pattern: str
    meaning: str
    charge_kind: str
    account_role: str
    note: str


DEFAULT_MAPPINGS = (
    DefaultMapping("POST", "charge", "shipping", "shipping_revenue", "Postage"),
    DefaultMapping("DOT", "charge", "shipping", "shipping_revenue", "Dotcom postage"),
    DefaultMapping("C2", "charge", "shipping", "shipping_revenue", "Carriage"),
    DefaultMapping("M", "charge", "manual", "other_revenue", "Manual"),
    DefaultMapping("D", "discount", "other", "discount", "Discount"),
    DefaultMapping("S", "charge", "other", "samples", "Samples"),
    DefaultMapping("BANK CHARGES", "journal", "", "bank_charges", "Bank charges"),
    DefaultMapping("AMAZONFEE", "journal", "", "channel_fees", "Marketplace fee"),
    DefaultMapping("CRUK", "journal", "", "charity", "Charity commission"),
    DefaultMapping("B", "journal", "", "bad_debt", "Adjust bad debt"),
    DefaultMapping("PADS", "charge", "other", "other_revenue", "Pads to match cushions, not stocked"),
    DefaultMapping("gift_0001_*", "charge", "other", "vouchers", "Gift vouchers"),
    DefaultMapping("DCGS*", "charge", "other", "other_revenue", "Sold from another shop's stock"),
)

_GOODS = Meaning("sku")


def meanings(table: Iterable[tuple[str, Meaning]]) -> Callable[[str], Meaning | None]:
    """Look-up over (pattern, meaning) rows; letter case does not count, the longest prefix wins.

    A code that no row names is goods if it has the form of a stock code, else unknown (None).
    """
    exact: dict[str, Meaning] = {}
    prefixes: list[tuple[str, Meaning]] = []
    for pattern, meaning in table:
        if pattern.endswith("*"):
            prefixes.append((pattern[:-1].upper(), meaning))
        else:
            exact[pattern.upper()] = meaning
    prefixes.sort(key=lambda pair: -len(pair[0]))
    known: dict[str, Meaning | None] = {}

    def find(code: str) -> Meaning | None:
        upper = code.upper()
        if upper in exact:
            return exact[upper]
        for prefix, meaning in prefixes:
            if upper.startswith(prefix):
                return meaning
        return _GOODS if STOCK_CODE.fullmatch(code) else None

    def meaning_of(code: str) -> Meaning | None:
        if code not in known:
            known[code] = find(code)
        return known[code]

    return meaning_of


def default_meanings() -> Callable[[str], Meaning | None]:
    return meanings((row.pattern, Meaning(row.meaning, row.charge_kind, row.account_role)) for row in DEFAULT_MAPPINGS)


# ISO 3166 codes of the names in the files; "Channel Islands", "European Community" and "Unspecified" have none.
COUNTRIES = {
    "Australia": "AU", "Austria": "AT", "Bahrain": "BH", "Belgium": "BE", "Brazil": "BR", "Canada": "CA",
    "Cyprus": "CY", "Czech Republic": "CZ", "Denmark": "DK", "EIRE": "IE", "Finland": "FI", "France": "FR",
    "Germany": "DE", "Greece": "GR", "Hong Kong": "HK", "Iceland": "IS", "Israel": "IL", "Italy": "IT",
    "Japan": "JP", "Lebanon": "LB", "Lithuania": "LT", "Malta": "MT", "Netherlands": "NL", "Norway": "NO",
    "Poland": "PL", "Portugal": "PT", "RSA": "ZA", "Saudi Arabia": "SA", "Singapore": "SG", "Spain": "ES",
    "Sweden": "SE", "Switzerland": "CH", "USA": "US", "United Arab Emirates": "AE", "United Kingdom": "GB",
}  # fmt: skip
