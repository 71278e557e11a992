"""Figures and dates as the active language writes them. Pure but for the active language."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from django.utils.formats import date_format, number_format

from backoffice.core.money import round_money
from backoffice.core.show import show_number

MINUS = "\N{MINUS SIGN}"


def amount(value: Decimal, exponent: int) -> str:
    """Rounded to the currency's smallest unit, thousands apart: 1,234.50."""
    rounded = round_money(value, exponent)
    text = number_format(abs(rounded), decimal_pos=exponent, use_l10n=True, force_grouping=True)
    return MINUS + text if rounded < 0 else text


def price(value: Decimal, exponent: int) -> str:
    """A price for one: with more decimals than the currency has only where it has them, four at most."""
    fine = value.quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP).normalize()
    return amount(value, max(exponent, -int(fine.as_tuple().exponent)))


def money(value: Decimal, exponent: int, currency: str) -> str:
    return f"{amount(value, exponent)}\N{NO-BREAK SPACE}{currency}"


def quantity(value: Decimal) -> str:
    return show_number(value)


def percent(rate: Decimal) -> str:
    """0.2 is 20 %."""
    return f"{show_number((rate * 100).normalize())}\N{NO-BREAK SPACE}%"


def day(value: date) -> str:
    return date_format(value, "DATE_FORMAT")
