"""The counter over HTTP: shifts, sales, returns, receipts and pickups. The till's own page sends its sales here too."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.auth import may
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from warehouse import services
from warehouse.api.till_serializers import (
    CashIn,
    CloseIn,
    CollectIn,
    FoundOut,
    OpenIn,
    ReceiptOut,
    SaleIn,
    ShiftOut,
    TakeBackIn,
    TillOut,
    checked,
)
from warehouse.errors import ShiftClosed
from warehouse.models import Till, TillReceipt, TillShift
from warehouse.till.amounts import Tender
from warehouse.till.reads import find_goods, open_shift, shift_figures

READ, SELL, LEAD = "till:read", "till:sell", "till:discount"


class TillViewSet(ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Till]):
    """Counters of shops."""

    body_rows: ClassVar = {"receipt": "warehouse.tillreceipt"}
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
        if "q" not in request.query_params:
            raise serializers.ValidationError({"q": [_("Fill this in.")]})
        term = request.query_params["q"][:60]
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
        given, till = checked(OpenIn, request), self.get_object()
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
        given, till = checked(CloseIn, request), self.get_object()
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
        given, till = checked(CashIn, request), self.get_object()
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
        given, till = checked(SaleIn, request), self.get_object()
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
            may_discount=may(request, LEAD, "warehouse.discount_tillreceipt"),
        )
        return _answer(services.sell(sale, company_id=till.company_id, actor=actor_of(request)))

    @extend_schema(request=TakeBackIn, responses={201: ReceiptOut, 200: ReceiptOut}, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"], url_path="take-back")
    @idempotent()
    def take_back(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Goods of a receipt come back; the money goes back."""
        given, till = checked(TakeBackIn, request), self.get_object()
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
        given, till = checked(CollectIn, request), self.get_object()
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


def _answer(done: services.SaleResult) -> Response:
    receipt = TillReceipt.objects.prefetch_related("tenders").get(pk=done.receipt_id)
    return Response(ReceiptOut(receipt).data, status=201 if done.state == "done" else 200)
