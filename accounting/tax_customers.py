"""What a buyer is to the tax rules: consumer, business, registered or exempt. Pure."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from stdnum import get_cc_module
from stdnum.eu import vat

from accounting.taxes import EU

OTHER_PREFIXES = {"EL": "GR"}  # Greece writes EL in tax numbers


@dataclass(frozen=True, slots=True)
class Exemption:
    """A certificate: no tax in a country (a region of it), from a day to a day."""

    country: str
    region: str
    valid_from: datetime.date
    valid_to: datetime.date | None
    number: str = ""

    def holds(self, country: str, region: str, day: datetime.date) -> bool:
        return (
            self.country in ("", country)
            and self.region.upper() in ("", region.upper())
            and self.valid_from <= day
            and (self.valid_to is None or day <= self.valid_to)
        )


@dataclass(frozen=True, slots=True)
class TaxCustomer:
    """A buyer with a ledger party. country: of their own address, for numbers without a prefix."""

    is_organisation: bool = True
    tax_number: str = ""
    country: str = ""
    exemptions: Sequence[Exemption] = ()


@lru_cache(maxsize=4096)
def tax_number_country(number: str, country: str = "") -> str:
    """The country of a tax number that can be one, by its check digits; "" if it cannot.

    `country` counts where the number has no prefix. A country whose numbers are not known here takes any.
    """
    clean = "".join(number.split()).replace(".", "").replace("-", "").upper()
    if not clean:
        return ""
    prefix = OTHER_PREFIXES.get(clean[:2], clean[:2])
    if prefix in EU:
        return prefix if vat.is_valid(clean) else ""
    if country in EU:
        own = next((other for other, known in OTHER_PREFIXES.items() if known == country), country)
        return country if vat.is_valid(own + clean) else ""
    where = prefix if prefix.isalpha() and len(clean) > 4 else country
    known = get_cc_module(where.lower(), "vat") if where else None
    if known is None:
        return where if any(sign.isdecimal() for sign in clean) else ""
    return where if known.is_valid(clean) or known.is_valid(clean.removeprefix(where)) else ""


def customer_kind(customer: TaxCustomer | None, *, country: str, region: str, home: str, day: datetime.date) -> str:
    """The CustomerKind of a sale to `country` by a company at `home`.

    A tax number makes a buyer registered where it is of the country the goods go to, or where the goods leave the
    company's country and it is not of that one: a number of our own country frees no supply to another from tax.
    """
    if customer is None:
        return "consumer"
    if any(found.holds(country, region, day) for found in customer.exemptions):
        return "exempt"
    where = tax_number_country(customer.tax_number, customer.country or country)
    if where and (where == country or home not in (country, where)):
        return "registered"
    return "business" if customer.is_organisation else "consumer"
