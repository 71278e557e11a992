"""The counter over HTTP: shifts, sales, returns, receipts and pickups. The till's own page sends its sales here too."""

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.idempotency import idempotent
from backoffice.core.errors import InvalidInput
from backoffice.core.models import ApiKey
from inventory.models import Warehouse
from orders.api.serializers import ReasonIn
from orders.api.views import KEY_HEADER
from orders.models import Order, PaymentMethod
from warehouse import services
from warehouse.errors import ShiftClosed
from warehouse.models import CashMoveKind, Pickup, Till, TillReceipt, TillShift, TillTender
from warehouse.till.amounts import Tender
from warehouse.till.reads import find_goods, open_shift, shift_figures

READ, SELL, LEAD = "till:read", "till:sell", "till:discount"


class Amount(serializers.DecimalField):
    def __init__(self, **values: Any) -> None:
        super().__init__(max_digits=18, decimal_places=6, **values)


class TenderIn(serializers.Serializer[Any]):
    method = serializers.ChoiceField(PaymentMethod.choices)
    amount = Amount()
    reference = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    code = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")


class SaleLineIn(serializers.Serializer[Any]):
    sku = serializers.CharField(max_length=60)
    quantity = Amount()
    price = Amount(required=False, allow_null=True, default=None)
    discount = Amount(required=False, default=Decimal(0))


class SaleIn(serializers.Serializer[Any]):
    """client_id: a UUID drawn when the sale began; the same again is the same sale."""

    client_id = serializers.UUIDField()
    lines = SaleLineIn(many=True, required=False, default=list)
    gift_cards = serializers.ListField(child=Amount(), required=False, default=list, max_length=20)
    discount = Amount(required=False, default=Decimal(0))
    tenders = TenderIn(many=True, required=False, default=list)


class BackLineIn(serializers.Serializer[Any]):
    order_line = serializers.IntegerField(min_value=1)
    quantity = Amount()
    disposition = serializers.ChoiceField(["restock", "quarantine"], default="restock")


class TakeBackIn(serializers.Serializer[Any]):
    client_id = serializers.UUIDField()
    receipt = serializers.IntegerField(min_value=1)
    lines = BackLineIn(many=True)
    method = serializers.ChoiceField(["cash", "card", "store_credit"])
    reason = serializers.CharField(max_length=120)
    reference = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")


class CollectIn(serializers.Serializer[Any]):
    client_id = serializers.UUIDField()
    pickup = serializers.IntegerField(min_value=1)
    code = serializers.CharField(max_length=8)
    tenders = TenderIn(many=True, required=False, default=list)


class OpenIn(serializers.Serializer[Any]):
    float_amount = Amount(min_value=Decimal(0))


class CloseIn(serializers.Serializer[Any]):
    counted = Amount(min_value=Decimal(0))
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class CashIn(serializers.Serializer[Any]):
    client_id = serializers.UUIDField()
    kind = serializers.ChoiceField(CashMoveKind.choices)
    amount = Amount()
    reason = serializers.CharField(max_length=300)


class FoundOut(serializers.Serializer[Any]):
    """quantity: what one scan of the barcode means."""

    code = serializers.CharField()
    name = serializers.CharField()
    quantity = Amount()
    available = Amount()
    price = Amount(allow_null=True)


class ShiftOut(serializers.ModelSerializer[TillShift]):
    """expected: cash that should lie in the drawer."""

    opened_by = serializers.CharField(source="opened_by.username")

    class Meta:
        model = TillShift
        fields = [
            "id", "number", "status", "opened_at", "opened_by", "float_amount", "closed_at", "expected", "counted",
            "note", "entry",
        ]  # fmt: skip


class TillOut(serializers.ModelSerializer[Till]):
    warehouse = serializers.CharField(source="warehouse.code")
    currency = serializers.CharField(source="channel.currency")

    class Meta:
        model = Till
        fields = ["id", "code", "name", "warehouse", "currency", "is_active"]


class TenderOut(serializers.ModelSerializer[TillTender]):
    class Meta:
        model = TillTender
        fields = ["method", "amount", "reference"]


class ReceiptOut(serializers.ModelSerializer[TillReceipt]):
    """Codes of gift cards are only on the printed receipt."""

    tenders = TenderOut(many=True)

    class Meta:
        model = TillReceipt
        fields = [
            "id", "number", "kind", "client_id", "order", "return_order", "currency", "total", "change", "effective_at",
            "tenders",
        ]  # fmt: skip


class PickupOut(serializers.ModelSerializer[Pickup]):
    """code: to be told to the customer, who says it at the counter."""

    order_number = serializers.CharField(source="order.number")
    warehouse = serializers.CharField(source="warehouse.code")

    class Meta:
        model = Pickup
        fields = ["id", "order", "order_number", "warehouse", "status", "code", "asked_at", "ready_at", "collected_at"]


