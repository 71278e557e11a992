"""The floor over HTTP, for scanners: each POST is one call of one service."""

from dataclasses import replace
from typing import Any, ClassVar

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.api.reasons import ReasonIn
from backoffice.core.errors import DomainError, InvalidInput
from orders.api.views import ShipmentViewSet
from orders.models import Fulfilment, FulfilmentLine
from warehouse import services
from warehouse.api.filters import FulfilmentFilter, PickListFilter
from warehouse.api.serializers import (
    FulfillmentPackIn,
    FulfilmentOut,
    FulfilmentsIn,
    PackResultOut,
    PickListOut,
    PickListResultOut,
    PickResultOut,
    PicksIn,
    ShipIn,
    ShipResultOut,
    UnpickResultOut,
)
from warehouse.bench import check_weight
from warehouse.models import Box, PickList, PickTask
from warehouse.selectors import WALK

READ, WRITE = "warehouse:read", "warehouse:write"


class NotFound(DomainError):
    code = "not_found"
    status = 404


class Refused(DomainError):
    """A refusal whose code the service gave."""

    def __init__(self, code: str) -> None:
        super().__init__(_("Refused: %(code)s.") % {"code": code})
        self.code = code


def company_of(rows: Any, ids: list[int], company: str = "company_id") -> int:
    """The one company of these rows. Raises NotFound if one is not the caller's to see."""
    found = dict(rows.filter(pk__in=ids).order_by().values_list("pk", company))
    if missing := sorted(set(ids) - set(found)):
        raise NotFound(_("There is no %(id)s.") % {"id": missing[0]}, missing=missing)
    if len(companies := set(found.values())) > 1:
        raise NotFound(_("They belong to different companies."))
    return companies.pop()


class FulfilmentViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Fulfilment]
):
    """Work for the warehouse: `?status=ready` is what can be picked."""

    access = {
        "list": (READ, "orders.view_fulfilment"),
        "retrieve": (READ, "orders.view_fulfilment"),
        "pack": (WRITE, "warehouse.add_parcel"),
        "unpick": (WRITE, "warehouse.change_picklist"),
        "unpack": (WRITE, "warehouse.add_parcel"),
    }
    filterset_class = FulfilmentFilter
    serializer_class = FulfilmentOut

    def get_queryset(self) -> QuerySet[Fulfilment]:
        lines = Prefetch("lines", FulfilmentLine.objects.select_related("order_line__sku").order_by("pk"))
        rows = Fulfilment.objects.select_related("order", "warehouse").prefetch_related(lines)
        return own_rows(self.request, rows, channel="order__channel_id")

    @extend_schema(request=FulfillmentPackIn, responses=PackResultOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def pack(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Put what was picked into parcels; without parcels, all of it into one. What is merged is packed with it."""
        body = FulfillmentPackIn(data=request.data)
        body.is_valid(raise_exception=True)
        fulfilment, given = self.get_object(), body.validated_data
        parcels = [(parcel.get("weight_g"), parcel["lines"]) for parcel in given.get("parcels", [])]
        cartons = tuple(self._box(parcel, fulfilment.company_id) for parcel in given.get("parcels", []))
        others = services.packed_with([fulfilment.pk])
        [result, *_others] = services.pack(
            [services.Pack(fulfilment.pk, parcels or None, boxes=cartons), *(services.Pack(pk) for pk in others)],
            company_id=fulfilment.company_id,
            effective_at=given.get("effective_at") or timezone.now(),
            actor=actor_of(request),
            device=given["device"],
        )
        if result.state == "refused":
            raise Refused(result.code)
        return Response(PackResultOut(result).data)

    def _box(self, parcel: Any, company_id: int) -> int | None:
        """Raises InvalidInput for a box that is not ours, or that does not carry the weight."""
        if parcel.get("box") is None:
            return None
        found = Box.objects.filter(pk=parcel["box"], company_id=company_id).first()
        if found is None:
            raise InvalidInput(_("There is no such box."), errors=[{"field": "box"}])
        check_weight(found, parcel.get("weight_g"))
        return found.pk

    @extend_schema(request=ReasonIn, responses=UnpickResultOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def unpick(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Take it off the floor although it was begun; what was picked gets put-back tasks."""
        body = ReasonIn(data=request.data)
        body.is_valid(raise_exception=True)
        found = self.get_object()
        [result] = services.unpick(
            [found.pk], company_id=found.company_id, actor=actor_of(request), reason=body.validated_data["reason"]
        )
        if result.state == "refused":
            raise Refused(result.code)
        return Response(UnpickResultOut(result).data)

    @extend_schema(request=ReasonIn, responses=FulfilmentOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def unpack(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Open its parcels again: the shipment and its label are void."""
        body = ReasonIn(data=request.data)
        body.is_valid(raise_exception=True)
        found = self.get_object()
        services.unpack(
            [found.pk], company_id=found.company_id, actor=actor_of(request), reason=body.validated_data["reason"]
        )
        return Response(FulfilmentOut(self.get_object()).data)


class PickListViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[PickList]
):
    """Pick lists with their tasks, in walking order."""

    body_rows: ClassVar = {"task": "warehouse.picktask"}
    access = {
        "list": (READ, "warehouse.view_picklist"),
        "retrieve": (READ, "warehouse.view_picklist"),
        "create": (WRITE, "warehouse.change_picklist"),
        "confirm": (WRITE, "warehouse.change_picktask"),
    }
    filterset_class = PickListFilter
    serializer_class = PickListOut

    def get_queryset(self) -> QuerySet[PickList]:
        tasks = PickTask.objects.select_related("sku", "lot", "from_location__zone", "to_location")
        walk = Prefetch("tasks", tasks.order_by(*WALK))
        rows = PickList.objects.select_related("warehouse", "fulfilment__order", "assigned_to").prefetch_related(walk)
        return own_rows(self.request, rows, channel="fulfilment__order__channel_id")

    @extend_schema(request=FulfilmentsIn, responses=PickListResultOut(many=True), parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Make pick lists for fulfilments; one result for each, in order."""
        body = FulfilmentsIn(data=request.data)
        body.is_valid(raise_exception=True)
        ids = body.validated_data["fulfilments"]
        rows = own_rows(request, Fulfilment.objects.all(), channel="order__channel_id")
        results = services.create_pick_lists(ids, company_id=company_of(rows, ids), actor=actor_of(request))
        return Response(PickListResultOut(results, many=True).data)

    @extend_schema(request=PicksIn, responses=PickResultOut(many=True), parameters=[KEY_HEADER])
    @action(detail=False, methods=["post"])
    @idempotent()
    def confirm(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Say what was taken for each task; less than asked is a short pick. One result for each, in order."""
        body = PicksIn(data=request.data)
        body.is_valid(raise_exception=True)
        picks, given = body.to_inputs(), body.validated_data
        rows = own_rows(
            request,
            PickTask.objects.all(),
            company="pick_list__company_id",
            channel="fulfilment_line__fulfilment__order__channel_id",
        )
        results = services.confirm_picks(
            picks,
            company_id=company_of(rows, [pick.task_id for pick in picks], "pick_list__company_id"),
            effective_at=given.get("effective_at") or timezone.now(),
            actor=actor_of(request),
            device=given["device"],
        )
        return Response(PickResultOut(results, many=True).data)


class ShippingViewSet(ShipmentViewSet):
    """Shipments, and handing them over."""

    access = {**ShipmentViewSet.access, "ship": (WRITE, "orders.change_shipment")}

    @extend_schema(request=ShipIn, responses=ShipResultOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def ship(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The carrier has it: stock and cost leave, the invoice is issued. What shares its parcel leaves with it."""
        body = ShipIn(data=request.data)
        body.is_valid(raise_exception=True)
        shipment, given = self.get_object(), body.validated_data
        dispatch = services.Dispatch(
            shipment_id=shipment.pk,
            carrier=given["carrier"],
            service=given["service"] or shipment.service,
            tracking_number=given["tracking_number"] or shipment.tracking_number,
            tracking_url=given["tracking_url"] or shipment.tracking_url,
            shipped_at=given.get("shipped_at") or timezone.now(),
        )
        others = [replace(dispatch, shipment_id=pk) for pk in services.shipped_with([shipment.pk])]
        [result, *_others] = services.ship([dispatch, *others], company_id=shipment.company_id, actor=actor_of(request))
        if result.state == "refused":
            raise Refused(result.code)
        return Response(ShipResultOut(result).data)
