"""The change feed: what is new, changed or gone since a cursor, for whoever keeps a copy."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess
from backoffice.core.api.auth import may
from backoffice.core.errors import InvalidInput, NotPermitted
from backoffice.core.models import AccessKind, ApiKey
from backoffice.core.scopes import limits_of, may_work_with, visible
from integrations.selectors.changes_feed import Cursor, changes_since, cursor_now
from inventory.models import Sku, Warehouse
from orders.models import Order, PriceList, ReturnOrder, Shipment

# Each resource with the scope and the permission by which it is read.
RESOURCES: dict[str, tuple[str, str]] = {
    "orders": ("orders:read", "orders.view_order"),
    "shipments": ("shipments:read", "orders.view_shipment"),
    "returns": ("returns:read", "orders.view_returnorder"),
    "products": ("catalogue:read", "inventory.view_product"),
    "skus": ("catalogue:read", "inventory.view_sku"),
    "packs": ("catalogue:read", "inventory.view_pack"),
    "barcodes": ("catalogue:read", "inventory.view_barcode"),
    "categories": ("catalogue:read", "inventory.view_category"),
    "brands": ("catalogue:read", "inventory.view_brand"),
    "kits": ("catalogue:read", "inventory.view_sku"),
    "prices": ("prices:read", "orders.view_pricelist"),
    "price-lists": ("prices:read", "orders.view_pricelist"),
    "stock": ("stock:read", "inventory.view_stocklevel"),
}
OF_SKUS = frozenset({"skus", "prices", "stock"})
LIMIT, LARGEST = 500, 2000


class RecordChangeOut(serializers.Serializer[Any]):
    """id: of the row; of prices and stock the SKU's. code: the SKU's, or the channel's own id of the order."""

    resource = serializers.ChoiceField(list(RESOURCES))
    id = serializers.IntegerField()
    deleted = serializers.BooleanField(help_text="It is gone: there is no row to read.")
    at = serializers.DateTimeField()
    code = serializers.CharField(allow_blank=True)
    warehouse = serializers.CharField(allow_blank=True, help_text="Of stock.")


class ChangesOut(serializers.Serializer[Any]):
    """next: the `since` of the next request. more: ask again at once."""

    changes = RecordChangeOut(many=True)
    next = serializers.CharField()
    more = serializers.BooleanField()


class ChangeViewSet(ActionAccess, viewsets.ViewSet):
    """Take a cursor first, then read the lists, then follow: nothing is missed, however long it took."""

    access = {"list": ("changes:read", "core.view_recordchange")}

    @extend_schema(
        responses=ChangesOut,
        parameters=[
            OpenApiParameter("since", str, description="`next` of the answer before; left out: only a cursor of now."),
            OpenApiParameter(
                "resources",
                str,
                enum=list(RESOURCES),
                many=True,
                explode=True,
                description="Left out: all that may be read.",
            ),
            OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": LARGEST}),
        ],
    )
    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What changed, each thing once, with deletions. A cursor is good for 29 days; then 410: read everything anew."""
        resources, limit = _resources(request), _limit(request)
        since = request.query_params.get("since", "")
        if not since:
            return Response({"changes": [], "next": str(cursor_now()), "more": False})
        key = request.auth if isinstance(request.auth, ApiKey) else None
        page = changes_since(
            Cursor.parse(since),
            resources=resources,
            company_id=key.company_id if key else None,
            channel_id=key.channel_id if key else None,
            limit=limit,
        )
        changes = seen_changes(page.changes, request.user)
        codes = _codes(changes)
        warehouses = dict(
            Warehouse.objects.filter(pk__in={one.warehouse_id for one in changes if one.warehouse_id}).values_list(
                "pk", "code"
            )
        )
        rows = [
            {
                "resource": one.resource,
                "id": one.id,
                "deleted": one.deleted,
                "at": one.at,
                "code": codes.get((one.resource in OF_SKUS, one.id), "")
                if one.resource in {*OF_SKUS, "orders"}
                else "",
                "warehouse": warehouses.get(one.warehouse_id, ""),
            }
            for one in changes
        ]
        return Response(ChangesOut({"changes": rows, "next": str(page.cursor), "more": page.more}).data)


OF_OTHERS: dict[str, Any] = {"orders": Order, "shipments": Shipment, "returns": ReturnOrder, "price-lists": PriceList}


def seen_changes(changes: Any, user: Any) -> list[Any]:
    """Without what belongs to warehouses and channels of others. Statements: none where the person is not limited."""
    if not limits_of(user):
        return list(changes)
    hidden = set()
    for resource, model in OF_OTHERS.items():
        ids = {one.id for one in changes if one.resource == resource}
        if ids:
            there = model.objects.filter(pk__in=ids)
            others = there.exclude(pk__in=visible(there, user).values("pk"))
            hidden |= {(resource, pk) for pk in others.values_list("pk", flat=True)}
    return [
        one
        for one in changes
        if (one.resource, one.id) not in hidden and may_work_with(user, AccessKind.WAREHOUSE, one.warehouse_id)
    ]


def _codes(changes: Any) -> dict[tuple[bool, int], str]:
    """By (it is a SKU, id). Statements: 2 at most."""
    skus = {one.id for one in changes if one.resource in OF_SKUS}
    orders = {one.id for one in changes if one.resource == "orders"}
    found = {(True, pk): code for pk, code in Sku.objects.filter(pk__in=skus).values_list("pk", "code")}
    found |= {(False, pk): own for pk, own in Order.objects.filter(pk__in=orders).values_list("pk", "external_id")}
    return found


def _resources(request: Any) -> list[str]:
    """What was asked for, or all that the caller may read. Raises InvalidInput or NotPermitted."""
    asked = [part for text in request.query_params.getlist("resources") for part in text.split(",") if part]
    if unknown := [name for name in asked if name not in RESOURCES]:
        text = _("There is no resource “%(name)s”.") % {"name": unknown[0][:40]}
        raise InvalidInput(text, errors=[{"field": "resources", "message": text, "code": "unknown_resource"}])
    allowed = [name for name, needed in RESOURCES.items() if may(request, *needed)]
    if refused := [name for name in asked if name not in allowed]:
        raise NotPermitted(_("You may not do this."), resource=refused[0], scope=RESOURCES[refused[0]][0])
    return asked or allowed


def _limit(request: Any) -> int:
    text = request.query_params.get("limit", str(LIMIT))
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text[:9]) <= LARGEST:
        said = _("Give 1 to %(most)s.") % {"most": LARGEST}
        raise InvalidInput(said, errors=[{"field": "limit", "message": said, "code": "invalid"}])
    return int(text)


ROUTES = (("changes", ChangeViewSet, "change"),)
