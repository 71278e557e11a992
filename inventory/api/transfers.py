"""Transfers between warehouses over HTTP: asked for, approved, claimed, shipped, received, settled."""

from collections.abc import Callable
from typing import Any

import django_filters
from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting.api.companies import company_of
from accounting.models import Party
from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER, Quantity
from backoffice.core.api.idempotency import idempotent
from backoffice.core.api.reasons import OptionalReasonIn, ReasonIn
from inventory import services
from inventory.api.moving import MAX_LINES, lot_ids, place_ids, positive, serial_numbers, sku_ids, warehouse_id, wrong
from inventory.errors import TransferRefused
from inventory.models import SettlementKind, Transfer, TransferLine, TransferSettlement, TransferStatus


class TransferLineIn(serializers.Serializer[Any]):
    sku = serializers.CharField(max_length=60)
    quantity = positive()
    lot = serializers.CharField(max_length=60, required=False, help_text="Only of this lot.")


class TransferIn(serializers.Serializer[Any]):
    """source, target: codes of warehouses. external_id: yours; the same one again is the same transfer."""

    company = serializers.SlugField(required=False)
    source = serializers.CharField(max_length=20)  # type: ignore[assignment]
    target = serializers.CharField(max_length=20)
    expected_date = serializers.DateField(required=False, allow_null=True, default=None)
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")
    external_id = serializers.CharField(max_length=100, required=False)
    lines = TransferLineIn(many=True, min_length=1, max_length=MAX_LINES)


class AllocateIn(serializers.Serializer[Any]):
    """short, where less is there: refuse, wait (claim what there is) or cut (bring what there is)."""

    short = serializers.ChoiceField(["refuse", "wait", "cut"], default="refuse")


class TransferShippedIn(serializers.Serializer[Any]):
    """location: the place that it was taken from; left out: the bins, what expires first and lies nearest."""

    line = serializers.IntegerField(min_value=1)
    quantity = positive()
    location = serializers.CharField(max_length=40, required=False)
    serials = serial_numbers()


class TransferShipIn(serializers.Serializer[Any]):
    carrier = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    tracking_number = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")
    lines = TransferShippedIn(many=True, min_length=1, max_length=MAX_LINES)


class ReceivedIn(serializers.Serializer[Any]):
    line = serializers.IntegerField(min_value=1)
    quantity = positive()
    location = serializers.CharField(max_length=40, help_text="The place of the target warehouse that it was put into.")
    serials = serial_numbers()


class ReceiveIn(serializers.Serializer[Any]):
    lines = ReceivedIn(many=True, min_length=1, max_length=MAX_LINES)


class SettledIn(serializers.Serializer[Any]):
    """location: where found goods lie; claim_on: the code of the carrier's party, for a claim."""

    line = serializers.IntegerField(min_value=1)
    quantity = positive()
    kind = serializers.ChoiceField(SettlementKind.choices)
    location = serializers.CharField(max_length=40, required=False)
    claim_on = serializers.CharField(max_length=40, required=False)
    serials = serial_numbers()


class SettleIn(ReasonIn):
    lines = SettledIn(many=True, min_length=1, max_length=MAX_LINES)


class SettlementOut(serializers.ModelSerializer[TransferSettlement]):
    claim_on = serializers.CharField(source="claim_on.code", default=None)

    class Meta:
        model = TransferSettlement
        fields = ["kind", "quantity", "value", "claim_on", "open_item", "note", "recorded_at"]


class TransferLineOut(serializers.ModelSerializer[TransferLine]):
    """claimed: held at the source now. in_transit: shipped, neither received nor settled."""

    sku = serializers.CharField(source="sku.code")
    lot = serializers.CharField(source="lot.code", default=None)
    claimed = Quantity(source="demand.claimed", default=None)
    in_transit = Quantity()
    settlements = SettlementOut(many=True)

    class Meta:
        model = TransferLine
        fields = [
            "id", "position", "sku", "lot", "quantity", "cancelled", "claimed", "shipped", "in_transit", "received",
            "settled", "settlements",
        ]  # fmt: skip