class PickupIn(serializers.Serializer[Any]):
    order = serializers.IntegerField(min_value=1)
    warehouse = serializers.CharField(max_length=60)


class TillViewSet(ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Till]):
    """Counters of shops."""

    access = {
        "list": (READ, "warehouse.view_till"),
        "retrieve": (READ, "warehouse.view_till"),
        "find": (READ, "warehouse.view_till"),
        "shift": (READ, "warehouse.view_tillshift"),
        "open": (SELL, "warehouse.add_tillshift"),
        "close": (SELL, "warehouse.change_tillshift"),
        "cash": (SELL, "warehouse.add_cashmove"),
        "sell": (SELL, "warehouse.add_tillreceipt"),
        "take_back": (SELL, "warehouse.return_tillreceipt"),
        "collect": (SELL, "warehouse.change_pickup"),
    }
    serializer_class = TillOut

    def get_queryset(self) -> QuerySet[Till]:
        rows = Till.objects.filter(is_active=True).select_related("warehouse", "channel", "company").order_by("code")
        return own_rows(self.request, rows, channel="channel_id")

    @extend_schema(
        responses=FoundOut(many=True),
        parameters=[OpenApiParameter("q", str, required=True), OpenApiParameter("search", bool)],
    )
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def find(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Goods by barcode or SKU; `search=1` also by a part of code or name."""
        term = request.query_params.get("q", "")[:60]
        if not term.strip() or "\x00" in term:
            return Response([])
        found = find_goods(self.get_object(), term, search=request.query_params.get("search") == "1")
        return Response(FoundOut(found, many=True).data)

    @extend_schema(responses=ShiftOut)
    @action(detail=True, methods=["get"])
    def shift(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The open shift, with the cash that should be there now."""
        shift = _open(self.get_object())
        shift.expected = shift_figures(shift).expected
        return Response(ShiftOut(shift).data)

    @extend_schema(request=OpenIn, responses={201: ShiftOut}, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def open(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Open a shift with the cash in the drawer."""
        given, till = _given(OpenIn, request), self.get_object()
        shift = services.open_shift(
            till_id=till.pk,
            company_id=till.company_id,
            float_amount=given["float_amount"],
            opened_at=timezone.now(),
            actor=actor_of(request),
        )
        return Response(ShiftOut(shift).data, status=201)

    @extend_schema(request=CloseIn, responses=ShiftOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def close(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Close the shift with the cash counted; the difference is posted."""
        given, till = _given(CloseIn, request), self.get_object()
        shift = services.close_shift(
            _open(till).pk,
            company_id=till.company_id,
            counted=given["counted"],
            closed_at=timezone.now(),
            actor=actor_of(request),
            note=given["note"],
        )
        return Response(ShiftOut(shift).data)

    @extend_schema(request=CashIn, responses={204: None}, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def cash(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Put cash in or take it out, with the reason."""
        given, till = _given(CashIn, request), self.get_object()
        services.move_cash(
            services.CashRequest(_open(till).pk, effective_at=timezone.now(), **given),
            company_id=till.company_id,
            actor=actor_of(request),
        )
        return Response(status=204)

    @extend_schema(request=SaleIn, responses={201: ReceiptOut, 200: ReceiptOut}, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def sell(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """A whole sale, paid; 200 where this very sale was booked before."""
        given, till = _given(SaleIn, request), self.get_object()
        sale = services.SaleRequest(
            shift_id=_shift_of(till, given["client_id"]),
            client_id=given["client_id"],
            lines=[
                services.SaleLine(line["sku"], line["quantity"], line["price"], line["discount"])
                for line in given["lines"]
            ],
            tenders=_tenders(given),
            effective_at=timezone.now(),
            gift_cards=given["gift_cards"],
            discount=given["discount"],
            may_discount=_may(request, LEAD, "warehouse.discount_tillreceipt"),
        )
        return _answer(services.sell(sale, company_id=till.company_id, actor=actor_of(request)))

    @extend_schema(request=TakeBackIn, responses={201: ReceiptOut, 200: ReceiptOut}, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"], url_path="take-back")
    @idempotent()
    def take_back(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Goods of a receipt come back; the money goes back."""
        given, till = _given(TakeBackIn, request), self.get_object()
        back = services.TakeBackRequest(
            shift_id=_shift_of(till, given["client_id"]),
            client_id=given["client_id"],
            receipt_id=given["receipt"],
            lines=[services.BackLine(row["order_line"], row["quantity"], row["disposition"]) for row in given["lines"]],
            method=given["method"],
            reason=given["reason"],
            reference=given["reference"],
            effective_at=timezone.now(),
            may_return=True,
        )
        return _answer(services.take_back(back, company_id=till.company_id, actor=actor_of(request)))

    @extend_schema(request=CollectIn, responses={201: ReceiptOut, 200: ReceiptOut}, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def collect(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Hand a pickup over to the customer who says its code, and take what is not paid yet."""
        given, till = _given(CollectIn, request), self.get_object()
        handed = services.CollectRequest(
            shift_id=_shift_of(till, given["client_id"]),
            client_id=given["client_id"],
            pickup_id=given["pickup"],
            code=given["code"],
            effective_at=timezone.now(),
            tenders=_tenders(given),
        )
        return _answer(services.collect_pickup(handed, company_id=till.company_id, actor=actor_of(request)))


class ReceiptViewSet(ActionAccess, mixins.RetrieveModelMixin, viewsets.GenericViewSet[TillReceipt]):
    """Receipts of tills."""

    access = {"retrieve": (READ, "warehouse.view_tillreceipt")}
    serializer_class = ReceiptOut

    def get_queryset(self) -> QuerySet[TillReceipt]:
        rows = TillReceipt.objects.prefetch_related("tenders")
        return own_rows(self.request, rows, channel="shift__till__channel_id")


class PickupViewSet(ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Pickup]):
    """Orders that customers fetch in a shop."""

    access = {
        "list": ("pickups:read", "warehouse.view_pickup"),
        "retrieve": ("pickups:read", "warehouse.view_pickup"),
        "create": ("pickups:write", "warehouse.add_pickup"),
        "ready": ("pickups:write", "warehouse.change_pickup"),
        "cancel": ("pickups:write", "warehouse.change_pickup"),
    }
    serializer_class = PickupOut
    filterset_fields = ["status", "order"]

    def get_queryset(self) -> QuerySet[Pickup]:
        rows = Pickup.objects.select_related("order", "warehouse").order_by("-pk")
        return own_rows(self.request, rows, channel="order__channel_id")

    @extend_schema(request=PickupIn, responses={201: PickupOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Have an order set aside in a shop. The same order again is answered with its pickup."""
        given = _given(PickupIn, request)
        order = own_rows(request, Order.objects.all(), channel="channel_id").filter(pk=given["order"]).first()
        shop = (
            Warehouse.objects.filter(company_id=order.company_id, code=given["warehouse"], is_active=True).first()
            if order
            else None
        )
        if order is None or shop is None:
            field = "warehouse" if order else "order"
            raise InvalidInput(
                _("Some fields are wrong; nothing was saved."),
                errors=[{"field": field, "message": _("is not there"), "code": "not_found"}],
            )
        [made] = services.ask_pickups(
            [order.pk],
            company_id=order.company_id,
            warehouse_id=shop.pk,
            asked_at=timezone.now(),
            actor=actor_of(request),
        )
        return Response(PickupOut(made).data, status=201)

    @extend_schema(request=None, responses=PickupOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def ready(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The goods are set aside: the customer may come."""
        pickup = self.get_object()
        services.ready_pickups(
            [pickup.pk], company_id=pickup.company_id, ready_at=timezone.now(), actor=actor_of(request)
        )
        return Response(PickupOut(self.get_object()).data)

    @extend_schema(request=ReasonIn, responses=PickupOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def cancel(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Nobody fetches it: the order stays, to be shipped or cancelled as any other."""
        given, pickup = _given(ReasonIn, request), self.get_object()
        services.cancel_pickups(
            [pickup.pk], company_id=pickup.company_id, actor=actor_of(request), reason=given["reason"]
        )
        return Response(PickupOut(self.get_object()).data)


def _given(form: Any, request: Any) -> Any:
    body = form(data=request.data)
    body.is_valid(raise_exception=True)
    return body.validated_data


def _tenders(given: dict[str, Any]) -> list[Tender]:
    return [Tender(row["method"], row["amount"], row["reference"], row["code"]) for row in given["tenders"]]


def _open(till: Till) -> TillShift:
    shift = open_shift(till.pk)
    if shift is None:
        raise ShiftClosed(_("The till has no open shift; open one first."), till_id=till.pk)
    return shift


def _shift_of(till: Till, client_id: Any) -> int:
    """The shift that a request was booked in, or else the open one: a lost answer may be asked for after closing."""
    known = TillReceipt.objects.filter(company_id=till.company_id, client_id=client_id).values_list(
        "shift_id", flat=True
    )
    return known.first() or _open(till).pk


def _may(request: Any, scope: str, permission: str) -> bool:
    if isinstance(request.auth, ApiKey):
        return scope in request.auth.scopes
    return request.user.has_perm(permission)


def _answer(done: services.SaleResult) -> Response:
    receipt = TillReceipt.objects.prefetch_related("tenders").get(pk=done.receipt_id)
    return Response(ReceiptOut(receipt).data, status=201 if done.state == "done" else 200)
