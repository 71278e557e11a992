"""Journals by hand over HTTP: drafted, submitted, approved, reversed, repeated; and their papers."""

from collections.abc import Callable
from typing import Any

import django_filters
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from accounting import services
from accounting.api.companies import company_of
from accounting.api.lookups import account_ids_of, party_ids_of, wrong
from accounting.models import Attachment, ManualJournal, ManualJournalLine, ManualJournalStatus
from accounting.selectors import attachments_of
from accounting.serving import served
from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER, Amount
from backoffice.core.api.idempotency import idempotent
from backoffice.core.api.reasons import OptionalReasonIn, ReasonIn


class ManualJournalLineIn(serializers.Serializer[Any]):
    """amount: debit positive, credit negative. dimensions: codes by axis."""

    account = serializers.CharField(max_length=20)
    amount = Amount()
    party = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    description = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    dimensions = serializers.DictField(child=serializers.CharField(max_length=60), required=False, default=dict)


class ManualJournalIn(serializers.Serializer[Any]):
    """reverse_on: an accrual's mirror is posted by itself on this day. late: may be posted on a later, open day.

    version: what was read, where a draft is changed.
    """

    company = serializers.SlugField(required=False)
    date = serializers.DateField()
    memo = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    currency = serializers.CharField(max_length=10, required=False, allow_blank=True, default="")
    exchange_rate = serializers.DecimalField(24, 12, required=False, allow_null=True, default=None)
    reverse_on = serializers.DateField(required=False, allow_null=True, default=None)
    late = serializers.BooleanField(required=False, default=False)
    version = serializers.IntegerField(required=False, min_value=1)
    lines = ManualJournalLineIn(many=True, min_length=1, max_length=200)


class ReverseJournalIn(ReasonIn):
    """date: of the mirror; today if left out."""

    date = serializers.DateField(required=False)


class ManualJournalLineOut(serializers.ModelSerializer[ManualJournalLine]):
    account = serializers.CharField(source="account.code")
    party = serializers.CharField(source="party.code", default=None)
    dimensions = serializers.CharField(source="dimension_set.key", default="")

    class Meta:
        model = ManualJournalLine
        fields = ["position", "account", "party", "description", "amount", "dimensions"]


class ManualJournalOut(serializers.ModelSerializer[ManualJournal]):
    """value: debits in the company's currency. entry, reversal: of the journal."""

    number = serializers.CharField()
    lines = ManualJournalLineOut(many=True)

    class Meta:
        model = ManualJournal
        fields = [
            "id", "number", "date", "memo", "currency", "exchange_rate", "status", "late", "reverse_on", "value",
            "version", "schedule", "created_label", "approved_label", "entry", "reversal", "lines",
        ]  # fmt: skip


class AttachmentOut(serializers.ModelSerializer[Attachment]):
    class Meta:
        model = Attachment
        fields = ["id", "name", "content_type", "size", "digest", "added_by_label", "recorded_at"]


class ManualJournalFilter(django_filters.FilterSet):
    status = django_filters.MultipleChoiceFilter(choices=ManualJournalStatus.choices)
    date_from = django_filters.DateFilter(field_name="date", lookup_expr="gte")
    date_to = django_filters.DateFilter(field_name="date", lookup_expr="lte")

    class Meta:
        model = ManualJournal
        fields: list[str] = []


WRITE = ("journals:write", "accounting.change_manualjournal")
APPROVE = ("journals:approve", "accounting.approve_manualjournal")


class ManualJournalViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[ManualJournal]
):
    """Journals by hand. Above the free value another person approves: 409 own_document or over_limit says who may."""

    access = {
        **dict.fromkeys(("list", "retrieve", "papers", "paper"), ("accounting:read", "accounting.view_manualjournal")),
        "create": ("journals:write", "accounting.add_manualjournal"),
        **dict.fromkeys(("change", "submit", "cancel", "add_paper"), WRITE),
        **dict.fromkeys(("approve", "send_back", "reverse"), APPROVE),
    }
    filterset_class = ManualJournalFilter
    serializer_class = ManualJournalOut

    def get_queryset(self) -> QuerySet[ManualJournal]:
        lines = ManualJournalLine.objects.select_related("account", "party", "dimension_set").order_by("position")
        return own_rows(self.request, ManualJournal.objects.prefetch_related(Prefetch("lines", lines)))

    def get_parsers(self) -> list[Any]:
        """A paper comes as multipart/form-data; all else is JSON."""
        if getattr(self, "action_map", {}).get("post") == "add_paper":
            return [MultiPartParser()]
        return super().get_parsers()

    @extend_schema(request=ManualJournalIn, responses={201: ManualJournalOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """A draft; nothing is posted until it is submitted."""
        given = _read(request)
        company_id = company_of(request, given.get("company"))
        made = services.save_journal(_input(company_id, given), company_id=company_id, actor=actor_of(request))
        return self._answer(made.pk, status=201)

    @extend_schema(request=ManualJournalIn, responses=ManualJournalOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def change(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Replace a draft's head and lines."""
        given, found = _read(request), self.get_object()
        services.save_journal(
            _input(found.company_id, given),
            company_id=found.company_id,
            actor=actor_of(request),
            journal_id=found.pk,
            version=given.get("version"),
        )
        return self._answer(found.pk)

    @extend_schema(request=OptionalReasonIn, responses=ManualJournalOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def submit(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Ask for approval; one that needs none is posted at once."""
        return self._step(request, OptionalReasonIn, services.submit_journal)

    @extend_schema(request=OptionalReasonIn, responses=ManualJournalOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def approve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Approve and post."""
        return self._step(request, OptionalReasonIn, services.approve_journal)

    @extend_schema(request=ReasonIn, responses=ManualJournalOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"], url_path="send-back")
    @idempotent()
    def send_back(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Not like this: it is a draft again."""
        return self._step(request, ReasonIn, services.send_back_journal)

    @extend_schema(request=ReasonIn, responses=ManualJournalOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def cancel(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Give it up; possible until it is posted."""
        return self._step(request, ReasonIn, services.cancel_journal)

    @extend_schema(request=ReverseJournalIn, responses=ManualJournalOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def reverse(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Take a posted one back by its mirror."""
        return self._step(request, ReverseJournalIn, services.reverse_journal)

    @extend_schema(responses=AttachmentOut(many=True))
    @action(detail=True, methods=["get"])
    def papers(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What is kept with it."""
        return Response(AttachmentOut(attachments_of("accounting.manualjournal", self.get_object().pk), many=True).data)

    @extend_schema(
        request={"multipart/form-data": {"type": "object", "properties": {
            "file": {"type": "string", "format": "binary"},
        }}},
        responses={201: AttachmentOut},
    )  # fmt: skip
    @action(detail=True, methods=["post"], url_path="add-paper")
    def add_paper(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Keep a PDF, PNG, JPEG or text of up to 10 MB with it; the same file again changes nothing."""
        found, upload = self.get_object(), request.data.get("file")
        if not hasattr(upload, "read"):
            raise wrong("file", _("Choose a file."), "required")
        with transaction.atomic():
            made = services.attach(
                upload,
                object_type="accounting.manualjournal",
                object_id=found.pk,
                company_id=found.company_id,
                actor=actor_of(request),
            )
        return Response(AttachmentOut(made).data, status=201)

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], url_path=r"papers/(?P<paper>[0-9]{1,18})")
    def paper(self, request: Any, paper: str, *args: Any, **kwargs: Any) -> Any:
        """The file itself."""
        found = [
            one for one in attachments_of("accounting.manualjournal", self.get_object().pk) if one.pk == int(paper)
        ]
        if not found:
            raise wrong("paper", _("There is no such paper."))
        return served(found[0])

    def _step(self, request: Any, serializer: Any, service: Callable[..., ManualJournal]) -> Response:
        body = serializer(data=request.data)
        body.is_valid(raise_exception=True)
        found, given = self.get_object(), body.validated_data
        when = {"date": given.get("date") or timezone.localdate()} if serializer is ReverseJournalIn else {}
        service(found.pk, company_id=found.company_id, actor=actor_of(request), reason=given["reason"], **when)
        return self._answer(found.pk)

    def _answer(self, journal_id: int, *, status: int = 200) -> Response:
        return Response(ManualJournalOut(self.get_queryset().get(pk=journal_id)).data, status=status)


def _read(request: Any) -> Any:
    body = ManualJournalIn(data=request.data)
    body.is_valid(raise_exception=True)
    return body.validated_data


def _input(company_id: int, given: Any) -> services.JournalInput:
    rows = given["lines"]
    accounts = account_ids_of(company_id, [row["account"] for row in rows])
    parties = party_ids_of(company_id, [row["party"] for row in rows])
    return services.JournalInput(
        date=given["date"],
        lines=[
            services.JournalLineInput(
                account, row["amount"], party, row["description"], tuple(sorted(row["dimensions"].items()))
            )
            for row, account, party in zip(rows, accounts, parties, strict=True)
        ],
        memo=given["memo"],
        currency=given["currency"],
        exchange_rate=given["exchange_rate"],
        reverse_on=given["reverse_on"],
        late=given["late"],
    )