class TransferOut(serializers.ModelSerializer[Transfer]):
    number = serializers.CharField()
    source = serializers.CharField(source="source.code")  # type: ignore[assignment]
    target = serializers.CharField(source="target.code")
    lines = TransferLineOut(many=True)

    class Meta:
        model = Transfer
        fields = [
            "id", "number", "source", "target", "status", "expected_date", "carrier", "tracking_number", "note",
            "created_at", "shipped_at", "lines",
        ]  # fmt: skip


class TransferFilter(django_filters.FilterSet):
    status = django_filters.MultipleChoiceFilter(choices=TransferStatus.choices)
    source = django_filters.CharFilter(field_name="source__code")
    target = django_filters.CharFilter(field_name="target__code")
    sku = django_filters.CharFilter(field_name="lines__sku__code", lookup_expr="iexact", distinct=True)

    class Meta:
        model = Transfer
        fields: list[str] = []


READ, WRITE = ("transfers:read", "inventory.view_transfer"), ("transfers:write", "inventory.change_transfer")


class TransferViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Transfer]
):
    """Goods on their way between warehouses. Each step is a POST; refusals name the line and what is there."""

    access = {
        "list": READ,
        "retrieve": READ,
        "create": ("transfers:write", "inventory.add_transfer"),
        **dict.fromkeys(("approve", "allocate", "ship", "receive", "settle", "give_up", "close", "cancel"), WRITE),
    }
    filterset_class = TransferFilter
    serializer_class = TransferOut

    def get_queryset(self) -> QuerySet[Transfer]:
        settled = Prefetch("settlements", TransferSettlement.objects.select_related("claim_on").order_by("pk"))
        lines = TransferLine.objects.select_related("sku", "lot", "demand").prefetch_related(settled)
        rows = Transfer.objects.select_related("source", "target")
        return own_rows(self.request, rows.prefetch_related(Prefetch("lines", lines.order_by("position"))))

    @extend_schema(request=TransferIn, responses={201: TransferOut, 200: TransferOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Ask for a transfer: a draft. 200 where one with this external_id is there already."""
        body = TransferIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        company_id = company_of(request, given.get("company"))
        skus = sku_ids(company_id, given["lines"])
        lots = lot_ids(skus, given["lines"])
        draft = services.TransferDraft(
            warehouse_id(company_id, given["source"], "source"),
            warehouse_id(company_id, given["target"], "target"),
            [
                services.TransferLineInput(sku, row["quantity"], lot)
                for sku, lot, row in zip(skus, lots, given["lines"], strict=True)
            ],
            given["expected_date"],
            note=given["note"],
            source_key=f"api:{given['external_id']}" if given.get("external_id") else None,
        )
        [made] = services.create_transfers([draft], company_id=company_id, actor=actor_of(request))
        if made.transfer_id is None:
            raise TransferRefused(made.detail, code=made.code, row=made.row)
        return self._answer(made.transfer_id, status=200 if made.state == "already" else 201)

    @extend_schema(request=OptionalReasonIn, responses=TransferOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def approve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """draft -> approved: its goods are wanted at the source from now on."""
        return self._step(request, OptionalReasonIn, services.approve_transfers)

    @extend_schema(request=AllocateIn, responses=TransferOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def allocate(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """approved -> allocated: claim its goods. 409 not_enough_stock names each SKU, what is wanted and there."""
        return self._step(request, AllocateIn, services.allocate_transfers)

    @extend_schema(request=OptionalReasonIn, responses=TransferOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def close(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """received -> closed."""
        return self._step(request, OptionalReasonIn, services.close_transfers)

    @extend_schema(request=ReasonIn, responses=TransferOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def cancel(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Call it off; possible until goods have left."""
        return self._step(request, ReasonIn, services.cancel_transfers)

    @extend_schema(request=ReasonIn, responses=TransferOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"], url_path="give-up")
    @idempotent()
    def give_up(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What has not left will not."""
        return self._step(request, ReasonIn, lambda ids, **values: services.give_up_rest(ids[0], **values))

    @extend_schema(request=TransferShipIn, responses=TransferOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def ship(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """These goods have left the source warehouse; they are in transit."""
        body = TransferShipIn(data=request.data)
        body.is_valid(raise_exception=True)
        transfer, given = self.get_object(), body.validated_data
        rows = given["lines"]
        places = place_ids([transfer.source_id] * len(rows), rows, needed=False)
        services.ship_transfer(
            transfer.pk,
            parts=[
                services.ShippedPart(row["line"], row["quantity"], place, serials=tuple(row["serials"]))
                for row, place in zip(rows, places, strict=True)
            ],
            company_id=transfer.company_id,
            effective_at=timezone.now(),
            actor=actor_of(request),
            carrier=given["carrier"],
            tracking_number=given["tracking_number"],
        )
        return self._answer(transfer.pk)

    @extend_schema(request=ReceiveIn, responses=TransferOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def receive(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """These goods have arrived; what is short stays in transit. 409 over_receipt above what is in transit."""
        body = ReceiveIn(data=request.data)
        body.is_valid(raise_exception=True)
        transfer, rows = self.get_object(), body.validated_data["lines"]
        places = place_ids([transfer.target_id] * len(rows), rows)
        services.receive_transfer(
            transfer.pk,
            parts=[
                services.ReceivedPart(row["line"], row["quantity"], place or 0, serials=tuple(row["serials"]))
                for row, place in zip(rows, places, strict=True)
            ],
            company_id=transfer.company_id,
            effective_at=timezone.now(),
            actor=actor_of(request),
        )
        return self._answer(transfer.pk)

    @extend_schema(request=SettleIn, responses=TransferOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def settle(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What became of goods that never arrived: found, lost or claimed. Write-offs may need another person."""
        body = SettleIn(data=request.data)
        body.is_valid(raise_exception=True)
        transfer, rows = self.get_object(), body.validated_data["lines"]
        sides = [transfer.source_id if row["kind"] == "found_source" else transfer.target_id for row in rows]
        places = place_ids(sides, rows, needed=False)
        services.settle_transfer(
            transfer.pk,
            settlements=[
                services.Settlement(
                    row["line"], row["quantity"], row["kind"], place, claim_on, serials=tuple(row["serials"])
                )
                for row, place, claim_on in zip(rows, places, _parties(transfer.company_id, rows), strict=True)
            ],
            company_id=transfer.company_id,
            effective_at=timezone.now(),
            actor=actor_of(request),
            reason=body.validated_data["reason"],
        )
        return self._answer(transfer.pk)

    def _step(self, request: Any, serializer: Any, service: Callable[..., Any]) -> Response:
        body = serializer(data=request.data)
        body.is_valid(raise_exception=True)
        transfer = self.get_object()
        service([transfer.pk], company_id=transfer.company_id, actor=actor_of(request), **body.validated_data)
        return self._answer(transfer.pk)

    def _answer(self, transfer_id: int, *, status: int = 200) -> Response:
        return Response(TransferOut(self.get_queryset().get(pk=transfer_id)).data, status=status)


def _parties(company_id: int, rows: list[dict[str, Any]]) -> list[int | None]:
    codes = {row["claim_on"] for row in rows if row.get("claim_on")}
    known = dict(Party.objects.filter(company_id=company_id, code__in=codes).values_list("code", "pk"))
    for number, row in enumerate(rows):
        if row.get("claim_on") and row["claim_on"] not in known:
            message = _("There is no party “%(code)s”.") % {"code": row["claim_on"]}
            raise wrong(f"lines.{number}.claim_on", message, "unknown_party")
    return [known.get(row.get("claim_on")) for row in rows]
