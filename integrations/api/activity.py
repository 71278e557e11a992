"""How much came and went, over HTTP: the figures of the sync page's charts."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess, own_rows
from integrations.api.rows import READ
from integrations.models import Connection
from integrations.selectors.sync_activity import SPANS, Activity, activity


class ActivityIn(serializers.Serializer[Any]):
    by = serializers.ChoiceField(choices=sorted(SPANS), default="day", help_text="day: the last 14; hour: the last 24.")


class ActivityRowOut(serializers.Serializer[Activity]):
    begins = serializers.DateTimeField(help_text="Of the day or hour, in UTC.")
    orders = serializers.IntegerField(help_text="Came from the channels.")
    pushes = serializers.IntegerField(help_text="Stock figures and shipments told.")


class SyncActivityOut(serializers.Serializer[Any]):
    by = serializers.CharField()
    series = ActivityRowOut(many=True)


class SyncActivityViewSet(ActionAccess, viewsets.ViewSet):
    """The figures of the sync page's charts."""

    access = {"list": (READ, "integrations.view_syncrun")}

    @extend_schema(parameters=[ActivityIn], responses=SyncActivityOut(many=False))
    def list(self, request: Any) -> Response:
        """Orders that came and figures that were told, by day or hour, the oldest first, without gaps."""
        given = ActivityIn(data=request.query_params)
        given.is_valid(raise_exception=True)
        own = own_rows(request, Connection.objects.all(), channel="channel_id")
        by = given.validated_data["by"]
        rows = activity(list(own.order_by("pk").values_list("pk", flat=True)), by=by)
        return Response(SyncActivityOut({"by": by, "series": rows}).data)


ROUTES = (("sync-activity", SyncActivityViewSet, "syncactivity"),)
