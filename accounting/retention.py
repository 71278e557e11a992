"""How long the law wants invoices kept, with whom they were sent to: full years after the year of issue. Pure.

The longest of what a country's tax and commercial acts ask. Laws change and know exceptions: a company that was told
otherwise says so (Company.invoice_years).
"""

import datetime

USUAL = 10  # of countries that are not named
YEARS: dict[str, int] = {
    "AT": 7, "AU": 5, "BE": 10, "BG": 10, "CA": 6, "CH": 10, "CZ": 10, "DE": 8, "DK": 5, "EE": 7, "ES": 6, "FI": 6,
    "FR": 10, "GB": 6, "GE": 6, "HR": 11, "HU": 8, "IE": 6, "IT": 10, "LT": 10, "LU": 10, "NL": 7, "NO": 5, "NZ": 7,
    "PL": 5, "PT": 10, "SE": 7, "SI": 10, "SK": 10, "US": 7,
}  # fmt: skip


def years_kept(country: str, own: int | None) -> int:
    return YEARS.get(country, USUAL) if own is None else own


def kept_from(today: datetime.date, years: int) -> datetime.date:
    """The first day whose invoices are still kept."""
    return datetime.date(max(1, today.year - years), 1, 1)
