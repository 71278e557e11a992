"""Countries, currencies and time zones by name: what CLDR (Babel) and the time zone database know of them."""

from functools import cache
from importlib.resources import files

from babel import Locale
from babel.numbers import get_currency_name, get_currency_precision, get_currency_symbol, get_territory_currencies


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language.replace("-", "_"))


def country_name(code: str, language: str) -> str:
    """In the reader's language; the code itself where nobody knows it."""
    return str(_locale(language).territories.get(code, code))


@cache
def country_codes() -> tuple[str, ...]:
    """Every country and territory that has money of its own or of another's."""
    groups = ("EU", "EZ", "UN", "QO", "XA", "XB", "ZZ")
    codes = (str(code) for code in _locale("en").territories)
    return tuple(
        sorted(code for code in codes if len(code) == 2 and code not in groups and get_territory_currencies(code))
    )


def country_choices(codes: tuple[str, ...], language: str) -> list[tuple[str, str]]:
    """(code, name), in the alphabet's order of the names."""
    return sorted(((code, country_name(code, language)) for code in codes), key=lambda one: one[1].casefold())


@cache
def currency_codes() -> tuple[str, ...]:
    """Every currency that is legal tender somewhere today."""
    found = {code for country in _locale("en").territories for code in get_territory_currencies(str(country))}
    return tuple(sorted(found))


def currency_choices(language: str, first: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """(code, "EUR Euro"), those named first at the top."""
    order = {code: place for place, code in enumerate(first)}
    codes = sorted(currency_codes(), key=lambda code: (order.get(code, len(order)), code))
    return [(code, f"{code} {get_currency_name(code, locale=_locale(language))}") for code in codes]


def currency_facts(code: str) -> tuple[str, str, int] | None:
    """(English name, symbol or nothing, decimals); None for one that is not legal tender anywhere."""
    if code not in currency_codes():
        return None
    symbol = get_currency_symbol(code, locale="en")
    return get_currency_name(code, locale="en"), "" if symbol == code else symbol, get_currency_precision(code)


def currency_of(country: str) -> str:
    """What is paid with there today; empty where nobody knows."""
    return next(iter(get_territory_currencies(country)), "")


# The time zone database lists a country's zones from east to west or the other way, here is where most people live.
_MOST_PEOPLE = {
    "AU": "Australia/Sydney", "BR": "America/Sao_Paulo", "CA": "America/Toronto", "CD": "Africa/Kinshasa",
    "CL": "America/Santiago", "CN": "Asia/Shanghai", "GL": "America/Nuuk", "ID": "Asia/Jakarta", "KZ": "Asia/Almaty",
    "MN": "Asia/Ulaanbaatar", "MX": "America/Mexico_City", "MY": "Asia/Kuala_Lumpur", "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon", "RU": "Europe/Moscow", "UA": "Europe/Kyiv", "US": "America/New_York",
}  # fmt: skip


@cache
def _zones() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in (files("tzdata") / "zoneinfo" / "zone.tab").read_text().splitlines():
        if not line.startswith("#"):
            country, _place, zone, *_note = line.split("\t")
            found[country] = (*found.get(country, ()), zone)
    return found


def time_zone_of(country: str) -> str:
    """Where most of its people live; empty where nobody knows."""
    return _MOST_PEOPLE.get(country) or next(iter(_zones().get(country, ())), "")
