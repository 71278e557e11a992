"""Work of orders over HTTP: split by hand, and merged into one parcel."""

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.errors import InvalidInput
from orders import services
from orders.api.serializers import Amount
from orders.api.versions import IF_MATCH
from orders.models import Fulfilment
from orders.selectors.merges import mergeable_with

LEAST = Decimal("0.000001")
ACCESS = {
    "split": ("orders:release", "orders.change_fulfilment"),
    "merge": ("orders:release", "orders.change_fulfilment"),
    "unmerge": ("orders:release", "orders.change_fulfilment"),
    "merges": ("orders:read", "orders.view_order"),
}


class SplitIn(serializers.Serializer[Any]):
    fulfilment = serializers.IntegerField(min_value=1)
    lines = serializers.DictField(child=Amount(min_value=LEAST), help_text="Fulfilment line id → quantity to part.")
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")

    def validate_lines(self, lines: dict[str, Decimal]) -> dict[int, Decimal]:
        if bad := [key for key in lines if not key.isdecimal()]:
            raise serializers.ValidationError([f"{bad[0]} is no fulfilment line."])
        return {int(key): quantity for key, quantity in lines.items()}


class MergeIn(serializers.Serializer[Any]):
    fulfilments = serializers.ListField(child=serializers.IntegerField(min_value=1), min_length=1, max_length=50)
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    versions = serializers.DictField(
        child=serializers.IntegerField(min_value=1),
        required=False,
        help_text="Order id → version as it was read. Changed meanwhile: 412 with who changed what, and nothing is done.",
    )

    def validate_versions(self, versions: dict[str, int]) -> dict[int, int]:
        if bad := [key for key in versions if not key.isdecimal() or len(key) > 18]:
            raise serializers.ValidationError([f"{bad[0]} is no order."])
        return {int(key): version for key, version in versions.items()}


class MergeOut(serializers.Serializer[Any]):
    fulfilment = serializers.IntegerField(source="fulfilment_id")
    order = serializers.IntegerField(source="order_id")
    status = serializers.CharField()
    merge_group = serializers.IntegerField(source="group_id", allow_null=True)


class MergesOut(MergeOut):
    may_share_with = MergeOut(many=True)


class MergingActions:
    """For the view set of orders."""

    @extend_schema(request=SplitIn, responses=MergeOut, parameters=[KEY_HEADER, IF_MATCH])
    @action(detail=True, methods=["post"])
    @idempotent()
    def split(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Give quantities of a fulfilment that nobody has begun to a new one."""
        body = SplitIn(data=request.data)
        body.is_valid(raise_exception=True)
        order, given = self.get_object(), body.validated_data  # type: ignore[attr-defined]
        if not order.fulfilments.filter(pk=given["fulfilment"]).exists():
            message = _("The order has no such fulfilment.")
            raise InvalidInput(message, errors=[{"field": "fulfilment", "message": message, "code": "unknown"}])
        made = services.split_fulfilment(
            given["fulfilment"],
            lines=given["lines"],
            company_id=order.company_id,
            actor=actor_of(request),
            reason=given["reason"],
        )
        return Response({"fulfilment": made, "order": order.pk, "status": "ready", "merge_group": None})

    @extend_schema(responses=MergesOut(many=True))
    @action(detail=True, methods=["get"])
    def merges(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What of this order could share a parcel with which others."""
        order = self.get_object()  # type: ignore[attr-defined]
        found = mergeable_with(order.pk)
        seen = set(own_rows(request, _fulfilments(others for _mine, others in found), channel="order__channel_id"))
        rows = [
            {
                **MergeOut(mine).data,
                "may_share_with": MergeOut([o for o in others if o.fulfilment_id in seen], many=True).data,
            }
            for mine, others in found
        ]
        return Response(rows)

    @extend_schema(request=MergeIn, responses={200: None}, parameters=[KEY_HEADER])
    @action(detail=False, methods=["post"])
    @idempotent()
    def merge(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Pack and ship fulfilments of one buyer, address, service and warehouse in one parcel."""
        ids, company_id, given = _asked(request)
        group = services.merge_fulfilments(ids, company_id=company_id, actor=actor_of(request), **given)
        return Response({"merge_group": group, "fulfilments": ids})

    @extend_schema(request=MergeIn, responses={200: None}, parameters=[KEY_HEADER])
    @action(detail=False, methods=["post"])
    @idempotent()
    def unmerge(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Take fulfilments out of their parcel again, before it is packed."""
        ids, company_id, given = _asked(request)
        services.unmerge_fulfilments(ids, company_id=company_id, actor=actor_of(request), **given)
        return Response({"merge_group": None, "fulfilments": ids})


def _fulfilments(groups: Any) -> QuerySet[Any, int]:
    ids = [other.fulfilment_id for others in groups for other in others]
    return Fulfilment.objects.filter(pk__in=ids).values_list("pk", flat=True)


def _asked(request: Any) -> tuple[list[int], int, dict[str, Any]]:
    """The caller's own fulfilments of one company, and what else was sent. Raises InvalidInput."""
    body = MergeIn(data=request.data)
    body.is_valid(raise_exception=True)
    ids = sorted(set(body.validated_data["fulfilments"]))
    rows = own_rows(request, Fulfilment.objects.filter(pk__in=ids), channel="order__channel_id")
    found = dict(rows.values_list("pk", "company_id"))
    if len(found) < len(ids) or len(set(found.values())) != 1:
        message = _("Name fulfilments of yours, of one company.")
        raise InvalidInput(message, errors=[{"field": "fulfilments", "message": message, "code": "unknown"}])
    given = {name: body.validated_data[name] for name in ("reason", "versions") if name in body.validated_data}
    return ids, next(iter(found.values())), given
