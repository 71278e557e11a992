"""What syncing did and what it could not do, over HTTP: runs, listings, shipments told, what was kept apart, with replays."""

from collections.abc import Sequence
from typing import Any

import django_filters
from django.db.models import CharField, Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core import inbox
from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER, Amount, Quantity
from backoffice.core.api.idempotency import idempotent
from backoffice.core.errors import DomainError
from backoffice.core.models import InboxMessage
from integrations import services
from integrations.models import Connection, Listing, QuarantinedRow, SyncRun, TrackingPush

READ, WRITE = "connections:read", "connections:write"
MOST = 500


class NothingOpen(DomainError):
    """None of the rows that were named is in a state in which this can be done; nothing was changed."""

    code = "nothing_open"


class SyncRunOut(serializers.ModelSerializer[SyncRun]):
    status = serializers.CharField(help_text="running, done, failed, stopped, waiting (for the channel's limit)")

    class Meta:
        model = SyncRun
        fields = [
            "id", "connection", "job", "status", "total", "done", "failed", "message", "stop_requested", "started_at",
            "finished_at",
        ]  # fmt: skip


class ChannelListingOut(serializers.ModelSerializer[Listing]):
    sku = serializers.CharField(source="sku.code")
    pushed_quantity = Quantity(allow_null=True)
    pushed_price = Amount(allow_null=True)
    waiting = serializers.BooleanField(source="is_dirty", help_text="Its stock changed and is not told yet.")

    class Meta:
        model = Listing
        fields = [
            "id", "connection", "sku", "external_id", "external_sku", "is_active", "waiting", "pushed_quantity", "pushed_at",
            "push_error", "pushed_price", "price_pushed_at", "price_error", "product_error",
        ]  # fmt: skip


class TrackingPushOut(serializers.ModelSerializer[TrackingPush]):
    status = serializers.CharField(help_text="due, sent, dead (given up)")

    class Meta:
        model = TrackingPush
        fields = ["id", "connection", "shipment", "status", "attempts", "due_at", "error", "sent_at", "external_id"]


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


class RowsIn(serializers.Serializer[Any]):
    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), min_length=1, max_length=MOST
    )
    reason = serializers.CharField(max_length=300)


class ReplayedRowsOut(serializers.Serializer[Any]):
    resolved = serializers.IntegerField(help_text="Became orders now.")
    still_open = serializers.IntegerField(help_text="Are tried again by a worker, or their reason still holds.")


class ChangedRowsOut(serializers.Serializer[Any]):
    changed = serializers.IntegerField()


class RunFilter(django_filters.FilterSet):
    status = django_filters.CharFilter(max_length=10)
    job = django_filters.CharFilter(max_length=30)
    connection = django_filters.NumberFilter(field_name="connection_id", max_value=2**63 - 1, min_value=0)


class ByStatus(django_filters.FilterSet):
    status = django_filters.CharFilter(max_length=12)


class MessageFilter(django_filters.FilterSet):
    status = django_filters.CharFilter(field_name="work__status", max_length=12)
    external_id = django_filters.CharFilter(max_length=200)


class _Rows(ActionAccess, viewsets.GenericViewSet[Any]):
    """A list, a detail, and steps over several rows."""

    lookup_value_regex = r"[0-9]{1,18}"

    def list(self, request: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Any, pk: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)

    def _given(self, request: Any) -> tuple[Sequence[int], str]:
        """(ids of the key's own rows, reason): a foreign id is as if it did not exist."""
        given = RowsIn(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = self.get_queryset().filter(pk__in=given.validated_data["ids"])
        return tuple(wanted.order_by("pk").values_list("pk", flat=True)), given.validated_data["reason"]


AGAIN = OpenApiExample(
    "Two of them", {"ids": [17, 18], "reason": "The carrier's code is mapped now"}, request_only=True
)


class SyncRunViewSet(_Rows):
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


class ChannelListingViewSet(_Rows):
    access = {
        "list": (READ, "integrations.view_listing"), "retrieve": (READ, "integrations.view_listing"),
        "push_again": (WRITE, "integrations.change_listing"),
    }  # fmt: skip
    serializer_class = ChannelListingOut

    def get_queryset(self) -> QuerySet[Listing]:
        rows = Listing.objects.select_related("sku")
        return own_rows(self.request, rows, channel="connection__channel_id")  # type: ignore[no-any-return]

    @extend_schema(request=RowsIn, responses=ChangedRowsOut, parameters=[KEY_HEADER], examples=[AGAIN])
    @action(detail=False, methods=["post"], url_path="push-again")
    @idempotent()
    def push_again(self, request: Any) -> Response:
        """Tell the channel of their stock and price again, also where it refused them for good."""
        ids, reason = self._given(request)
        changed = services.push_again(listing_ids=ids, actor=actor_of(request), reason=reason)
        return Response({"changed": changed})


class TrackingPushViewSet(_Rows):
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


class QuarantinedRowViewSet(_Rows):
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


class ReceivedMessageViewSet(_Rows):
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
    ("channel-listings", ChannelListingViewSet, "channellisting"),
    ("tracking-pushes", TrackingPushViewSet, "trackingpush"),
    ("quarantined-rows", QuarantinedRowViewSet, "quarantinedrow"),
    ("received-messages", ReceivedMessageViewSet, "receivedmessage"),
)
