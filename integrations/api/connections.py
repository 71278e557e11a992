"""Channel connections over HTTP: how they stand, what they are shown, pausing, and running a job now. Secrets are only written."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.etags import IF_MATCH, ContentTags, expect_etag
from backoffice.core.api.fields import KEY_HEADER, Quantity
from backoffice.core.api.idempotency import idempotent
from integrations import services
from integrations.connectors.offers import FIELDS
from integrations.models import CompletenessCheck, Connection, ConnectionStatus
from integrations.selectors.sync_overview import Account, accounts
from integrations.services.connections import TYPE

READ, WRITE = "connections:read", "connections:write"
SEE, CHANGE = "integrations.view_connection", "integrations.change_connection"


class ConnectionStandingOut(serializers.Serializer[Any]):
    """What ran last, what waits, and what is wrong with what to do about it."""

    last_run_at = serializers.DateTimeField(allow_null=True)
    last_job = serializers.CharField()
    last_status = serializers.CharField(help_text="running, done, failed, stopped, waiting; empty: nothing ran")
    last_message = serializers.CharField()
    orders_waiting = serializers.IntegerField()
    stock_waiting = serializers.IntegerField()
    tracking_waiting = serializers.IntegerField()
    quarantined = serializers.IntegerField()
    tracking_dead = serializers.IntegerField(help_text="Shipments that were given up.")
    push_errors = serializers.IntegerField(help_text="Listings that the channel refused.")
    lag_s = serializers.IntegerField(help_text="The age of the oldest thing that waits.")
    blocked_until = serializers.DateTimeField(allow_null=True, help_text="The channel's limit is used up until then.")
    rate_left = serializers.IntegerField(allow_null=True, help_text="Percent of the limit that is nearest to its end.")
    rate_of = serializers.CharField(help_text="The operation whose limit that is.")
    problems = serializers.SerializerMethodField()

    def get_problems(self, account: Account) -> list[str]:
        return [str(problem.text) for problem in account.problems]


class ConnectionOut(serializers.ModelSerializer[Connection]):
    """Secrets are never told."""

    channel = serializers.CharField(source="channel.code")
    status = serializers.CharField(help_text="draft, active, paused, needs_auth")
    buffer = Quantity()
    cap = Quantity(allow_null=True)
    floor = Quantity()
    kept_fields = serializers.ListField(
        child=serializers.CharField(), help_text="What of a listing the channel owns: it is never sent."
    )

    class Meta:
        model = Connection
        fields = [
            "id", "channel", "connector", "status", "status_reason", "settings", "buffer", "share_percent", "cap", "floor",
            "push_prices", "push_products", "kept_fields", "keep_personal_days", "starts_at", "created_at",
        ]  # fmt: skip


class DayCountOut(serializers.ModelSerializer[CompletenessCheck]):
    """A day's orders counted by id, each night: at the channel, and how many of them were not here."""

    class Meta:
        model = CompletenessCheck
        fields = ["day", "there", "missing", "fetched", "missing_ids", "checked_at"]


class ConnectionIn(serializers.Serializer[Any]):
    """Only what is named changes. secrets: written, never told; a login that the channel refused works again."""

    buffer = Quantity(required=False, min_value=0)
    share_percent = serializers.IntegerField(required=False, min_value=0, max_value=100)
    cap = Quantity(required=False, allow_null=True, min_value=0)
    floor = Quantity(required=False, min_value=0)
    push_prices = serializers.BooleanField(required=False)
    push_products = serializers.BooleanField(required=False)
    kept_fields = serializers.ListField(
        child=serializers.ChoiceField(choices=[*FIELDS, "price"]), required=False, max_length=len(FIELDS) + 1,
        help_text="What of a listing the channel owns: it is never sent.",
    )  # fmt: skip
    keep_personal_days = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=36500)
    secrets = serializers.DictField(
        child=serializers.CharField(max_length=4000), required=False, write_only=True, allow_empty=False
    )
    webhook_secret = serializers.CharField(required=False, write_only=True, max_length=200, min_length=8)


class PauseIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300)


class RunJobIn(serializers.Serializer[Any]):
    job = serializers.ChoiceField(choices=services.JOBS)


class JobAskedOut(serializers.Serializer[Any]):
    """Its run is in sync-runs once a worker has it."""

    job = serializers.CharField()


