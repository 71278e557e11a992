"""The scheduled jobs over HTTP: how each stands, its runs, pause, resume, run now."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from backoffice.core import job_control
from backoffice.core.admin.scheduled_jobs import CHANGE, SEE, ask_now
from backoffice.core.api.actions import ActionAccess, actor_of
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.errors import NotPermitted
from backoffice.core.job_overview import job_states
from backoffice.core.models import ApiKey, JobRun
from backoffice.core.schedule import Job


class JobRunOut(serializers.ModelSerializer[JobRun]):
    """status: asked, running, ok, failed, or lost (its worker ended without a word)."""

    class Meta:
        model = JobRun
        fields = ["id", "due_at", "started_at", "finished_at", "status", "detail", "asked_by", "reason"]


class ScheduledJobOut(serializers.Serializer[Any]):
    """every_s: one run for each so many seconds; failures: in a row, since the last good run."""

    name = serializers.CharField()
    does = serializers.CharField(source="job.does")
    every_s = serializers.IntegerField(source="job.each_s")
    paused_at = serializers.DateTimeField(allow_null=True)
    paused_by = serializers.CharField()
    pause_reason = serializers.CharField()
    last_run = JobRunOut(allow_null=True)
    took_ms = serializers.IntegerField(allow_null=True)
    good_at = serializers.DateTimeField(allow_null=True)
    next_at = serializers.DateTimeField(allow_null=True)
    failures = serializers.IntegerField()
    is_late = serializers.BooleanField()


class ScheduledJobs(serializers.Serializer[Any]):
    results = ScheduledJobOut(many=True)


class JobReasonIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300)


class ScheduledJobViewSet(ActionAccess, viewsets.GenericViewSet[Any]):
    """They belong to the house, not to a company: a key that is bound to one sees none."""

    access = {
        **dict.fromkeys(("list", "retrieve", "runs"), ("schedule:read", SEE)),
        **dict.fromkeys(("pause", "resume", "run"), ("schedule:control", CHANGE)),
    }
    queryset = JobRun.objects.none()
    serializer_class = ScheduledJobOut
    lookup_field = "name"
    lookup_value_regex = "[a-z-]+"
    http_method_names = ["get", "post", "head", "options"]
    filter_backends: list[Any] = []

    def get_queryset(self) -> QuerySet[JobRun]:
        return JobRun.objects.filter(job=self.kwargs.get("name", "")).order_by("-pk")

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if isinstance(request.auth, ApiKey) and (request.auth.company_id or request.auth.channel_id):
            raise NotPermitted(_("The jobs are the whole house's: this key is bound to a part of it."))

    @extend_schema(responses=ScheduledJobs)
    def list(self, request: Any) -> Response:
        """Every job."""
        return Response({"results": ScheduledJobOut(job_states(), many=True).data})

    @extend_schema(responses=ScheduledJobOut)
    def retrieve(self, request: Any, name: str = "") -> Response:
        return self._state(_job(name))

    @extend_schema(responses=JobRunOut(many=True))
    @action(detail=True, methods=["get"])
    def runs(self, request: Any, name: str = "") -> Response:
        """Its runs, the newest first."""
        _job(name)
        return self.get_paginated_response(JobRunOut(self.paginate_queryset(self.get_queryset()), many=True).data)

    @extend_schema(request=JobReasonIn, responses=ScheduledJobOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def pause(self, request: Any, name: str = "") -> Response:
        """Workers leave it out from now on."""
        return self._change(name, job_control.pause_job)

    @extend_schema(request=JobReasonIn, responses=ScheduledJobOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def resume(self, request: Any, name: str = "") -> Response:
        """It runs again."""
        return self._change(name, job_control.resume_job)

    @extend_schema(request=JobReasonIn, responses={202: JobRunOut}, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def run(self, request: Any, name: str = "") -> Response:
        """Have a worker run it once, also while it is paused."""
        return Response(JobRunOut(ask_now(_job(name), reason=self._reason(), actor=actor_of(request))).data, 202)

    def _change(self, name: str, change: Callable[..., Any]) -> Response:
        job = _job(name)
        change(job, reason=self._reason(), actor=actor_of(self.request))
        return self._state(job)

    def _reason(self) -> str:
        body = JobReasonIn(data=self.request.data)
        body.is_valid(raise_exception=True)
        return str(body.validated_data["reason"])

    def _state(self, job: Job) -> Response:
        [state] = job_states([job.name])
        return Response(ScheduledJobOut(state).data)


def _job(name: str) -> Job:
    job = job_control.job_named(name)
    if job is None:
        raise NotFound
    return job
