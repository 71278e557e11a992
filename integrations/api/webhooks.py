"""Webhook endpoints over HTTP: make them, rotate their secrets, read their log, tell again."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from accounting.api.companies import company_of
from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.etags import IF_MATCH, ContentTags, expect_etag
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.filters import RowId
from backoffice.core.api.idempotency import idempotent
from backoffice.core.errors import InvalidInput
from backoffice.core.models import ApiKey
from integrations.api.webhook_shapes import (
    ReplayedOut,
    RotateIn,
    WebhookDeliveryOut,
    WebhookDeliveryWithLog,
    WebhookEndpointChange,
    WebhookEndpointIn,
    WebhookEndpointOut,
    WebhookReplayIn,
    WebhookStatusIn,
)
from integrations.models import EndpointStatus, WebhookDelivery, WebhookEndpoint
from integrations.services import webhooks
from integrations.services.webhooks.endpoints import TYPE
from integrations.webhooks.events import CHOOSABLE, TYPES
from orders.models import Channel

READ, WRITE = "webhooks:read", "webhooks:write"


class WebhookEndpointViewSet(
    ContentTags,
    ActionAccess,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[WebhookEndpoint],
):
    """Addresses that are told what happens here. A key bound to a channel has those of its channel."""

    access = {
        "list": (READ, "integrations.view_webhookendpoint"),
        "retrieve": (READ, "integrations.view_webhookendpoint"),
        "events": (READ, "integrations.view_webhookendpoint"),
        "create": (WRITE, "integrations.add_webhookendpoint"),
        "partial_update": (WRITE, "integrations.change_webhookendpoint"),
        "destroy": (WRITE, "integrations.change_webhookendpoint"),
        "pause": (WRITE, "integrations.change_webhookendpoint"),
        "resume": (WRITE, "integrations.change_webhookendpoint"),
        "secret": (WRITE, "integrations.change_webhookendpoint"),
        "rotate": (WRITE, "integrations.change_webhookendpoint"),
        "ping": (WRITE, "integrations.change_webhookendpoint"),
        "replay": (WRITE, "integrations.change_webhookendpoint"),
    }
    queryset = WebhookEndpoint.objects.none()
    serializer_class = WebhookEndpointOut
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]

    def get_queryset(self) -> QuerySet[WebhookEndpoint]:
        rows = WebhookEndpoint.objects.exclude(status=EndpointStatus.REMOVED).select_related("channel")
        return own_rows(self.request, rows, channel="channel_id")

    @extend_schema(
        responses=inline_serializer(
            "WebhookEventOut", {"type": serializers.CharField(), "title": serializers.CharField()}, many=True
        ),
        filters=False,
    )
    @action(detail=False, methods=["get"], pagination_class=None)
    def events(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What can be told."""
        return Response([{"type": name, "title": str(TYPES[name].title)} for name in CHOOSABLE])

    @extend_schema(request=WebhookEndpointIn, responses={201: WebhookEndpointOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Have an address told; `secret/` tells what signs its messages."""
        body = WebhookEndpointIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        channel = _channel_of(request, given.get("channel"))
        made = webhooks.create_endpoint(
            company_id=channel.company_id if channel else company_of(request, given.get("company")),
            channel_id=channel.pk if channel else None,
            name=given["name"],
            url=given["url"],
            events=given.get("events", []),
            actor=actor_of(request),
        )
        return Response(WebhookEndpointOut(self._row(made.pk)).data, 201)

    @extend_schema(request=WebhookEndpointChange, responses=WebhookEndpointOut, parameters=[IF_MATCH])
    @idempotent(required=False)
    def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Another name, address or choice of events."""
        body = WebhookEndpointChange(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        row = self._mine(request)
        webhooks.change_endpoint(endpoint_id=row.pk, changes=body.validated_data, actor=actor_of(request))
        return Response(WebhookEndpointOut(self._row(row.pk)).data)

    @extend_schema(responses={204: None}, parameters=[IF_MATCH])
    @idempotent(required=False)
    def destroy(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """It is told nothing any more."""
        webhooks.remove_endpoint(endpoint_id=self._mine(request).pk, actor=actor_of(request))
        return Response(status=204)

    @extend_schema(request=WebhookStatusIn, responses=WebhookEndpointOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def pause(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Messages wait until it goes on."""
        return self._switch(request, EndpointStatus.PAUSED)

    @extend_schema(request=WebhookStatusIn, responses=WebhookEndpointOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def resume(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Go on, also after it was disabled; replay what it missed with `since`."""
        return self._switch(request, EndpointStatus.ACTIVE)

    @extend_schema(
        responses=inline_serializer(
            "WebhookSecretOut", {"secrets": serializers.ListField(child=serializers.CharField())}
        )
    )
    @action(detail=True, methods=["get"])
    def secret(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What signs its messages now, the newest first. Never part of another answer: those are kept."""
        return Response({"secrets": webhooks.secrets_of(self.get_object())})

    @extend_schema(request=RotateIn, responses=WebhookEndpointOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def rotate(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """A new secret, see `secret/`. For a while the former signs too."""
        body = RotateIn(data=request.data)
        body.is_valid(raise_exception=True)
        row = self._mine(request)
        webhooks.rotate_secret(endpoint_id=row.pk, actor=actor_of(request), **body.validated_data)
        return Response(WebhookEndpointOut(self._row(row.pk)).data)

    @extend_schema(request=None, responses={202: WebhookEndpointOut}, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def ping(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Send a test message of type ping; see its delivery."""
        row = self._mine(request)
        webhooks.ping(endpoint_id=row.pk, actor=actor_of(request))
        return Response(WebhookEndpointOut(row).data, 202)

    @extend_schema(request=WebhookReplayIn, responses={202: ReplayedOut}, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def replay(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Tell again: some deliveries, or everything since a time, also what it was never told. The ids stay the same."""
        body = WebhookReplayIn(data=request.data)
        body.is_valid(raise_exception=True)
        given, row = body.validated_data, self._mine(request)
        if "deliveries" not in given:
            count = webhooks.replay_since(
                endpoint_id=row.pk,
                since=given["since"],
                until=given.get("until"),
                only_failed=given["only_failed"],
                actor=actor_of(request),
            )
            return Response({"replayed": count}, 202)
        wanted = set(given["deliveries"])
        known = set(WebhookDelivery.objects.filter(endpoint=row, pk__in=wanted).values_list("pk", flat=True))
        if missing := sorted(wanted - known):
            text = _("There is no delivery %(id)s.") % {"id": missing[0]}
            raise InvalidInput(text, errors=[{"field": "deliveries", "message": text, "code": "not_found"}])
        count = webhooks.replay_deliveries(delivery_ids=sorted(wanted), actor=actor_of(request), reason=given["reason"])
        return Response({"replayed": count}, 202)

    def _switch(self, request: Any, status: str) -> Response:
        body = WebhookStatusIn(data=request.data)
        body.is_valid(raise_exception=True)
        row = self._mine(request)
        webhooks.set_endpoint_status(
            endpoint_id=row.pk, status=status, reason=body.validated_data["reason"], actor=actor_of(request)
        )
        return Response(WebhookEndpointOut(self._row(row.pk)).data)

    def _mine(self, request: Any) -> WebhookEndpoint:
        """The caller's own endpoint, locked, still as it was read."""
        pk = str(self.kwargs["pk"])
        rows = self.get_queryset().select_for_update(of=("self",), no_key=True)
        row = rows.filter(pk=pk).first() if pk.isdecimal() and len(pk) < 19 else None
        if row is None:
            raise NotFound
        expect_etag(request, WebhookEndpointOut(row).data, object_type=TYPE, object_id=row.pk)
        return row

    @staticmethod
    def _row(pk: int) -> WebhookEndpoint:
        return WebhookEndpoint.objects.select_related("channel").get(pk=pk)


class WebhookDeliveryFilter(django_filters.FilterSet):
    endpoint = RowId(field_name="endpoint_id")
    status = django_filters.MultipleChoiceFilter(choices=WebhookDelivery._meta.get_field("status").choices)
    type = django_filters.MultipleChoiceFilter(choices=[(name, name) for name in TYPES])

    class Meta:
        model = WebhookDelivery
        fields: list[str] = []


class WebhookDeliveryViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[WebhookDelivery]
):
    """The log of messages, with each try."""

    access = {
        "list": (READ, "integrations.view_webhookdelivery"),
        "retrieve": (READ, "integrations.view_webhookdelivery"),
    }
    queryset = WebhookDelivery.objects.none()
    serializer_class = WebhookDeliveryOut
    filterset_class = WebhookDeliveryFilter

    def get_queryset(self) -> QuerySet[WebhookDelivery]:
        rows = WebhookDelivery.objects.all()
        return own_rows(self.request, rows, channel="endpoint__channel_id", company="endpoint__company_id")

    @extend_schema(responses=WebhookDeliveryWithLog)
    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """One message with its tries."""
        return Response(WebhookDeliveryWithLog(self.get_object()).data)


def _channel_of(request: Any, code: str | None) -> Channel | None:
    """The key's channel; otherwise the one that is named, if any. Raises InvalidInput."""
    bound = isinstance(request.auth, ApiKey) and request.auth.channel_id
    if not (bound or code):
        return None
    rows = own_rows(request, Channel.objects.all(), channel="pk")
    found = rows.filter(code=code).first() if code else rows.first()
    if found is None:
        text = _("Name a channel of yours.")
        raise InvalidInput(text, errors=[{"field": "channel", "message": text, "code": "unknown_channel"}])
    return found


ROUTES = (
    ("webhook-endpoints", WebhookEndpointViewSet, "webhook-endpoint"),
    ("webhook-deliveries", WebhookDeliveryViewSet, "webhook-delivery"),
)
