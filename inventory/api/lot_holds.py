"""Blocked lots over HTTP: blocked by one, lifted by two."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER, Quantity
from backoffice.core.api.filters import RowId, YesNo
from backoffice.core.api.idempotency import idempotent
from inventory import services
from inventory.models import HoldCause, Lot, LotHold


class LotHoldIn(serializers.Serializer[Any]):
    """lot: its id."""

    lot = serializers.IntegerField(min_value=1)
    cause = serializers.ChoiceField(HoldCause.choices)
    reason = serializers.CharField(max_length=300)


class HoldReasonIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300)


class LotHoldOut(serializers.ModelSerializer[LotHold]):
    """state: blocked, asked (somebody wants it lifted) or lifted."""

    lot_code = serializers.CharField(source="lot.code")
    sku = serializers.CharField(source="lot.sku.code")
    state = serializers.CharField()
    blocked_by = serializers.CharField(source="made_by_label")
    blocked_at = serializers.DateTimeField(source="recorded_at")
    asked_by = serializers.CharField(source="asked_by_label")
    lifted_by = serializers.CharField(source="lifted_by_label")

    class Meta:
        model = LotHold
        fields = [
            "id", "lot", "lot_code", "sku", "state", "cause", "reason", "blocked_by", "blocked_at", "asked_by",
            "asked_reason", "lifted_by", "lifted_reason", "lifted_at",
        ]  # fmt: skip


class LotHeldOut(LotHoldOut):
    """moved: what went to quarantine at once; promised: what stays where it is because it is claimed."""

    moved = Quantity()
    promised = Quantity()

    class Meta(LotHoldOut.Meta):
        fields = [*LotHoldOut.Meta.fields, "moved", "promised"]


class LotHoldFilter(django_filters.FilterSet):
    lot = RowId(field_name="lot_id")
    sku = django_filters.CharFilter(field_name="lot__sku__code", lookup_expr="iexact")
    cause = django_filters.ChoiceFilter(choices=HoldCause.choices)
    open = YesNo(field_name="lifted_at", lookup_expr="isnull")

    class Meta:
        model = LotHold
        fields: list[str] = []


READ, HOLD = ("stock:read", "inventory.view_lothold"), ("stock:write", "inventory.add_lothold")
ASK, LIFT = ("stock:write", "inventory.change_lothold"), ("stock:write", "inventory.lift_lothold")


class LotHoldViewSet(ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[LotHold]):
    """Lots of which nothing is claimed, picked or shipped. Who asks to lift a block and who lifts it are two persons."""

    access = {"list": READ, "retrieve": READ, "create": HOLD, "ask": ASK, "keep": LIFT, "lift": LIFT}
    serializer_class = LotHoldOut
    filterset_class = LotHoldFilter

    def get_queryset(self) -> QuerySet[LotHold]:
        return own_rows(self.request, LotHold.objects.select_related("lot__sku").order_by("-pk"))

    @extend_schema(request=LotHoldIn, responses={201: LotHeldOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any) -> Response:
        """Block a lot; what is free of it goes to quarantine."""
        body = LotHoldIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        lot = get_object_or_404(own_rows(request, Lot.objects.all()), pk=given["lot"])
        held = services.hold_lot(
            lot.pk,
            company_id=lot.company_id,
            cause=given["cause"],
            reason=given["reason"],
            effective_at=timezone.now(),
            actor=actor_of(request),
        )
        told = LotHoldOut(self.get_queryset().get(pk=held.hold.pk)).data
        return Response(told | {name: f"{getattr(held.aside, name):.6f}" for name in ("moved", "promised")}, status=201)

    @extend_schema(request=HoldReasonIn, responses=LotHoldOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def ask(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Ask to lift the block."""
        return self._step(request, services.ask_to_lift)

    @extend_schema(request=HoldReasonIn, responses=LotHoldOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def keep(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Refuse to lift it."""
        return self._step(request, services.keep_hold)

    @extend_schema(request=HoldReasonIn, responses=LotHoldOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def lift(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Lift the block that another person asked to lift; a key acts for its person."""
        return self._step(request, services.lift_hold)

    def _step(self, request: Any, service: Any) -> Response:
        body = HoldReasonIn(data=request.data)
        body.is_valid(raise_exception=True)
        hold = self.get_object()
        service(hold.pk, company_id=hold.company_id, reason=body.validated_data["reason"], actor=actor_of(request))
        return Response(LotHoldOut(self.get_queryset().get(pk=hold.pk)).data)
