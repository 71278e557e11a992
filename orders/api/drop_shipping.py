"""Drop-shipping over HTTP: given to a supplier, shipped in parts, called off."""

from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting.models import Party
from backoffice.core.api.actions import actor_of
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.errors import InvalidInput
from backoffice.core.fields import DECIMAL_PLACES, MAX_DIGITS
from orders import services
from orders.api.serializers import Amount, ShipmentOut
from orders.models import DropShipLine, Shipment

ACCESS = {
    "drop_ships": ("orders:read", "orders.view_order"),
    "drop_ship": ("orders:write", "orders.change_order"),
    "record_drop_ship": ("shipments:write", "orders.change_order"),
    "cancel_drop_ship": ("orders:write", "orders.change_order"),
}
SOME = Decimal("0.000001")


class DropLineIn(serializers.Serializer[Any]):
    line = serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text="An order line's id.")
    quantity = Amount(min_value=SOME)
    supplier = serializers.CharField(max_length=60, help_text="The supplier's code.")
    unit_cost = Amount(
        required=False,
        allow_null=True,
        help_text="For one, in their currency, before tax; empty: as in their price list.",
    )


class DropShipIn(serializers.Serializer[Any]):
    lines = DropLineIn(many=True, min_length=1, max_length=1000)


class PartIn(serializers.Serializer[Any]):
    id = serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text="Of the drop-ship line.")
    quantity = Amount(min_value=SOME)


class ShippedIn(serializers.Serializer[Any]):
    """A parcel that the supplier sent; lines of one purchase order."""

    parts = PartIn(many=True, min_length=1, max_length=1000)
    shipped_at = serializers.DateTimeField(required=False, help_text="With its time zone; empty: now.")
    carrier = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    service = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    tracking_number = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")
    tracking_url = serializers.URLField(max_length=300, required=False, allow_blank=True, default="")


class CallOffIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300)
    supplier_agrees = serializers.BooleanField(
        required=False, default=False, help_text="Needed once the supplier has confirmed the purchase order."
    )


class DropShipOut(serializers.ModelSerializer[DropShipLine]):
    line = serializers.IntegerField(source="order_line_id")
    sku = serializers.CharField(source="order_line.sku.code")
    supplier = serializers.CharField(source="po_line.purchase_order.supplier.code")
    purchase_order = serializers.CharField(source="po_line.purchase_order.number")
    purchase_order_status = serializers.CharField(source="po_line.purchase_order.status")
    unit_cost = serializers.DecimalField(
        source="po_line.unit_cost", max_digits=MAX_DIGITS, decimal_places=DECIMAL_PLACES
    )

    class Meta:
        model = DropShipLine
        fields = [
            "id", "line", "sku", "supplier", "purchase_order", "purchase_order_status", "unit_cost", "quantity",
            "shipped", "cancelled",
        ]  # fmt: skip


class DropShipActions:
    """Actions of OrderViewSet."""

    get_object: Any

    @extend_schema(responses=DropShipOut(many=True), filters=False)
    @action(detail=True, url_path="drop-ships", pagination_class=None)
    def drop_ships(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The parts of the order that suppliers ship."""
        return Response(_parts(self.get_object().pk))

    @extend_schema(request=DropShipIn, responses={201: DropShipOut(many=True)}, parameters=[KEY_HEADER], filters=False)
    @action(detail=True, methods=["post"], url_path="drop-ship")
    @idempotent()
    def drop_ship(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Order lines, or parts of them, at suppliers for delivery to the buyer."""
        body = DropShipIn(data=request.data)
        body.is_valid(raise_exception=True)
        order = self.get_object()
        given = body.validated_data["lines"]
        suppliers = _suppliers(order.company_id, [line["supplier"] for line in given])
        services.drop_ship_lines(
            order.pk,
            lines=[
                services.DropShipInput(
                    line["line"], line["quantity"], suppliers[line["supplier"]], line.get("unit_cost")
                )
                for line in given
            ],
            company_id=order.company_id,
            actor=actor_of(request),
            ordered_at=timezone.now(),
        )
        return Response(_parts(order.pk), status=201)

    @extend_schema(request=ShippedIn, responses={201: ShipmentOut}, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"], url_path="drop-ships/ship")
    @idempotent()
    def record_drop_ship(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The supplier shipped a part: a shipment of the order, with its invoice."""
        body = ShippedIn(data=request.data)
        body.is_valid(raise_exception=True)
        order, given = self.get_object(), dict(body.validated_data)
        parts = given.pop("parts")
        first = _own(order.pk, parts[0]["id"])
        quantities: dict[int, Decimal] = {}
        for part in parts:
            quantities[part["id"]] = quantities.get(part["id"], Decimal(0)) + part["quantity"]
        made = services.record_dropship(
            first.po_line.purchase_order_id,
            quantities=quantities,
            company_id=order.company_id,
            shipped_at=given.pop("shipped_at", None) or timezone.now(),
            actor=actor_of(request),
            **given,
        )
        shipment = Shipment.objects.select_related("order", "warehouse", "purchase_order").get(pk=made.shipment_id)
        return Response(ShipmentOut(shipment).data, status=201)

    @extend_schema(request=CallOffIn, responses=DropShipOut(many=True), parameters=[KEY_HEADER], filters=False)
    @action(detail=True, methods=["post"], url_path=r"drop-ships/(?P<part_id>\d{1,18})/cancel")
    @idempotent()
    def cancel_drop_ship(self, request: Any, part_id: str, *args: Any, **kwargs: Any) -> Response:
        """Call off what a part has still to ship, at the supplier and on the order."""
        body = CallOffIn(data=request.data)
        body.is_valid(raise_exception=True)
        order = self.get_object()
        services.cancel_dropped(
            _own(order.pk, int(part_id)).pk,
            company_id=order.company_id,
            actor=actor_of(request),
            **body.validated_data,
        )
        return Response(_parts(order.pk))


def _parts(order_id: int) -> Any:
    rows = DropShipLine.objects.filter(order_line__order_id=order_id).select_related(
        "order_line__sku", "po_line__purchase_order__supplier"
    )
    return DropShipOut(rows.order_by("pk"), many=True).data


def _own(order_id: int, part_id: int) -> DropShipLine:
    """A part of this order. Raises InvalidInput."""
    found = DropShipLine.objects.filter(pk=part_id, order_line__order_id=order_id).select_related("po_line").first()
    if found is None:
        raise InvalidInput(
            _("Some fields are wrong; nothing was saved."),
            errors=[{"field": "parts", "message": _("The order has no such drop-ship line."), "code": "unknown_line"}],
        )
    return found


def _suppliers(company_id: int, codes: list[str]) -> dict[str, int]:
    found = dict(
        Party.objects.filter(company_id=company_id, is_supplier=True, code__in=codes).values_list("code", "pk")
    )
    wrong = [
        {"field": f"lines.{row}.supplier", "message": _("There is no such supplier."), "code": "unknown_supplier"}
        for row, code in enumerate(codes)
        if code not in found
    ]
    if wrong:
        raise InvalidInput(_("Some fields are wrong; nothing was saved."), errors=wrong)
    return found