class ConnectionViewSet(ContentTags, ActionAccess, viewsets.GenericViewSet[Connection]):
    access = {
        "list": (READ, SEE), "retrieve": (READ, SEE), "standing": (READ, SEE), "counts": (READ, SEE),
        "partial_update": (WRITE, CHANGE), "pause": (WRITE, CHANGE),
        "resume": (WRITE, CHANGE), "run": (WRITE, CHANGE),
    }  # fmt: skip
    serializer_class = ConnectionOut
    lookup_value_regex = r"[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[Connection]:
        rows = Connection.objects.select_related("channel").order_by("pk")
        return own_rows(self.request, rows, channel="channel_id")  # type: ignore[no-any-return]

    def list(self, request: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(ConnectionOut(page, many=True).data)

    def retrieve(self, request: Any, pk: str) -> Response:
        return Response(ConnectionOut(self.get_object()).data)

    @extend_schema(responses=ConnectionStandingOut)
    @action(detail=True)
    def standing(self, request: Any, pk: str) -> Response:
        """What ran last, what waits, and what is wrong with what to do about it."""
        [account] = accounts(Connection.objects.filter(pk=self.get_object().pk))
        return Response(ConnectionStandingOut(account).data)

    @extend_schema(responses=DayCountOut(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def counts(self, request: Any, pk: str) -> Response:
        """The last 31 days that were counted by id, the newest first: whether every order came."""
        rows = CompletenessCheck.objects.filter(connection=self.get_object()).order_by("-day")[:31]
        return Response(DayCountOut(rows, many=True).data)

    @extend_schema(
        request=ConnectionIn, responses=ConnectionOut, parameters=[IF_MATCH],
        examples=[OpenApiExample("A buffer of two", {"buffer": "2", "share_percent": 80}, request_only=True)],
    )  # fmt: skip
    @idempotent(required=False)
    def partial_update(self, request: Any, pk: str) -> Response:
        """Change what the channel is shown, or give a new login."""
        given = ConnectionIn(data=request.data)
        given.is_valid(raise_exception=True)
        row = self.get_object()
        Connection.objects.select_for_update(of=("self",), no_key=True).get(pk=row.pk)
        expect_etag(request, ConnectionOut(self.get_object()).data, object_type=TYPE, object_id=row.pk)
        rules, actor = dict(given.validated_data), actor_of(request)
        secrets, hook = rules.pop("secrets", None), rules.pop("webhook_secret", "")
        services.set_rules(connection_id=row.pk, rules=rules, actor=actor)
        if secrets:
            services.replace_secrets(connection_id=row.pk, secrets=secrets, actor=actor)
        if hook:
            services.add_webhook_secret(connection_id=row.pk, secret=hook, actor=actor)
        return Response(ConnectionOut(self.get_object()).data)

    @extend_schema(
        request=PauseIn, responses=ConnectionOut, parameters=[KEY_HEADER],
        examples=[OpenApiExample("A holiday", {"reason": "Stocktake until Monday"}, request_only=True)],
    )  # fmt: skip
    @action(detail=True, methods=["post"])
    @idempotent()
    def pause(self, request: Any, pk: str) -> Response:
        """Nothing is read or told until it is resumed; what changes meanwhile is not lost."""
        given = PauseIn(data=request.data)
        given.is_valid(raise_exception=True)
        return self._set(request, ConnectionStatus.PAUSED, given.validated_data["reason"])

    @extend_schema(request=None, responses=ConnectionOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def resume(self, request: Any, pk: str) -> Response:
        return self._set(request, ConnectionStatus.ACTIVE, "")

    def _set(self, request: Any, status: str, reason: str) -> Response:
        row = self.get_object()
        services.set_status(connection_id=row.pk, status=status, reason=reason, actor=actor_of(request))
        return Response(ConnectionOut(self.get_object()).data)

    @extend_schema(
        request=RunJobIn, responses={202: JobAskedOut}, parameters=[KEY_HEADER],
        examples=[OpenApiExample("Orders now", {"job": "pull_orders"}, request_only=True)],
    )  # fmt: skip
    @action(detail=True, methods=["post"])
    @idempotent()
    def run(self, request: Any, pk: str) -> Response:
        """Run a job now instead of at its time. Refused unless the connection is active (connection_not_active) and, for
        match_listings, the channel shows its catalogue (no_catalogue)."""
        given = RunJobIn(data=request.data)
        given.is_valid(raise_exception=True)
        job = given.validated_data["job"]
        services.ask_job(job, connection=self.get_object())
        return Response({"job": job}, status=202)


ROUTES = (("connections", ConnectionViewSet, "connection"),)
