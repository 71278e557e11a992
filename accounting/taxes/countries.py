"""Member states of the European Union and their standard rates of VAT, by first day. Pure."""

import datetime
from decimal import Decimal

D, day = Decimal, datetime.date
ALWAYS = day(2021, 7, 1)  # the One-Stop Shop began

STANDARD_RATES: dict[str, tuple[tuple[datetime.date, Decimal], ...]] = {
    country: ((ALWAYS, D(rate)),)
    for country, rate in {
        "AT": "0.20", "BE": "0.21", "BG": "0.20", "CY": "0.19", "CZ": "0.21", "DE": "0.19", "DK": "0.25", "ES": "0.21",
        "FR": "0.20", "GR": "0.24", "HR": "0.25", "HU": "0.27", "IE": "0.23", "IT": "0.22", "LT": "0.21", "LV": "0.21",
        "MT": "0.18", "NL": "0.21", "PL": "0.23", "PT": "0.23", "SE": "0.25", "SI": "0.22",
    }.items()
} | {
    "EE": ((ALWAYS, D("0.20")), (day(2024, 1, 1), D("0.22")), (day(2025, 7, 1), D("0.24"))),
    "FI": ((ALWAYS, D("0.24")), (day(2024, 9, 1), D("0.255"))),
    "LU": ((ALWAYS, D("0.17")), (day(2023, 1, 1), D("0.16")), (day(2024, 1, 1), D("0.17"))),
    "RO": ((ALWAYS, D("0.19")), (day(2025, 8, 1), D("0.21"))),
    "SK": ((ALWAYS, D("0.20")), (day(2025, 1, 1), D("0.23"))),
}  # fmt: skip
EU = frozenset(STANDARD_RATES)
