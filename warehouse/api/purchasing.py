"""Purchase orders over HTTP with what the storeys above the goods book add: mailed, printed, received."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import actor_of
from backoffice.core.api.fields import KEY_HEADER, Quantity
from backoffice.core.api.idempotency import idempotent
from backoffice.core.api.reasons import OptionalReasonIn, ReasonIn
from inventory.api.purchasing import PurchaseOrderViewSet
from inventory.api.purchasing.fields import ABOVE_ZERO, MAX_LINES, wrong
from inventory.models import Location, PurchaseOrder
from orders.api.documents import MailOut
from orders.documents import render
from orders.services import mail_purchase_orders
from warehouse import services
from warehouse.models import OverDelivery, Receipt, ReceiptLine

_LINES = ("lines__lot", "lines__move__serials__serial")
LANGUAGE = OpenApiParameter("language", str, enum=[code for code, _name in settings.LANGUAGES])


class ReceivedLineIn(serializers.Serializer[Any]):
    """location: the code of the place where it was put; lot: its code, made with its expiry_date where the SKU has
    no such lot; serials: one for each unit of a SKU that is tracked by serial number. set_aside: damaged or quarantine
    puts it there instead; note says what is wrong, and is told as a problem of the receipt."""

    line = serializers.IntegerField(min_value=1)
    quantity = Quantity(min_value=ABOVE_ZERO)
    location = serializers.CharField(max_length=60)
    lot = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    expiry_date = serializers.DateField(required=False, allow_null=True, default=None)
    serials = serializers.ListField(
        child=serializers.CharField(max_length=80), required=False, max_length=10_000, default=list
    )
    set_aside = serializers.CharField(max_length=10, required=False, allow_blank=True, default="")
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class DeliveryIn(serializers.Serializer[Any]):
    """reference: the supplier's delivery note; the same again changes nothing. notice: the ASN that this is. to: the
    receipt that arrived or is being received; finish false: more of it is still to be unloaded."""

    lines = ReceivedLineIn(many=True, min_length=1, max_length=MAX_LINES)
    reference = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    notice = serializers.IntegerField(min_value=1, required=False, allow_null=True, default=None)
    to = serializers.IntegerField(min_value=1, required=False, allow_null=True, default=None)
    finish = serializers.BooleanField(required=False, default=True)
    device = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")


class OverDeliveryOut(serializers.ModelSerializer[OverDelivery]):
    """Beyond the order and its tolerance: not in stock until another person accepts it."""

    line = serializers.IntegerField(source="purchase_order_line_id")
    receipt = serializers.IntegerField(source="receipt_id", allow_null=True)

    class Meta:
        model = OverDelivery
        fields = ["id", "line", "quantity", "status", "reference", "receipt"]


class PurchaseReceiptLineOut(serializers.ModelSerializer[ReceiptLine]):
    line = serializers.IntegerField(source="purchase_order_line_id")
    lot = serializers.CharField(source="lot.code", allow_null=True, default=None)
    serials = serializers.SerializerMethodField()

    class Meta:
        model = ReceiptLine
        fields = ["line", "quantity", "lot", "serials"]

    def get_serials(self, line: ReceiptLine) -> list[str]:
        return sorted(unit.serial.code for unit in line.move.serials.all())


class PurchaseReceiptOut(serializers.ModelSerializer[Receipt]):
    number = serializers.CharField(read_only=True)
    lines = PurchaseReceiptLineOut(many=True)

    class Meta:
        model = Receipt
        fields = ["id", "number", "status", "reference", "finished_at", "lines"]


class DeliveryOut(serializers.Serializer[Any]):
    """state: received, receiving, already, or waiting (all of it is over). receipt: null where all of it waits."""

    state = serializers.CharField()
    receipt = PurchaseReceiptOut(allow_null=True)
    waiting = OverDeliveryOut(many=True)


class PurchaseReceivingViewSet(PurchaseOrderViewSet):
    """Orders to suppliers, from the draft to the dock."""

    access = {
        **PurchaseOrderViewSet.access,
        "mail": ("purchasing:write", "inventory.change_purchaseorder"),
        "document": ("purchasing:read", "inventory.view_purchaseorder"),
        "receive": ("warehouse:write", "warehouse.add_receipt"),
        "receipts": ("warehouse:read", "warehouse.view_receipt"),
        "over_deliveries": ("warehouse:read", "warehouse.view_overdelivery"),
        "accept_over": ("warehouse:write", "warehouse.change_overdelivery"),
        "refuse_over": ("warehouse:write", "warehouse.change_overdelivery"),
    }

    @extend_schema(request=None, responses={202: MailOut(many=True)}, parameters=[KEY_HEADER], filters=False)
    @action(detail=True, methods=["post"])
    @idempotent()
    def mail(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Send it to the supplier as a PDF by mail, at most once for each call; a worker hands it over soon."""
        order = self.get_object()
        mails = mail_purchase_orders([order.pk], company_id=order.company_id, actor=actor_of(request))
        for mail in mails:
            mail.refresh_from_db()
        return Response(MailOut(mails, many=True).data, status=202)

    @extend_schema(
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
        parameters=[LANGUAGE],
        filters=False,
        operation_id="v1_purchase_orders_document",
    )
    def document(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """The order as PDF, in the supplier's language or the one asked for."""
        order = self.get_object()
        language = request.query_params.get("language", "")
        if language and language not in dict(settings.LANGUAGES):
            raise wrong(("language", "unknown_language", _("There is no such language.")))
        return HttpResponse(
            render("purchase_order", [order.pk], language),
            content_type="application/pdf",
            headers={
                "Content-Disposition": f'inline; filename="{order.number}.pdf"',
                "Cache-Control": "private, no-store",
            },
        )

    @extend_schema(request=DeliveryIn, responses={201: DeliveryOut}, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def receive(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Book a delivery in; what is over the tolerance waits for another person."""
        body = DeliveryIn(data=request.data)
        body.is_valid(raise_exception=True)
        order, given = self.get_object(), body.validated_data
        receipt, waiting = services.receive_delivery(
            _delivered(order, given["lines"]),
            po_id=order.pk,
            company_id=order.company_id,
            effective_at=timezone.now(),
            actor=actor_of(request),
            reference=given["reference"],
            device=given["device"],
            notice_id=given["notice"],
            receipt_id=given["to"],
            finish=given["finish"],
        )
        found = Receipt.objects.prefetch_related(*_LINES).get(pk=receipt.receipt_id) if receipt else None
        said = {"state": receipt.state if receipt else "waiting", "receipt": found, "waiting": waiting}
        return Response(DeliveryOut(said).data, status=201)

    @extend_schema(responses=PurchaseReceiptOut(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def receipts(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What came in on it."""
        rows = Receipt.objects.filter(purchase_order=self.get_object()).prefetch_related(*_LINES).order_by("pk")
        return Response(PurchaseReceiptOut(rows, many=True).data)

    @extend_schema(responses=OverDeliveryOut(many=True), filters=False)
    @action(detail=True, pagination_class=None, url_path="over-deliveries")
    def over_deliveries(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What was delivered beyond it, decided or not."""
        rows = OverDelivery.objects.filter(purchase_order_line__purchase_order=self.get_object()).order_by("pk")
        return Response(OverDeliveryOut(rows, many=True).data)

    @extend_schema(request=OptionalReasonIn, responses=OverDeliveryOut, parameters=[KEY_HEADER], filters=False)
    @action(detail=True, methods=["post"], url_path=r"over-deliveries/(?P<over_id>\d{1,18})/accept")
    @idempotent()
    def accept_over(self, request: Any, over_id: str, *args: Any, **kwargs: Any) -> Response:
        """Take it into stock; not whoever received it."""
        return self._decide_over(services.accept_over_delivery, request, over_id, OptionalReasonIn)

    @extend_schema(request=ReasonIn, responses=OverDeliveryOut, parameters=[KEY_HEADER], filters=False)
    @action(detail=True, methods=["post"], url_path=r"over-deliveries/(?P<over_id>\d{1,18})/refuse")
    @idempotent()
    def refuse_over(self, request: Any, over_id: str, *args: Any, **kwargs: Any) -> Response:
        """It goes back, or is not paid."""
        return self._decide_over(services.refuse_over_delivery, request, over_id, ReasonIn)

    def _decide_over(self, service: Any, request: Any, over_id: str, body: Any) -> Response:
        given = body(data=request.data)
        given.is_valid(raise_exception=True)
        order = self.get_object()
        found = OverDelivery.objects.filter(pk=int(over_id), purchase_order_line__purchase_order=order).first()
        if found is None:
            raise wrong(("over_delivery", "not_found", _("The order has no such over-delivery.")))
        service(found.pk, company_id=order.company_id, actor=actor_of(request), **given.validated_data)
        found.refresh_from_db()
        return Response(OverDeliveryOut(found).data)


def _delivered(order: PurchaseOrder, lines: list[dict[str, Any]]) -> list[services.DeliveredLine]:
    """Codes to ids. Raises InvalidInput naming every unknown place. Statements: 1."""
    places = dict(Location.objects.filter(warehouse_id=order.warehouse_id, is_active=True).values_list("code", "pk"))
    errors = []
    for row, line in enumerate(lines):
        if line["location"] not in places:
            errors.append((f"lines.{row}.location", "unknown_location", _("There is no such place in the warehouse.")))
    if errors:
        raise wrong(*errors)
    return [
        services.DeliveredLine(
            line["line"],
            Decimal(line["quantity"]),
            places[line["location"]],
            lot=line["lot"],
            expiry_date=line["expiry_date"],
            serials=tuple(line["serials"]),
            condition=line["set_aside"],
            note=line["note"],
        )
        for line in lines
    ]
