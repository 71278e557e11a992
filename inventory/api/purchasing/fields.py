"""What the purchasing views share: amounts, codes to ids, the words of a refusal."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from accounting.models import Party
from backoffice.core.errors import InvalidInput
from backoffice.core.fields import DECIMAL_PLACES, MAX_DIGITS
from inventory.selectors import skus_by_code

READ, WRITE = "purchasing:read", "purchasing:write"
MAX_LINES = 1000
ABOVE_ZERO = Decimal("0.000001")


class Figure(serializers.DecimalField):
    """A quantity or an amount of money."""

    def __init__(self, **values: Any) -> None:
        super().__init__(max_digits=MAX_DIGITS, decimal_places=DECIMAL_PLACES, **values)


def wrong(*errors: tuple[str, str, str]) -> InvalidInput:
    """(field, code, message) of each field that is wrong."""
    return InvalidInput(
        _("Some fields are wrong; nothing was saved."),
        errors=[{"field": field, "code": code, "message": message} for field, code, message in errors],
    )


def supplier_of(code: str, company_id: int) -> int:
    """Raises InvalidInput. Statements: 1."""
    found = Party.objects.filter(company_id=company_id, is_supplier=True, code=code).values_list("pk", flat=True)
    if not found:
        raise wrong(("supplier", "unknown_supplier", _("There is no such supplier.")))
    return found[0]


def skus_of(lines: Sequence[Mapping[str, Any]], company_id: int, field: str = "lines") -> list[int]:
    """The SKU id of each line. Raises InvalidInput naming every unknown code. Statements: 1."""
    found = skus_by_code(company_id, [line["sku"] for line in lines])
    errors = [
        (f"{field}.{row}.sku", "unknown_sku", _("There is no SKU “%(code)s”.") % {"code": line["sku"]})
        for row, line in enumerate(lines)
        if line["sku"] not in found
    ]
    if errors:
        raise wrong(*errors)
    return [found[line["sku"]] for line in lines]
