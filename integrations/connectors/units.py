"""Weights in the unit that a shop has chosen; its API does not say which."""

from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext_lazy as _

from integrations.connectors.login import LoginField
from integrations.connectors.offers import number_text

GRAMS = {"g": Decimal(1), "kg": Decimal(1000), "oz": Decimal("28.349523125"), "lb": Decimal("453.59237")}
WEIGHT_UNIT = LoginField(
    "weight_unit", _("Unit of weight"), _("As the shop's settings have it; kilograms otherwise."),
    kind="choice", choices=(("kg", _("Kilograms")), ("g", _("Grams")), ("lb", _("Pounds")), ("oz", _("Ounces"))), rare=True,
)  # fmt: skip


def from_grams(weight_g: Decimal, unit: str) -> str:
    """In the shop's unit (kilograms where it does not say), to four decimals."""
    return number_text((weight_g / GRAMS.get(unit, GRAMS["kg"])).quantize(Decimal("0.0001")))


def to_grams(text: str, unit: str) -> str:
    """Whole grams as text; "" for nothing or what is no number."""
    try:
        return number_text((Decimal(text) * GRAMS.get(unit, GRAMS["kg"])).quantize(Decimal(1))) if text else ""
    except InvalidOperation:
        return ""
