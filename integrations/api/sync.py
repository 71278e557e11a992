"""What syncing did and what it could not do, over HTTP: runs, shipments told, what was kept apart, with replays."""

from typing import Any

import django_filters
from django.db.models import CharField, Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core import inbox
from backoffice.core.api.actions import actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER, Amount
from backoffice.core.api.filters import RowId
from backoffice.core.api.idempotency import idempotent
from backoffice.core.models import InboxMessage
from integrations import services
from integrations.api.rows import AGAIN, READ, WRITE, ChangedRowsOut, NothingOpen, Rows, RowsIn
from integrations.models import Connection, ImportedRefund, QuarantinedRow, SyncRun, TrackingPush


class SyncRunOut(serializers.ModelSerializer[SyncRun]):
    status = serializers.CharField(help_text="running, done, failed, stopped, waiting (for the channel's limit)")

    class Meta:
        model = SyncRun
        fields = [
            "id", "connection", "job", "status", "total", "done", "failed", "message", "stop_requested", "started_at",
            "finished_at",
        ]  # fmt: skip


class TrackingPushOut(serializers.ModelSerializer[TrackingPush]):
    status = serializers.CharField(help_text="due, sent, dead (given up)")

    class Meta:
        model = TrackingPush
        fields = ["id", "connection", "shipment", "status", "attempts", "due_at", "error", "sent_at", "external_id"]


class ChannelRefundOut(serializers.ModelSerializer[ImportedRefund]):
    """What a channel gave back: taken over (with the return that credits it), or refused with the reason."""

    total = Amount()
    state = serializers.CharField(help_text="applied, refused (needs a person)")

    class Meta:
        model = ImportedRefund
        fields = [
            "id", "connection", "order", "external_id", "total", "currency", "refunded_at", "state", "code", "detail",
            "return_order", "created_at",
        ]  # fmt: skip


class QuarantinedRowOut(serializers.ModelSerializer[QuarantinedRow]):
    channel = serializers.CharField(source="channel.code")
    value = Amount()
    status = serializers.CharField(help_text="open, resolved, dropped")

    class Meta:
        model = QuarantinedRow
        fields = [
            "id", "channel", "source", "row_number", "external_id", "code", "reason", "value", "status", "order", "message",
            "created_at",
        ]  # fmt: skip


class ReceivedMessageOut(serializers.ModelSerializer[InboxMessage]):
    """Its payload is not told here: it may hold a buyer's data."""

    status = serializers.CharField(
        source="work.status", help_text="received, processing, processed, ignored, failed, dead"
    )
    attempts = serializers.IntegerField(source="work.attempts")
    error_code = serializers.CharField(source="work.error_code")
    error = serializers.CharField(source="work.error")

    class Meta:
        model = InboxMessage
        fields = [
            "id", "account", "topic", "external_id", "version", "received_at", "status", "attempts", "error_code", "error",
        ]  # fmt: skip


class ReplayedRowsOut(serializers.Serializer[Any]):
    resolved = serializers.IntegerField(help_text="Became orders now.")
    still_open = serializers.IntegerField(help_text="Are tried again by a worker, or their reason still holds.")


class RunFilter(django_filters.FilterSet):
    status = django_filters.CharFilter(max_length=10)
    job = django_filters.CharFilter(max_length=30)
    connection = RowId(field_name="connection_id")


class ByStatus(django_filters.FilterSet):
    status = django_filters.CharFilter(max_length=12)


class RefundFilter(django_filters.FilterSet):
    state = django_filters.CharFilter(max_length=8)
    order = RowId(field_name="order_id")


class MessageFilter(django_filters.FilterSet):
    status = django_filters.CharFilter(field_name="work__status", max_length=12)
    external_id = django_filters.CharFilter(max_length=200)


