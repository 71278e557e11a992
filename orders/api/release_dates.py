"""A channel's own release dates over HTTP."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import actor_of
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.errors import InvalidInput
from inventory.selectors import skus_by_code
from orders.models import Channel, ReleaseDate
from orders.services.release_dates import set_release_date

ACCESS = {
    "release_dates": ("channels:read", "orders.view_releasedate"),
    "set_release_date": ("channels:write", "orders.change_releasedate"),
}


class ReleaseDateIn(serializers.Serializer[Any]):
    """release_date: empty takes the channel's own date off, so that the SKU's counts."""

    sku = serializers.CharField(max_length=60)
    release_date = serializers.DateField(allow_null=True)
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class ReleaseDateOut(serializers.ModelSerializer[ReleaseDate]):
    sku = serializers.CharField(source="sku.code")

    class Meta:
        model = ReleaseDate
        fields = ["sku", "release_date"]


class ReleaseDateActions:
    """For the view set of channels."""

    @extend_schema(responses=ReleaseDateOut(many=True))
    @action(detail=True, methods=["get"], url_path="release-dates", pagination_class=None, filter_backends=[])
    def release_dates(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """From when on the channel's pre-orders of these SKUs go to the warehouse, instead of the SKUs' own days."""
        return self._listed(self.get_object())  # type: ignore[attr-defined]

    @extend_schema(request=ReleaseDateIn, responses={200: ReleaseDateOut(many=True)}, parameters=[KEY_HEADER])
    @release_dates.mapping.post
    @idempotent()
    def set_release_date(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Set, move or take off the day of one SKU; promises of lines that wait follow."""
        channel: Channel = self.get_object()  # type: ignore[attr-defined]
        body = ReleaseDateIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        sku_id = skus_by_code(channel.company_id, [given["sku"]]).get(given["sku"])
        if sku_id is None:
            message = _("There is no SKU %(sku)s.") % {"sku": given["sku"]}
            raise InvalidInput(message, errors=[{"field": "sku", "message": message, "code": "unknown_sku"}])
        set_release_date(channel, sku_id, given["release_date"], actor=actor_of(request), reason=given["reason"])
        return self._listed(channel)

    def _listed(self, channel: Channel) -> Response:
        rows = ReleaseDate.objects.filter(channel=channel).select_related("sku").order_by("release_date", "sku__code")
        return Response(ReleaseDateOut(rows, many=True).data)
