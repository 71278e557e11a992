"""Imports over HTTP: bring a file, read what each row would do, start it, get the wrong rows back."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from backoffice.core import tabular
from backoffice.core.api.actions import ActionAccess, actor_of
from backoffice.core.api.auth import may
from backoffice.core.api.bulk import BulkJobOut
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.errors import NotPermitted
from backoffice.core.export import table_response
from backoffice.core.models import ApiKey, ImportFile, ImportRow
from backoffice.core.models.tables import ImportState
from backoffice.core.registry import TableImport, registry
from backoffice.core.tabular import ENCODINGS

AS = OpenApiParameter("as", str, enum=["csv", "xlsx"])


class ImportIn(serializers.Serializer[Any]):
    """A CSV or XLSX file and what it holds. mapping: column names by heading, "" to leave one out."""

    noun = serializers.CharField(max_length=60, help_text="e.g. inventory.import_skus")
    file = serializers.FileField()
    company = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")
    encoding = serializers.ChoiceField(choices=ENCODINGS, required=False, allow_blank=True, default="")
    mapping = serializers.JSONField(required=False, default=dict)
    leave_out_unknown = serializers.BooleanField(required=False, default=False)

    def validate_mapping(self, given: Any) -> dict[str, str]:
        if not isinstance(given, dict) or not all(isinstance(v, str) for v in given.values()) or len(given) > 200:
            raise serializers.ValidationError(_("Give column names by heading."))
        return given


class RunIn(serializers.Serializer[Any]):
    skip_wrong = serializers.BooleanField(
        required=False, default=False, help_text="Do the other rows although some are wrong."
    )


class ImportOut(serializers.ModelSerializer[ImportFile]):
    """status waiting: rows are still being checked. job: the bulk job that does it, with progress and results."""

    class Meta:
        model = ImportFile
        fields = [
            "id", "noun", "name", "size", "sha256", "encoding", "headings", "mapping", "status", "error", "new",
            "changed", "unchanged", "wrong", "job", "created_at",
        ]  # fmt: skip


class ImportRowOut(serializers.ModelSerializer[ImportRow]):
    """row: as a spreadsheet counts it, the headings are 1. result, detail: once its job has done it."""

    row = serializers.IntegerField(source="number")
    changes = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    errors = serializers.ListField(  # type: ignore[assignment]  # a field, as the answer names it
        child=serializers.DictField(child=serializers.CharField())
    )
    cells = serializers.ListField(child=serializers.CharField(allow_blank=True))
    result = serializers.SerializerMethodField()
    detail = serializers.SerializerMethodField()

    class Meta:
        model = ImportRow
        fields = ["row", "state", "cells", "changes", "errors", "result", "detail"]

    def get_result(self, row: ImportRow) -> str:
        found = self.context["results"].get(row.pk)
        return found.state if found else ""

    def get_detail(self, row: ImportRow) -> str:
        found = self.context["results"].get(row.pk)
        return found.detail if found else ""


class ImportRowFilter(django_filters.FilterSet):
    state = django_filters.MultipleChoiceFilter(choices=ImportState.choices)

    class Meta:
        model = ImportRow
        fields: list[str] = []


class ImportViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[ImportFile]
):
    """Files of the caller. Each noun also wants its own scope or permission."""

    access = {
        "list": ("imports:read", "core.view_importfile"),
        "retrieve": ("imports:read", "core.view_importfile"),
        "rows": ("imports:read", "core.view_importfile"),
        "errors": ("imports:read", "core.view_importfile"),
        "create": ("imports:run", "core.add_importfile"),
        "run": ("imports:run", "core.add_importfile"),
        "export": ("imports:read", "core.view_importfile"),
    }
    serializer_class = ImportOut

    def get_queryset(self) -> QuerySet[ImportFile]:
        if isinstance(self.request.auth, ApiKey):
            return ImportFile.objects.filter(api_key=self.request.auth)
        nouns = [noun.name for noun in registry.table_imports().values() if self.request.user.has_perm(noun.permission)]
        return ImportFile.objects.filter(noun__in=nouns)

    def get_parsers(self) -> list[Any]:
        """A file comes as multipart/form-data; all else is JSON."""
        if getattr(self, "action_map", {}).get("post") == "create" and self.request and self.request.method == "POST":
            return [MultiPartParser()]
        return super().get_parsers()

    @extend_schema(request={"multipart/form-data": ImportIn}, responses={201: ImportOut})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Bring a file: its rows are checked, nothing is changed. Small ones are checked when the answer comes."""
        body = ImportIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        noun = tabular.noun_of(given["noun"])
        _require(request, noun)
        file = tabular.take_file(
            given["file"],
            noun=noun.name,
            company_id=tabular.company_of(noun, given["company"], bound_to=_bound_to(request)),
            actor=actor_of(request),
            encoding=given["encoding"],
            mapping=given["mapping"],
            leave_out_unknown=given["leave_out_unknown"],
            api_key=request.auth if isinstance(request.auth, ApiKey) else None,
        )
        return Response(ImportOut(file).data, status=201)

    @extend_schema(
        responses=ImportRowOut(many=True),
        parameters=[OpenApiParameter("state", str, enum=ImportState.values, many=True)],
    )
    @action(detail=True, methods=["get"])
    def rows(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What each row would do, or what became of it, by pages."""
        file = self.get_object()
        found = ImportRowFilter(request.query_params, ImportRow.objects.filter(file=file))
        if not found.is_valid():
            raise serializers.ValidationError(found.errors)
        page = self.paginate_queryset(found.qs) or []
        context = {"results": tabular.results_of(file, [row.pk for row in page])}
        return self.get_paginated_response(ImportRowOut(page, many=True, context=context).data)

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.BINARY}, parameters=[AS])
    @action(detail=True, methods=["get"])
    def errors(self, request: Any, *args: Any, **kwargs: Any) -> StreamingHttpResponse:
        """The rows that were wrong or refused, as they came, with a column of errors: mend it and bring it again."""
        file = self.get_object()
        return table_response(
            request.query_params.get("as", "csv"),
            f"import-{file.pk}-errors",
            tabular.error_headings(file),
            tabular.error_lines(file),
        )

    @extend_schema(request=RunIn, responses={202: BulkJobOut}, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def run(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Do the new and changed rows in a background job: 202. Progress and results stand at bulk-jobs/{id}/."""
        body = RunIn(data=request.data)
        body.is_valid(raise_exception=True)
        file = self.get_object()
        _require(request, tabular.noun_of(file.noun))
        job = tabular.start_import(
            file.pk,
            actor=actor_of(request),
            skip_wrong=body.validated_data["skip_wrong"],
            api_key=request.auth if isinstance(request.auth, ApiKey) else None,
        )
        return Response(BulkJobOut(job).data, status=202)

    @extend_schema(
        responses={(200, "text/csv"): OpenApiTypes.BINARY},
        parameters=[OpenApiParameter("noun", str, required=True), OpenApiParameter("company", str), AS],
        filters=False,
    )
    @action(detail=False, methods=["get"])
    def export(self, request: Any, *args: Any, **kwargs: Any) -> StreamingHttpResponse:
        """What is there, in the columns of the import: brought back as it is, it changes nothing."""
        noun = tabular.noun_of(request.query_params.get("noun", ""))
        _require(request, noun)
        if noun.export is None:
            raise NotFound
        company = tabular.company_of(noun, request.query_params.get("company", ""), bound_to=_bound_to(request))
        headings = [column.name for column in noun.columns]
        name = noun.name.rpartition("import_")[2]
        return table_response(request.query_params.get("as", "csv"), name, headings, noun.export(company))


def _bound_to(request: Any) -> int | None:
    return request.auth.company_id if isinstance(request.auth, ApiKey) else None


def _require(request: Any, noun: TableImport) -> None:
    """Raises NotPermitted without the noun's own scope and permission."""
    if not may(request, noun.scope, noun.permission):
        raise NotPermitted(_("You may not do this."), noun=noun.name, scope=noun.scope)
