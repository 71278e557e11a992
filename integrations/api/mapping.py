"""Unknown SKUs over HTTP: what waits, and what it means."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.errors import InvalidInput
from integrations import services
from inventory.models import Sku
from orders.models import Channel


class SuggestionOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    why = serializers.CharField(help_text="same, barcode, alike")


class UnmappedSkuOut(serializers.Serializer[Any]):
    channel = serializers.CharField()
    code = serializers.CharField()
    description = serializers.CharField()
    orders = serializers.IntegerField()
    units = serializers.CharField()
    since = serializers.CharField()
    suggestions = SuggestionOut(many=True)


class MapSkuIn(serializers.Serializer[Any]):
    channel = serializers.CharField(max_length=50, help_text="Its code.")
    code = serializers.CharField(max_length=120, help_text="As the channel sends it.")
    sku = serializers.CharField(max_length=64, help_text="Our SKU's code.")
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class MapSkuOut(serializers.Serializer[Any]):
    imported = serializers.IntegerField()
    still_open = serializers.IntegerField()


class UnmappedSkuViewSet(ActionAccess, viewsets.ViewSet):
    access = {
        "list": ("orders:read", "integrations.view_codemapping"),
        "map": ("orders:write", "integrations.add_codemapping"),
    }

    def _channels(self, request: Any) -> Any:
        return own_rows(request, Channel.objects.all(), channel="pk", company="company_id")

    @extend_schema(responses=UnmappedSkuOut(many=True))
    def list(self, request: Any) -> Response:
        """Codes that nobody knows, most orders first, with what they may mean."""
        own = dict(self._channels(request).values_list("pk", "code"))
        rows = [row for row in services.unmapped_skus(limit=200) if row.channel_id in own]
        return Response(
            [
                {
                    "channel": own[row.channel_id], "code": row.code, "description": row.description, "orders": row.orders,
                    "units": row.units, "since": row.since,
                    "suggestions": [{"code": s.code, "name": s.name, "why": s.why} for s in row.suggestions],
                }
                for row in rows
            ]
        )  # fmt: skip

    @extend_schema(request=MapSkuIn, responses=MapSkuOut, parameters=[KEY_HEADER])
    @action(detail=False, methods=["post"])
    @idempotent()
    def map(self, request: Any) -> Response:
        """Say what a code means; the orders that wait for it are imported at once."""
        given = MapSkuIn(data=request.data)
        given.is_valid(raise_exception=True)
        channel = get_object_or_404(self._channels(request), code=given.validated_data["channel"])
        sku = Sku.objects.filter(company_id=channel.company_id, code__iexact=given.validated_data["sku"]).first()
        if sku is None:
            raise InvalidInput(_("There is no such SKU in this company."), field="sku")
        done = services.map_sku(
            channel_id=channel.pk, code=given.validated_data["code"], sku_id=sku.pk, actor=actor_of(request),
            reason=given.validated_data["reason"], at_once=False,
        )  # fmt: skip
        return Response({"imported": done.replayed.resolved, "still_open": done.replayed.still_open})


ROUTES = (("unmapped-skus", UnmappedSkuViewSet, "unmappedsku"),)
