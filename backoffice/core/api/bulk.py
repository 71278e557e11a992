"""Bulk jobs over HTTP: start one, watch it, read what became of each row, stop it, resume it."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core import bulk
from backoffice.core.api.actions import ActionAccess, actor_of
from backoffice.core.api.auth import may
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.errors import InvalidInput, NotPermitted
from backoffice.core.models import ApiKey, BulkJob, BulkJobRow
from backoffice.core.models.bulk import BulkState
from backoffice.core.registry import BulkAction, registry

MAX_IDS = 10_000


class BulkJobIn(serializers.Serializer[Any]):
    """Which action on which rows: either ids, or a filter as the list of these rows takes it ({} means all)."""

    action = serializers.CharField(max_length=60, help_text="e.g. orders.release")
    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1), required=False, min_length=1, max_length=MAX_IDS
    )
    filter = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField(max_length=200, allow_blank=True), max_length=50),
        required=False,
        help_text='The list\'s parameters, each with its values: {"status": ["placed", "released"]}',
    )
    params = serializers.DictField(child=serializers.CharField(max_length=1000, allow_blank=True), required=False)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if ("ids" in given) == ("filter" in given):
            raise serializers.ValidationError({"ids": [_("Send either ids or a filter.")]})
        return given


class BulkJobOut(serializers.ModelSerializer[BulkJob]):
    seconds_left = serializers.IntegerField(allow_null=True)
    rows_per_s = serializers.FloatField()

    class Meta:
        model = BulkJob
        fields = [
            "id", "action", "object_type", "params", "selection", "status", "stop_requested", "total", "done",
            "already", "refused", "rows_per_s", "seconds_left", "error", "created_at", "finished_at",
        ]  # fmt: skip


class BulkRowOut(serializers.ModelSerializer[BulkJobRow]):
    class Meta:
        model = BulkJobRow
        fields = ["object_id", "state", "code", "detail"]


class BulkRowFilter(django_filters.FilterSet):
    state = django_filters.MultipleChoiceFilter(choices=BulkState.choices)

    class Meta:
        model = BulkJobRow
        fields: list[str] = []


class BulkJobViewSet(ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[BulkJob]):
    """Bulk jobs of the caller. Each action also wants its own scope or permission."""

    access = {
        "list": ("jobs:read", "core.view_bulkjob"),
        "retrieve": ("jobs:read", "core.view_bulkjob"),
        "rows": ("jobs:read", "core.view_bulkjob"),
        "create": ("jobs:run", "core.add_bulkjob"),
        "stop": ("jobs:run", "core.add_bulkjob"),
        "resume": ("jobs:run", "core.add_bulkjob"),
    }
    serializer_class = BulkJobOut

    def get_queryset(self) -> QuerySet[BulkJob]:
        if isinstance(self.request.auth, ApiKey):
            return BulkJob.objects.filter(api_key=self.request.auth)
        allowed = [a.name for a in registry.bulk_actions().values() if self.request.user.has_perm(a.permission)]
        return BulkJob.objects.filter(action__in=allowed)

    @extend_schema(request=BulkJobIn, responses={202: BulkJobOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Start a job: 202. Rows that the caller may not see are not found and refuse the whole request."""
        body = BulkJobIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        chosen = bulk.action_of(given["action"])
        _require(request, chosen)
        job = bulk.start_job(
            chosen.name,
            rows=_rows(request, chosen, given),
            params=given.get("params", {}),
            actor=actor_of(request),
            selection=", ".join(f"{name}={'|'.join(values)}" for name, values in given.get("filter", {}).items()),
            api_key=request.auth if isinstance(request.auth, ApiKey) else None,
        )
        return Response(BulkJobOut(job).data, status=202)

    @extend_schema(
        responses=BulkRowOut(many=True),
        parameters=[OpenApiParameter("state", str, enum=BulkState.values, many=True)],
    )
    @action(detail=True, methods=["get"])
    def rows(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What became of each row, by pages."""
        job = self.get_object()
        found = BulkRowFilter(request.query_params, BulkJobRow.objects.filter(job=job))
        if not found.is_valid():
            raise serializers.ValidationError(found.errors)
        page = self.paginate_queryset(found.qs)
        return self.get_paginated_response(BulkRowOut(page or [], many=True).data)

    @extend_schema(request=None, responses=BulkJobOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def stop(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Stop after the batch at hand; what is done stays done."""
        return self._change(request, bulk.stop_job)

    @extend_schema(request=None, responses=BulkJobOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def resume(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Go on with the rows that still wait."""
        return self._change(request, bulk.resume_job)

    def _change(self, request: Any, change: Any) -> Response:
        job = self.get_object()
        _require(request, bulk.action_of(job.action))
        return Response(BulkJobOut(change(job.pk, actor=actor_of(request))).data)


def _require(request: Any, chosen: BulkAction) -> None:
    """Raises NotPermitted without the action's own permission, and a program's scope."""
    if not may(request, chosen.scope, chosen.permission):
        raise NotPermitted(_("You may not do this."), action=chosen.name, scope=chosen.scope)


def _rows(request: Any, chosen: BulkAction, given: dict[str, Any]) -> Any:
    """The chosen rows as a queryset. Raises InvalidInput naming the first id that the caller cannot see."""
    target = registry.bulk_targets().get(chosen.object_type)
    if target is None:  # e.g. rows of an import, which has a way of its own to start
        raise bulk.UnknownBulkAction(_("There is no bulk action “%(name)s”.") % {"name": chosen.name})
    rows = target.rows(request, given.get("filter", {}))
    if "ids" not in given:
        return rows
    wanted = set(given["ids"])
    rows = rows.filter(pk__in=wanted)
    if missing := sorted(wanted - set(rows.values_list("pk", flat=True))):
        error = {"field": "ids", "message": _("There is no row %(id)s.") % {"id": missing[0]}, "code": "not_found"}
        raise InvalidInput(_("Some fields are wrong; nothing was saved."), errors=[error])
    return rows
