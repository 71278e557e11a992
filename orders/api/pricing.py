"""Prices over HTTP: asked by storefronts of business customers and staff, and written in batches."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting.api.companies import company_of
from backoffice.core.api.actions import ActionAccess, actor_of
from backoffice.core.api.batches import BatchOut, Refuse, TableBatchIn, apply_items
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.errors import InvalidInput
from backoffice.core.models import ApiKey
from backoffice.core.tabular import RowError, noun_of
from orders.api.channels import channel_of
from orders.api.serializers import Amount
from orders.models import PriceList
from orders.selectors.price_lists import Asking, listed_breaks, listed_prices
from orders.selectors.setting import known_skus
from orders.services.pricing import local_day

MAX_LINES = 1000


class PriceLineIn(serializers.Serializer[Any]):
    sku = serializers.CharField(max_length=120)
    quantity = Amount(min_value=Decimal("0.000001"), default=Decimal(1))


class PricesIn(serializers.Serializer[Any]):
    """contact: the buyer's external id, whose own prices and whose group's count. on: the day; left out: today."""

    channel = serializers.SlugField(required=False, help_text="Staff only: a key is bound to its channel.")
    contact = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    currency = serializers.CharField(max_length=10, required=False)
    on = serializers.DateField(required=False)
    lines = PriceLineIn(many=True, min_length=1, max_length=MAX_LINES)


class BreakOut(serializers.Serializer[Any]):
    min_quantity = Amount()
    unit_price = Amount()


class PriceOut(serializers.Serializer[Any]):
    """unit_price and price_list are null where no list has a price; breaks: at which quantities it changes."""

    sku = serializers.CharField()
    quantity = Amount()
    unit_price = Amount(allow_null=True)
    price_list = serializers.CharField(allow_null=True)
    breaks = BreakOut(many=True)


class PricesOut(serializers.Serializer[Any]):
    currency = serializers.CharField()
    prices_include_tax = serializers.BooleanField()
    lines = PriceOut(many=True)


class PriceViewSet(ActionAccess, viewsets.ViewSet):
    """What a buyer is asked. POST, for the lines may be many; nothing is written."""

    access = {
        "create": ("prices:read", "orders.view_pricelist"),
        "batch": ("prices:write", "orders.change_pricelist"),
    }

    @extend_schema(request=PricesIn, responses=PricesOut)
    def create(self, request: Any) -> Response:
        """The prices of many SKUs at once, with their quantity breaks."""
        body = PricesIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        channel = channel_of(request, given)
        lines = given["lines"]
        by_code = known_skus(channel.company_id, codes=[line["sku"] for line in lines], ids=[]).by_code
        unknown = [
            {"field": f"lines.{row}.sku", "message": _("There is no SKU %(sku)s.") % line, "code": "unknown_sku"}
            for row, line in enumerate(lines)
            if line["sku"] not in by_code
        ]
        if unknown:
            raise InvalidInput(_("Some fields are wrong."), errors=unknown)
        asking = Asking(
            channel.pk,
            given.get("currency") or channel.currency,
            given.get("on") or local_day(channel, timezone.now()),
            contact=given["contact"],
        )
        wants = [(by_code[line["sku"]], line["quantity"]) for line in lines]
        found = listed_prices(wants, asking)
        breaks = listed_breaks([sku_id for sku_id, _quantity in wants], asking)
        rows = [
            {
                "sku": line["sku"],
                "quantity": line["quantity"],
                "unit_price": price.unit_price if price else None,
                "price_list": price.list_code if price else None,
                "breaks": breaks[sku_id],
            }
            for line, (sku_id, _quantity), price in zip(lines, wants, found, strict=True)
        ]
        said = {"currency": asking.currency, "prices_include_tax": channel.prices_include_tax, "lines": rows}
        return Response(PricesOut(said).data)

    @extend_schema(request=TableBatchIn, responses=BatchOut, parameters=[KEY_HEADER])
    @action(detail=False, methods=["post"])
    @idempotent()
    def batch(self, request: Any) -> Response:
        """Write up to 1,000 prices: price_list, sku, min_quantity, unit_price (null takes it off); a result for each."""
        body = TableBatchIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        company_id = company_of(request, given.get("company"))
        noun = noun_of("orders.import_prices")
        refuse = _strange_lists(request, company_id)
        return Response(
            apply_items(noun, given["items"], company_id=company_id, actor=actor_of(request), refuse=refuse)
        )


def _strange_lists(request: Any, company_id: int) -> Refuse:
    """A key bound to a channel writes the lists of that channel only; others do not exist for it. Statements: 0 or 1."""
    if not (isinstance(request.auth, ApiKey) and request.auth.channel_id):
        return lambda item: None
    lists = PriceList.objects.filter(company_id=company_id, channel_id=request.auth.channel_id)
    own = {code.upper() for code in lists.values_list("code", flat=True)}

    def refuse(item: Mapping[str, Any]) -> RowError | None:
        code = str(item.get("price_list", ""))[:50]
        if not code or code.upper() in own:
            return None
        said = _("There is no price list “%(code)s”: make it first.") % {"code": code}
        return RowError("price_list", said, "unknown_price_list")

    return refuse
