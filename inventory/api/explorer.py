"""The stock explorer over HTTP: SKUs by warehouse, and one SKU in one warehouse down to its bins, claims and moves."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting.api.companies import company_of
from backoffice.core.api.actions import ActionAccess
from backoffice.core.api.fields import Quantity
from inventory.api.moving import MoveOut, owner_party_id, warehouse_id, wrong
from inventory.api.views import KINDS, StockKindsOut
from inventory.selectors import skus_by_code
from inventory.selectors.explorer import HOLDINGS, OWN, PAGE, SORTS, explore, stock_place
from inventory.selectors.stock_kinds import StockKinds

ACCESS = ("stock:read", "inventory.view_stocklevel")


class ExploreIn(serializers.Serializer[Any]):
    """search: the start of a code, a part of the name, or a barcode. category: its name, with those below."""

    company = serializers.SlugField(required=False)
    search = serializers.CharField(max_length=60, required=False, default="")
    category = serializers.CharField(max_length=120, required=False, default="")
    warehouse = serializers.CharField(max_length=20, required=False, help_text="Its code; empty: all.")
    holding = serializers.ChoiceField([name for name in HOLDINGS if name], required=False, default="")
    owner = serializers.CharField(
        max_length=40, required=False, default="", help_text="`own`: our own goods; else a party's code; empty: all."
    )
    sort = serializers.ChoiceField(list(SORTS), required=False, default="code")
    page = serializers.IntegerField(min_value=1, max_value=100_000, required=False, default=1)
    limit = serializers.IntegerField(min_value=1, max_value=500, required=False, default=PAGE)


class ExploredOut(serializers.Serializer[Any]):
    sku = serializers.CharField()
    name = serializers.CharField()
    category = serializers.CharField(allow_blank=True)
    places = StockKindsOut(many=True)


class ExploreOut(serializers.Serializer[Any]):
    """more: whether there is another page."""

    more = serializers.BooleanField()
    results = ExploredOut(many=True)


class PlaceIn(serializers.Serializer[Any]):
    company = serializers.SlugField(required=False)
    sku = serializers.CharField(max_length=60)
    warehouse = serializers.CharField(max_length=20)


class PlaceQuantOut(serializers.Serializer[Any]):
    location = serializers.CharField(source="location.code")
    kind = serializers.CharField(source="location.kind")
    lot = serializers.CharField(source="lot.code", default="")
    expiry_date = serializers.DateField(source="lot.expiry_date", default=None, allow_null=True)
    owner = serializers.CharField(source="owner.code", default="")
    quantity = Quantity()
    claimed = Quantity()


class PlaceClaimOut(serializers.Serializer[Any]):
    """source_type, source_id: the line of the document that claims."""

    kind = serializers.CharField(source="demand.kind")
    source_type = serializers.CharField(source="demand.source_type")
    source_id = serializers.IntegerField(source="demand.source_id")
    promise_date = serializers.DateField(source="demand.promise_date", allow_null=True)
    lot = serializers.CharField(source="lot.code", default="")
    quantity = Quantity(source="open")


class PlaceOrderedOut(serializers.Serializer[Any]):
    number = serializers.CharField(source="purchase_order.number")
    supplier = serializers.CharField(source="purchase_order.supplier.code")
    quantity = Quantity(source="to_come")


class PlaceComingOut(serializers.Serializer[Any]):
    number = serializers.CharField(source="transfer.number")
    from_warehouse = serializers.CharField(source="transfer.source.code")
    quantity = Quantity(source="in_transit")


class StockPlaceOut(serializers.Serializer[Any]):
    """At most 100 rows of each; kinds by owner."""

    kinds = StockKindsOut(many=True)
    quants = PlaceQuantOut(many=True)
    claims = PlaceClaimOut(many=True)
    ordered = PlaceOrderedOut(many=True)
    coming = PlaceComingOut(many=True)
    moves = MoveOut(many=True)


class StockExplorerViewSet(ActionAccess, viewsets.ViewSet):
    """Where the stock is."""

    access = {"list": ACCESS, "place": ACCESS}

    @extend_schema(parameters=[ExploreIn], responses=ExploreOut)
    def list(self, request: Any) -> Response:
        """Stocked SKUs with what there is in each warehouse, the owners asked for together. Statements: 2 to 4 and the caller's."""
        body = ExploreIn(data=request.query_params)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        company_id = company_of(request, given.pop("company", None))
        code = given.pop("warehouse", "")
        if given["owner"] not in ("", OWN):
            owner_party_id(company_id, given["owner"])
        rows, more = explore(company_id, warehouse_id=warehouse_id(company_id, code) if code else None, **given)
        shown = [
            {
                "sku": row.sku,
                "name": row.name,
                "category": row.category,
                "places": [_kinds(row.sku, place) for place in row.places.values()],
            }
            for row in rows
        ]
        return Response(ExploreOut({"more": more, "results": shown}).data)

    @extend_schema(parameters=[PlaceIn], responses=StockPlaceOut)
    @action(detail=False, methods=["get"])
    def place(self, request: Any) -> Response:
        """One SKU in one warehouse: bins and lots, claims, what comes, the latest moves. Statements: 8 and the caller's."""
        body = PlaceIn(data=request.query_params)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        company_id = company_of(request, given.get("company"))
        sku = skus_by_code(company_id, [given["sku"]]).get(given["sku"])
        if sku is None:
            raise wrong("sku", _("There is no SKU “%(code)s”.") % {"code": given["sku"]}, "unknown_sku")
        place = stock_place(company_id, sku, warehouse_id(company_id, given["warehouse"]))
        parts = {name: getattr(place, name) for name in ("quants", "claims", "ordered", "coming", "moves")}
        return Response(StockPlaceOut({"kinds": [_kinds(given["sku"], row) for row in place.kinds], **parts}).data)


def _kinds(sku: str, place: StockKinds) -> dict[str, Any]:
    return {"sku": sku, **{name: getattr(place, name) for name in KINDS}}
