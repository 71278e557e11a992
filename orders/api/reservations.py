"""A storefront holds goods while its buyer checks out. See also `reservation` of POST orders/."""

from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.models import ApiKey
from orders import services
from orders.api.channels import channel_of
from orders.api.serializers import Amount
from orders.models import Reservation, ReservationLine, ReservationStatus

DEFAULT_SECONDS = 900


class CartLineIn(serializers.Serializer[Any]):
    sku = serializers.CharField(max_length=120)
    quantity = Amount(min_value=Decimal("0.000001"))


class SecondsIn(serializers.Serializer[Any]):
    seconds = serializers.IntegerField(min_value=1, default=DEFAULT_SECONDS, help_text="From now on.")


class ReservationIn(SecondsIn):
    """All or nothing, unless `partial`: then what there is."""

    channel = serializers.SlugField(required=False, help_text="Staff only: a key is bound to its channel.")
    lines = CartLineIn(many=True, min_length=1, max_length=200)
    partial = serializers.BooleanField(default=False)  # type: ignore[assignment]  # a field, as the body names it


class ReleaseIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class ReservedOut(serializers.Serializer[Any]):
    sku = serializers.CharField()
    wanted = Amount()
    reserved = Amount()


class ReservationMadeOut(serializers.Serializer[Any]):
    reference = serializers.CharField()
    expires_at = serializers.DateTimeField()
    lines = ReservedOut(many=True)


class ReservationLineOut(serializers.ModelSerializer[ReservationLine]):
    sku = serializers.CharField(source="sku.code")

    class Meta:
        model = ReservationLine
        fields = ["sku", "quantity"]


class ReservationOut(serializers.ModelSerializer[Reservation]):
    """One that is past expires_at has expired, also while its status still says open."""

    channel = serializers.CharField(source="channel.code")
    order = serializers.IntegerField(source="order_id", allow_null=True)
    lines = ReservationLineOut(many=True)

    class Meta:
        model = Reservation
        fields = ["reference", "channel", "status", "created_at", "expires_at", "order", "lines"]


class ReservationFilter(django_filters.FilterSet):
    status = django_filters.MultipleChoiceFilter(choices=ReservationStatus.choices)

    class Meta:
        model = Reservation
        fields: list[str] = []


class ReservationViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Reservation]
):
    """Reservations of the key's channel, by their reference."""

    access = {
        "list": ("orders:read", "orders.view_reservation"),
        "retrieve": ("orders:read", "orders.view_reservation"),
        "create": ("orders:write", "orders.add_reservation"),
        "extend": ("orders:write", "orders.change_reservation"),
        "release": ("orders:write", "orders.change_reservation"),
    }
    lookup_field = "reference"
    filterset_class = ReservationFilter
    serializer_class = ReservationOut

    def get_queryset(self) -> QuerySet[Reservation]:
        rows = Reservation.objects.select_related("channel").prefetch_related("lines__sku")
        return own_rows(self.request, rows, channel="channel_id")

    @extend_schema(request=ReservationIn, responses={201: ReservationMadeOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Hold goods; 409 reservation_out_of_stock names every line that lacks some, and holds nothing."""
        body = ReservationIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        made = services.reserve(
            [services.CartInput(line["sku"], line["quantity"]) for line in given["lines"]],
            channel_id=channel_of(request, given).pk,
            seconds=given["seconds"],
            api_key_id=request.auth.pk if isinstance(request.auth, ApiKey) else None,
            partial=given["partial"],
            actor=actor_of(request),
        )
        return Response(ReservationMadeOut(made).data, status=201)

    @extend_schema(request=SecondsIn, responses=ReservationOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def extend(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Keep it for so many seconds from now."""
        body = SecondsIn(data=request.data)
        body.is_valid(raise_exception=True)
        found = self.get_object()
        services.extend_reservation(
            found.reference,
            channel_id=found.channel_id,
            seconds=body.validated_data["seconds"],
            actor=actor_of(request),
        )
        return Response(ReservationOut(self.get_object()).data)

    @extend_schema(request=ReleaseIn, responses=ReservationOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def release(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Give its goods back now."""
        body = ReleaseIn(data=request.data)
        body.is_valid(raise_exception=True)
        found = self.get_object()
        services.release_reservation(
            found.reference,
            channel_id=found.channel_id,
            reason=body.validated_data["reason"],
            actor=actor_of(request),
        )
        return Response(ReservationOut(self.get_object()).data)
