"""Fields and parameters that stand in many places of the API."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from backoffice.core.fields import DECIMAL_PLACES, MAX_DIGITS

KEY_HEADER = OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, required=True)


class Amount(serializers.DecimalField):
    """A number of at most six decimals, as a string: money in the currency that stands beside it."""

    def __init__(self, **values: Any) -> None:
        super().__init__(max_digits=MAX_DIGITS, decimal_places=DECIMAL_PLACES, **values)


class Quantity(Amount):
    """The same, in base units of a SKU."""
