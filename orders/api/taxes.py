"""Why an order bears the taxes that it bears, over HTTP."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.fields import DECIMAL_PLACES, MAX_DIGITS
from orders.selectors.order_taxes import TaxStory, order_taxes

ACCESS = {"taxes": ("orders:read", "orders.view_order")}


class OrderTaxRowOut(serializers.Serializer[Any]):
    """rule: that decided it; rules_say, rules_tax: what the rules say now, where they are asked."""

    what = serializers.CharField(source="title")
    tax_class = serializers.CharField()
    tax_code = serializers.CharField(source="code")
    rate = serializers.DecimalField(9, 6)
    tax = serializers.DecimalField(MAX_DIGITS, DECIMAL_PLACES)
    collector = serializers.CharField()
    rule = serializers.IntegerField(source="rule.pk", default=None)
    rules_say = serializers.CharField(source="says.rule.tax_code.code", default=None)
    rules_tax = serializers.DecimalField(MAX_DIGITS, DECIMAL_PLACES, source="says.tax", default=None)
    difference = serializers.DecimalField(MAX_DIGITS, DECIMAL_PLACES)


class OrderTaxesOut(serializers.Serializer[Any]):
    """taxed_by: channel, rules or code. difference: what the rules would ask more than was charged."""

    taxed_by = serializers.CharField()
    country = serializers.CharField()
    customer_kind = serializers.CharField()
    tax_number = serializers.CharField()
    tax_number_country = serializers.CharField(help_text="Empty: by its digits it cannot be one.")
    problem = serializers.CharField(help_text="Why the rules say nothing; else empty.")
    difference = serializers.DecimalField(MAX_DIGITS, DECIMAL_PLACES)
    rows = OrderTaxRowOut(many=True)


def shown(story: TaxStory, taxed_by: str) -> dict[str, Any]:
    return {
        "taxed_by": taxed_by,
        "country": story.country,
        "customer_kind": story.customer,
        "tax_number": story.tax_number,
        "tax_number_country": story.number_country,
        "problem": story.problem,
        "difference": story.difference,
        "rows": story.rows,
    }


class TaxActions:
    """A mixin of the orders' view set."""

    @extend_schema(responses=OrderTaxesOut)
    @action(detail=True, methods=["get"])
    def taxes(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The taxes of its lines and charges, the rules that say so, and where a channel charged something else."""
        order = self.get_object()  # type: ignore[attr-defined]
        return Response(OrderTaxesOut(shown(order_taxes(order), order.taxed_by)).data)
