"""Scheduled reports over HTTP: those of the user that a key acts as."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess, actor_of
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.errors import InvalidInput, NotPermitted
from backoffice.core.models import ReportRun, ScheduledReport
from backoffice.core.saved_views import views_for
from backoffice.dashboard import scheduled
from backoffice.dashboard.report_pages import PAGES, TABLE


class ScheduledReportIn(serializers.ModelSerializer[ScheduledReport]):
    """Either report or saved_view. weekday: of weekly ones, 1 is Monday; day_of_month: of monthly ones, 1 to 28."""

    report = serializers.ChoiceField(choices=sorted(PAGES), required=False)
    saved_view = serializers.IntegerField(min_value=1, required=False, help_text="The id of a saved view.")
    mail_to = serializers.ListField(child=serializers.EmailField(), required=False, max_length=20)

    class Meta:
        model = ScheduledReport
        fields = [
            "name", "report", "saved_view", "format", "period", "every", "weekday", "day_of_month", "at_time",
            "mail_to", "is_active",
        ]  # fmt: skip


class ScheduledReportOut(serializers.ModelSerializer[ScheduledReport]):
    class Meta:
        model = ScheduledReport
        fields = ["id", *ScheduledReportIn.Meta.fields, "next_due_at"]


class ReportRunOut(serializers.ModelSerializer[ReportRun]):
    class Meta:
        model = ReportRun
        fields = ["id", "due_at", "state", "size", "mailed_at", "error", "finished_at"]


class ScheduledReportViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[ScheduledReport]
):
    """Reports that are made on their days, with the rights of the key's user."""

    access = {
        **dict.fromkeys(("list", "retrieve", "runs"), ("reports:read", "core.view_scheduledreport")),
        "create": ("reports:write", "core.add_scheduledreport"),
        **dict.fromkeys(("partial_update", "now"), ("reports:write", "core.change_scheduledreport")),
    }
    queryset = ScheduledReport.objects.none()
    serializer_class = ScheduledReportOut
    http_method_names = ["get", "post", "patch", "head", "options"]

    def get_queryset(self) -> QuerySet[ScheduledReport]:
        rows = ScheduledReport.objects.filter(owner=self.request.user.pk).order_by("pk")
        return rows.none() if _is_bound(self.request) else rows

    def _report(self, pk: str) -> ScheduledReport:
        report = self.get_queryset().filter(pk=int(pk)).first() if pk.isdecimal() else None
        if report is None:
            raise NotFound
        return report

    @extend_schema(request=ScheduledReportIn, responses={201: ScheduledReportOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Have a report made on its days from now on."""
        if _is_bound(request):
            raise NotPermitted(_("A storefront's key has no reports."))
        body = ScheduledReportIn(data=request.data)
        body.is_valid(raise_exception=True)
        report = _filled(ScheduledReport(owner_id=request.user.pk), body.validated_data, request.user)
        return Response(ScheduledReportOut(scheduled.keep(report, actor=actor_of(request))).data, 201)

    @extend_schema(request=ScheduledReportIn, responses=ScheduledReportOut, parameters=[KEY_HEADER])
    @transaction.atomic
    @idempotent(required=False)
    def partial_update(self, request: Any, pk: str = "", **kwargs: Any) -> Response:
        """Change it; what is left out stays."""
        report = self._report(pk)
        body = ScheduledReportIn(report, data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        report = _filled(report, body.validated_data, request.user)
        return Response(ScheduledReportOut(scheduled.keep(report, actor=actor_of(request))).data)

    @extend_schema(request=None, responses={202: ReportRunOut}, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def now(self, request: Any, pk: str = "") -> Response:
        """Have it made within a minute, beside its days."""
        return Response(ReportRunOut(scheduled.ask_now(self._report(pk), actor=actor_of(request))).data, 202)

    @extend_schema(responses=ReportRunOut(many=True))
    @action(detail=True, methods=["get"])
    def runs(self, request: Any, pk: str = "") -> Response:
        """What was made, the newest first."""
        page = self.paginate_queryset(self._report(pk).runs.order_by("-pk"))
        return self.get_paginated_response(ReportRunOut(page, many=True).data)


def _is_bound(request: Any) -> bool:
    return getattr(request.auth, "channel_id", None) is not None


def _filled(report: ScheduledReport, given: dict[str, Any], user: Any) -> ScheduledReport:
    """Raises InvalidInput, NotPermitted."""
    for name, value in given.items():
        if name != "saved_view":
            setattr(report, name, value)
    if "saved_view" in given:
        report.saved_view, report.report = views_for(user).filter(pk=given["saved_view"]).first(), ""
        if report.saved_view is None:
            raise _refused("saved_view", _("There is no such saved view."))
    elif "report" in given:
        report.saved_view = None
    page = PAGES.get(report.report)
    if page is None and report.saved_view is None:
        raise _refused("report", _("Choose a report or a saved view."))
    if page is not None and not user.has_perm(page.permission):
        raise NotPermitted(_("%(who)s may not see this report.") % {"who": user})
    formats = page.formats if page else TABLE
    if report.format not in formats:
        raise _refused("format", _("This one is made as %(formats)s only.") % {"formats": ", ".join(formats).upper()})
    same = ScheduledReport.objects.filter(owner=report.owner_id, name=report.name)
    if same.exclude(pk=report.pk).exists():
        raise _refused("name", _("You have a report of this name already."))
    return report


def _refused(field: str, message: str) -> InvalidInput:
    return InvalidInput(message, errors=[{"field": field, "message": message}])
