"""Reminders over HTTP: runs, letters, stops."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting.api.companies import company_of
from accounting.api.party_mails import party_of
from accounting.letters import print_letters, reminder
from accounting.models import (
    DunningLetter,
    DunningLetterItem,
    DunningRun,
    DunningStop,
    StopKind,
)
from accounting.services import dunning
from backoffice.core import bulk
from backoffice.core.api.actions import NOBODYS, ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.api.reasons import OptionalReasonIn


class DunningRunIn(serializers.Serializer[Any]):
    company = serializers.SlugField(required=False)
    date = serializers.DateField(required=False)


class DunningIssueIn(serializers.Serializer[Any]):
    """how: mail (printed where no address is known) or print."""

    how = serializers.ChoiceField(choices=[("mail", "mail"), ("print", "print")], default="mail")


class DunningJobOut(serializers.Serializer[Any]):
    """job: a bulk job; watch it under bulk-jobs/."""

    job = serializers.IntegerField()


class DunningLetterItemOut(serializers.ModelSerializer[DunningLetterItem]):
    class Meta:
        model = DunningLetterItem
        fields = ["open_item", "level", "open_amount", "overdue_days", "interest", "issued"]


class DunningLetterOut(serializers.ModelSerializer[DunningLetter]):
    number = serializers.CharField(read_only=True)
    party = serializers.CharField(source="party.code")
    level = serializers.IntegerField(source="level.number")
    items = DunningLetterItemOut(many=True)

    class Meta:
        model = DunningLetter
        fields = [
            "id", "number", "run", "party", "level", "language", "currency", "amount", "fee", "interest", "status",
            "by_mail", "dropped", "entry", "issued_at", "items",
        ]  # fmt: skip


class DunningRunOut(serializers.ModelSerializer[DunningRun]):
    number = serializers.CharField(read_only=True)
    letters = DunningLetterOut(many=True)

    class Meta:
        model = DunningRun
        fields = ["id", "number", "date", "status", "scheduled", "created_label", "approved_label", "letters"]


APPROVE = ("dunning:write", "accounting.approve_dunningrun")


class DunningRunViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[DunningRun]
):
    """Proposals of reminders, approved and issued."""

    access = {
        **dict.fromkeys(("list", "retrieve"), ("accounting:read", "accounting.view_dunningrun")),
        "create": ("dunning:write", "accounting.add_dunningrun"),
        "approve": APPROVE,
        "cancel": APPROVE,
        "issue": APPROVE,
    }
    serializer_class = DunningRunOut

    def get_queryset(self) -> QuerySet[DunningRun]:
        rows = DunningRun.objects.prefetch_related("letters__party", "letters__level", "letters__items")
        return own_rows(self.request, rows.order_by("-pk"), channel=NOBODYS)

    def _answer(self, pk: int, status: int = 200) -> Response:
        return Response(DunningRunOut(self.get_queryset().get(pk=pk)).data, status=status)

    @extend_schema(request=DunningRunIn, responses={201: DunningRunOut, 204: None}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Propose a run as of a day; 204 if nobody is due."""
        body = DunningRunIn(data=request.data)
        body.is_valid(raise_exception=True)
        made = dunning.propose_run(
            company_id=company_of(request, body.validated_data.get("company")),
            date=body.validated_data.get("date") or timezone.localdate(),
            actor=actor_of(request),
        )
        return Response(status=204) if made is None else self._answer(made.pk, 201)

    @extend_schema(request=None, responses=DunningRunOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def approve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        run = self.get_object()
        dunning.approve_run(run.pk, company_id=run.company_id, actor=actor_of(request))
        return self._answer(run.pk)

    @extend_schema(request=OptionalReasonIn, responses=DunningRunOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def cancel(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        body = OptionalReasonIn(data=request.data)
        body.is_valid(raise_exception=True)
        run = self.get_object()
        dunning.cancel_run(
            run.pk, company_id=run.company_id, actor=actor_of(request), reason=body.validated_data["reason"]
        )
        return self._answer(run.pk)

    @extend_schema(request=DunningIssueIn, responses={202: DunningJobOut}, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def issue(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Start the job that issues the letters of an approved run."""
        body = DunningIssueIn(data=request.data)
        body.is_valid(raise_exception=True)
        run = self.get_object()
        rows = DunningLetter.objects.filter(run=run, status="proposed").order_by("pk")
        job = bulk.start_job(
            "accounting.issue_reminders", rows=rows, params={"how": body.validated_data["how"]},
            actor=actor_of(request), selection=run.number,
        )  # fmt: skip
        return Response({"job": job.pk}, status=202)


class DunningLetterViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[DunningLetter]
):
    """Reminders as they were issued."""

    access = dict.fromkeys(("list", "retrieve", "pdf"), ("accounting:read", "accounting.view_dunningletter"))
    serializer_class = DunningLetterOut

    def get_queryset(self) -> QuerySet[DunningLetter]:
        rows = DunningLetter.objects.select_related("party", "level").prefetch_related("items").order_by("-pk")
        rows = own_rows(self.request, rows, channel=NOBODYS, company="run__company_id")
        party = self.request.query_params.get("party", "").replace("\x00", "")
        return rows.filter(party__code=party) if party else rows

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def pdf(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """The letter in the customer's language."""
        found = reminder(self.get_object().pk)
        return HttpResponse(print_letters([found] if found else []), content_type="application/pdf")


class DunningStopIn(serializers.Serializer[Any]):
    """item: id of an open item; without one, the customer is not reminded at all."""

    company = serializers.SlugField(required=False)
    party = serializers.CharField(max_length=60)
    item = serializers.IntegerField(required=False)
    kind = serializers.ChoiceField(choices=StopKind.choices, default=StopKind.STOP)
    reason = serializers.CharField(max_length=300)
    until = serializers.DateField(required=False)


class DunningStopOut(serializers.ModelSerializer[DunningStop]):
    party = serializers.CharField(source="party.code")

    class Meta:
        model = DunningStop
        fields = ["id", "party", "open_item", "kind", "reason", "until", "created_label", "ended_at", "ended_label"]


class DunningStopViewSet(ActionAccess, mixins.ListModelMixin, viewsets.GenericViewSet[DunningStop]):
    """Customers and items that are not reminded."""

    access = {
        "list": ("accounting:read", "accounting.view_dunningstop"),
        "create": ("dunning:write", "accounting.add_dunningstop"),
        "end": ("dunning:write", "accounting.change_dunningstop"),
    }
    serializer_class = DunningStopOut

    def get_queryset(self) -> QuerySet[DunningStop]:
        return own_rows(self.request, DunningStop.objects.select_related("party").order_by("-pk"), channel=NOBODYS)

    @extend_schema(request=DunningStopIn, responses={201: DunningStopOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        body = DunningStopIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        company_id = company_of(request, given.get("company"))
        made = dunning.stop_dunning(
            company_id=company_id,
            party_id=party_of(company_id, given["party"]).pk,
            open_item_id=given.get("item"),
            kind=given["kind"],
            reason=given["reason"],
            until=given.get("until"),
            actor=actor_of(request),
        )
        return Response(DunningStopOut(made).data, status=201)

    @extend_schema(request=None, responses=DunningStopOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def end(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        stop = self.get_object()
        done = dunning.end_stop(stop.pk, company_id=stop.company_id, actor=actor_of(request))
        return Response(DunningStopOut(done).data)
