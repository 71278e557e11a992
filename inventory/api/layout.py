"""The layout over HTTP: zones, bin types, storage classes, places, pick faces; bins by pattern, blocks, labels."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting.api.companies import company_of
from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.filters import YesNo
from backoffice.core.api.idempotency import idempotent
from inventory import services
from inventory.api import layout_in as shapes
from inventory.api.moving import sku_ids, wrong
from inventory.api.rows import RowViewSet, described
from inventory.location_labels import MAX_LABELS, labels_of
from inventory.models import BinType, Location, LocationKind, PickFace, StorageClass, Warehouse, Zone
from inventory.selectors.layout import loads_of, picks_of, stock_in

READ, WRITE = "warehouse:read", "warehouse:write"


def access_to(noun: str, **more: tuple[str, str]) -> dict[str, tuple[str, str]]:
    return {
        "list": (READ, f"inventory.view_{noun}"),
        "retrieve": (READ, f"inventory.view_{noun}"),
        "create": (WRITE, f"inventory.add_{noun}"),
        "partial_update": (WRITE, f"inventory.change_{noun}"),
        **more,
    }


LABEL_FORMS = ["a4", "label", "zpl"]


class ZoneFilter(django_filters.FilterSet):
    warehouse = django_filters.CharFilter(field_name="warehouse__code")

    class Meta:
        model = Zone
        fields: list[str] = []


@described(shapes.ZoneIn, shapes.ZoneOut)
class ZoneViewSet(RowViewSet):
    access = access_to("zone")
    takes, serializer_class, filterset_class = shapes.ZoneIn, shapes.ZoneOut, ZoneFilter

    def get_queryset(self) -> QuerySet[Zone]:
        return own_rows(self.request, Zone.objects.select_related("warehouse", "storage_class"))


@described(shapes.StorageClassIn, shapes.StorageClassOut)
class StorageClassViewSet(RowViewSet):
    access = access_to("storageclass")
    takes, serializer_class = shapes.StorageClassIn, shapes.StorageClassOut

    def get_queryset(self) -> QuerySet[StorageClass]:
        return own_rows(self.request, StorageClass.objects.order_by("code"))


@described(shapes.BinTypeIn, shapes.BinTypeOut)
class BinTypeViewSet(RowViewSet):
    access = access_to("bintype")
    takes, serializer_class = shapes.BinTypeIn, shapes.BinTypeOut

    def get_queryset(self) -> QuerySet[BinType]:
        return own_rows(self.request, BinType.objects.order_by("code"))


class LocationFilter(django_filters.FilterSet):
    warehouse = django_filters.CharFilter(field_name="warehouse__code")
    zone = django_filters.CharFilter(field_name="zone__code")
    bin_type = django_filters.CharFilter(field_name="bin_type__code")
    kind = django_filters.MultipleChoiceFilter(choices=LocationKind.choices)
    aisle = django_filters.CharFilter()
    code = django_filters.CharFilter(lookup_expr="iexact")
    blocked = YesNo(field_name="blocked_at", lookup_expr="isnull", exclude=True)
    is_pick_face = YesNo()
    is_active = YesNo()

    class Meta:
        model = Location
        fields: list[str] = []


@described(shapes.LocationIn, shapes.LocationOut)
class LocationViewSet(RowViewSet):
    """Places of warehouses. While one is blocked nobody is sent there, to put or to take."""

    access = access_to(
        "location",
        stock=(READ, "inventory.view_stockquant"),
        generate=(WRITE, "inventory.add_location"),
        block=(WRITE, "inventory.change_location"),
        free=(WRITE, "inventory.change_location"),
        labels=(READ, "inventory.view_location"),
        walk=(WRITE, "inventory.change_location"),
        sequence=(WRITE, "inventory.change_location"),
    )
    takes, serializer_class, filterset_class = shapes.LocationIn, shapes.LocationOut, LocationFilter

    def get_queryset(self) -> QuerySet[Location]:
        rows = Location.objects.filter(warehouse__isnull=False)
        return own_rows(self.request, rows.select_related("warehouse", "zone", "bin_type", "storage_class"))

    @extend_schema(responses=shapes.LoadOut)
    @action(detail=True, methods=["get"])
    def stock(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What lies there now, and how full it is."""
        place = self.get_object()
        load = loads_of([place.pk])[place.pk]
        body = {
            "location": place.code,
            "fill": None if load.fill is None else round(load.fill, 6),
            "volume_l": round(load.volume_l, 6),
            "weight_g": load.weight_g,
            "pallets": load.pallets,
            "picks": picks_of([place.pk]).get(place.pk, 0),
            "stock": stock_in(place.pk),
        }
        return Response(shapes.LoadOut(body).data)

    @extend_schema(request=shapes.BinPatternIn, responses={200: shapes.BinPatternOut}, parameters=[KEY_HEADER])
    @action(detail=False, methods=["post"])
    @idempotent()
    def generate(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Bins from a pattern such as A-{01..20}-{A..D}-{1..5}, at most 10,000 at once; with preview nothing is made."""
        body = shapes.BinPatternIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        company_id = _company(request)
        warehouse = _warehouse(company_id, given["warehouse"])
        plan = services.BinPlan(
            given["pattern"],
            _id(Zone.objects.filter(warehouse=warehouse), given, "zone"),
            _id(BinType.objects.filter(company_id=company_id), given, "bin_type"),
            _id(StorageClass.objects.filter(company_id=company_id), given, "storage_class"),
            given["is_pick_face"],
            given.get("sequence_from"),
            given["serpentine"],
        )
        if given["preview"]:
            planned = services.plan_bins(plan, warehouse=warehouse)
        else:
            planned = services.make_bins(plan, warehouse=warehouse, actor=actor_of(request))
        new = sum(row.state == "new" for row in planned)
        rows = [
            {
                "code": row.bin.code, "aisle": row.bin.aisle, "rack": row.bin.rack, "level": row.bin.level,
                "position": row.bin.position, "pick_sequence": row.pick_sequence, "state": row.state,
            }
            for row in planned
        ]  # fmt: skip
        return Response(shapes.BinPatternOut({"made": new, "already": len(planned) - new, "bins": rows}).data)

    @extend_schema(request=shapes.WalkIn, responses={200: shapes.NumberedPlaceOut(many=True)}, parameters=[KEY_HEADER])
    @action(detail=False, methods=["post"])
    @idempotent()
    def walk(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Number the bins in walking order, aisle by aisle; with preview nothing is written."""
        body = shapes.WalkIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        warehouse = _warehouse(_company(request), given["warehouse"])
        zone_id = _id(Zone.objects.filter(warehouse=warehouse), given, "zone")
        plan = services.WalkPlan(zone_id, given["serpentine"], given["from_far"], given["start"])
        if given["preview"]:
            rows = services.plan_walk(plan, warehouse=warehouse)
        else:
            rows = services.set_walk(plan, warehouse=warehouse, actor=actor_of(request))
        return Response(shapes.NumberedPlaceOut(rows, many=True).data)

    @extend_schema(request=shapes.SequenceIn, responses={200: shapes.SequenceOut}, parameters=[KEY_HEADER])
    @action(detail=False, methods=["post"])
    @idempotent()
    def sequence(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Give places their numbers in the walk, all or none."""
        body = shapes.SequenceIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        warehouse = _warehouse(_company(request), given["warehouse"])
        changed = services.set_sequences(given["sequences"], warehouse=warehouse, actor=actor_of(request))
        return Response({"changed": changed})

    @extend_schema(request=shapes.BlockIn, responses=shapes.BlockOut(many=True), parameters=[KEY_HEADER])
    @action(detail=False, methods=["post"])
    @idempotent()
    def block(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Send nobody there any more; what lies there stays in the books."""
        body = shapes.BlockIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        done = services.block_bins(
            given["locations"], reason=given["reason"], company_id=_company(request), actor=actor_of(request)
        )
        return Response([{"location": row.location_id, "state": row.state} for row in done])

    @extend_schema(request=shapes.FreeIn, responses=shapes.BlockOut(many=True), parameters=[KEY_HEADER])
    @action(detail=False, methods=["post"])
    @idempotent()
    def free(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Use blocked places again."""
        body = shapes.FreeIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        done = services.free_bins(
            given["locations"], reason=given["reason"], company_id=_company(request), actor=actor_of(request)
        )
        return Response([{"location": row.location_id, "state": row.state} for row in done])

    @extend_schema(
        parameters=[OpenApiParameter("form", str, enum=LABEL_FORMS)],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY, (200, "text/plain"): OpenApiTypes.STR},
    )
    @action(detail=False, methods=["get"], pagination_class=None)
    def labels(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Labels of the places that the filters leave, at most 2,000: a PDF sheet, or ZPL for label printers."""
        rows = self.filter_queryset(self.get_queryset()).order_by("warehouse", "pick_sequence", "code")
        form = request.GET.get("form") or "a4"
        if form not in LABEL_FORMS:
            raise serializers.ValidationError({"form": [_("There is no such form.")]})
        content, kind = labels_of(list(rows[: MAX_LABELS + 1]), form)
        return HttpResponse(content, content_type=kind)


def _warehouse(company_id: int, code: str) -> Warehouse:
    warehouse = Warehouse.objects.filter(company_id=company_id, code=code, is_transit=False).first()
    if warehouse is None:
        raise wrong("warehouse", _("There is no such warehouse."), "unknown_warehouse")
    return warehouse


def _id(rows: QuerySet[Any], given: dict[str, Any], name: str) -> int | None:
    code = given.get(name)
    if not code:
        return None
    found: int | None = rows.filter(code=code).values_list("pk", flat=True).first()
    if found is None:
        raise wrong(name, _("There is no %(name)s “%(code)s”.") % {"name": name, "code": code}, f"unknown_{name}")
    return found


class PickFaceFilter(django_filters.FilterSet):
    warehouse = django_filters.CharFilter(field_name="location__warehouse__code")
    sku = django_filters.CharFilter(field_name="sku__code", lookup_expr="iexact")

    class Meta:
        model = PickFace
        fields: list[str] = []


class PickFaceViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[PickFace]
):
    """Which bins are refilled for which SKUs, and between what they are kept."""

    access = {
        **dict.fromkeys(("list", "retrieve"), (READ, "inventory.view_pickface")),
        "create": (WRITE, "inventory.add_pickface"),
        "destroy": (WRITE, "inventory.delete_pickface"),
    }
    serializer_class = shapes.PickFaceOut
    filterset_class = PickFaceFilter

    def get_queryset(self) -> QuerySet[PickFace]:
        rows = PickFace.objects.select_related("sku", "location__warehouse").order_by("id")
        return own_rows(self.request, rows, company="sku__company_id")

    @extend_schema(request=shapes.PickFaceIn, responses={201: shapes.PickFaceOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        body = shapes.PickFaceIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        company_id = _company(request)
        [sku_id] = sku_ids(company_id, [given])
        place = Location.objects.filter(
            company_id=company_id, warehouse__code=given["warehouse"], code=given["location"]
        ).first()
        if place is None:
            message = _("There is no place “%(code)s”.") % {"code": given["location"]}
            raise wrong("location", message, "unknown_location")
        face = services.FaceInput(sku_id, place.pk, given["minimum"], given["maximum"])
        [pk] = services.set_pick_faces([face], company_id=company_id, actor=actor_of(request))
        return Response(shapes.PickFaceOut(self.get_queryset().get(pk=pk)).data, status=201)

    def destroy(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        face = self.get_object()
        services.remove_pick_face(face.pk, company_id=face.sku.company_id, actor=actor_of(request))
        return Response(status=204)


def _company(request: Any) -> int:
    """Whose: the key's, or the one that the body names."""
    return company_of(request, str(request.data.get("company", "")) if isinstance(request.data, dict) else "")