class SyncRunViewSet(Rows):
    access = {
        "list": (READ, "integrations.view_syncrun"), "retrieve": (READ, "integrations.view_syncrun"),
        "stop": (WRITE, "integrations.change_connection"),
    }  # fmt: skip
    serializer_class = SyncRunOut
    filterset_class = RunFilter

    def get_queryset(self) -> QuerySet[SyncRun]:
        return own_rows(self.request, SyncRun.objects.all(), channel="connection__channel_id")  # type: ignore[no-any-return]

    @extend_schema(request=None, responses=SyncRunOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def stop(self, request: Any, pk: str) -> Response:
        """Stop after the present batch; what was done stays. Refused (nothing_open) where it has ended."""
        if not services.request_stop(run_id=self.get_object().pk):
            raise NothingOpen(_("It has ended."))
        return Response(SyncRunOut(self.get_object()).data)


class TrackingPushViewSet(Rows):
    access = {
        "list": (READ, "integrations.view_trackingpush"), "retrieve": (READ, "integrations.view_trackingpush"),
        "retry": (WRITE, "integrations.change_trackingpush"),
    }  # fmt: skip
    serializer_class = TrackingPushOut
    filterset_class = ByStatus

    def get_queryset(self) -> QuerySet[TrackingPush]:
        return own_rows(self.request, TrackingPush.objects.all(), channel="connection__channel_id")  # type: ignore[no-any-return]

    @extend_schema(request=RowsIn, responses=ChangedRowsOut, parameters=[KEY_HEADER], examples=[AGAIN])
    @action(detail=False, methods=["post"])
    @idempotent()
    def retry(self, request: Any) -> Response:
        """Tell the channel of shipments that were given up, from the first try. Refused (nothing_open) if none was."""
        ids, reason = self._given(request)
        changed = services.retry_pushes(push_ids=ids, actor=actor_of(request), reason=reason)
        if not changed:
            raise NothingOpen(_("None of them was given up."))
        return Response({"changed": changed})


class ChannelRefundViewSet(Rows):
    access = {
        "list": (READ, "integrations.view_importedrefund"), "retrieve": (READ, "integrations.view_importedrefund"),
    }  # fmt: skip
    serializer_class = ChannelRefundOut
    filterset_class = RefundFilter

    def get_queryset(self) -> QuerySet[ImportedRefund]:
        return own_rows(self.request, ImportedRefund.objects.all(), channel="connection__channel_id")  # type: ignore[no-any-return]


class QuarantinedRowViewSet(Rows):
    access = {
        "list": (READ, "integrations.view_quarantinedrow"), "retrieve": (READ, "integrations.view_quarantinedrow"),
        "replay": (WRITE, "integrations.change_quarantinedrow"), "drop": (WRITE, "integrations.change_quarantinedrow"),
    }  # fmt: skip
    serializer_class = QuarantinedRowOut
    filterset_class = ByStatus

    def get_queryset(self) -> QuerySet[QuarantinedRow]:
        rows = QuarantinedRow.objects.select_related("channel")
        return own_rows(self.request, rows, channel="channel_id")  # type: ignore[no-any-return]

    @extend_schema(request=RowsIn, responses=ReplayedRowsOut, parameters=[KEY_HEADER], examples=[AGAIN])
    @action(detail=False, methods=["post"])
    @idempotent()
    def replay(self, request: Any) -> Response:
        """Try them again after mapping or repair: held orders are released at once, the rest by a worker."""
        ids, reason = self._given(request)
        done = services.replay_quarantined(row_ids=ids, actor=actor_of(request), reason=reason, at_once=False)
        return Response({"resolved": done.resolved, "still_open": done.still_open})

    @extend_schema(request=RowsIn, responses=ChangedRowsOut, parameters=[KEY_HEADER], examples=[AGAIN])
    @action(detail=False, methods=["post"])
    @idempotent()
    def drop(self, request: Any) -> Response:
        """Give them up for good, with the reason in the trail. Refused (nothing_open) if none is open."""
        ids, reason = self._given(request)
        changed = services.drop(row_ids=ids, actor=actor_of(request), reason=reason)
        if not changed:
            raise NothingOpen(_("None of them is open."))
        return Response({"changed": changed})


class ReceivedMessageViewSet(Rows):
    access = {
        "list": (READ, "core.view_inboxmessage"), "retrieve": (READ, "core.view_inboxmessage"),
        "replay": (WRITE, "core.change_inboxmessage"),
    }  # fmt: skip
    serializer_class = ReceivedMessageOut
    filterset_class = MessageFilter

    def get_queryset(self) -> QuerySet[InboxMessage]:
        """Those of the key's own connections."""
        own = own_rows(self.request, Connection.objects.all(), channel="channel_id")
        mine = own.annotate(
            account=Concat(Value("connection:"), Cast(F("pk"), CharField()), output_field=CharField())
        ).filter(account=OuterRef("account"))
        return InboxMessage.objects.select_related("work").filter(Exists(mine))

    @extend_schema(request=RowsIn, responses=ChangedRowsOut, parameters=[KEY_HEADER], examples=[AGAIN])
    @action(detail=False, methods=["post"])
    @idempotent()
    def replay(self, request: Any) -> Response:
        """Let failed, dead or ignored ones be worked on again. Refused (nothing_open) if none is."""
        ids, reason = self._given(request)
        changed = inbox.replay(message_ids=ids, actor=actor_of(request), reason=reason)
        if not changed:
            raise NothingOpen(_("None of them failed or was ignored."))
        return Response({"changed": changed})


ROUTES = (
    ("sync-runs", SyncRunViewSet, "syncrun"),
    ("tracking-pushes", TrackingPushViewSet, "trackingpush"),
    ("channel-refunds", ChannelRefundViewSet, "channelrefund"),
    ("quarantined-rows", QuarantinedRowViewSet, "quarantinedrow"),
    ("received-messages", ReceivedMessageViewSet, "receivedmessage"),
)
