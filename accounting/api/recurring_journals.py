"""Journals that repeat, over HTTP."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting import services
from accounting.api.lookups import wrong
from accounting.api.manual_journals import APPROVE
from accounting.models import ManualJournal, RecurringJournal
from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.api.reasons import OptionalReasonIn


class RecurringJournalIn(serializers.Serializer[Any]):
    """pattern: the id of a posted manual journal. reverses: each is taken back on the first of the next month."""

    pattern = serializers.IntegerField()
    name = serializers.CharField(max_length=120)
    first_date = serializers.DateField()
    every_months = serializers.IntegerField(min_value=1, max_value=60, required=False, default=1)
    end_date = serializers.DateField(required=False, allow_null=True, default=None)
    reverses = serializers.BooleanField(required=False, default=False)


class RecurringJournalOut(serializers.ModelSerializer[RecurringJournal]):
    class Meta:
        model = RecurringJournal
        fields = [
            "id", "name", "pattern", "status", "every_months", "next_date", "end_date", "reverses", "problem",
            "created_label",
        ]  # fmt: skip


class RecurringJournalViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[RecurringJournal]
):
    """Journals that repeat by themselves; who switches one on approves what it makes."""

    access = {
        **dict.fromkeys(("list", "retrieve"), ("accounting:read", "accounting.view_recurringjournal")),
        "create": ("journals:write", "accounting.add_recurringjournal"),
        **dict.fromkeys(("activate", "pause", "end"), APPROVE),
    }
    serializer_class = RecurringJournalOut

    def get_queryset(self) -> QuerySet[RecurringJournal]:
        return own_rows(self.request, RecurringJournal.objects.order_by("pk"))

    @extend_schema(request=RecurringJournalIn, responses={201: RecurringJournalOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """A draft that repeats a posted journal; nothing is made before it is switched on."""
        body = RecurringJournalIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        pattern = own_rows(request, ManualJournal.objects).filter(pk=given.pop("pattern")).first()
        if pattern is None:
            raise wrong("pattern", _("There is no such manual journal."))
        made = services.create_schedule(pattern.pk, company_id=pattern.company_id, actor=actor_of(request), **given)
        return Response(RecurringJournalOut(made).data, status=201)

    @extend_schema(request=OptionalReasonIn, responses=RecurringJournalOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def activate(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Switch it on."""
        return self._step(request, "active")

    @extend_schema(request=OptionalReasonIn, responses=RecurringJournalOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def pause(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Make none for now."""
        return self._step(request, "paused")

    @extend_schema(request=OptionalReasonIn, responses=RecurringJournalOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def end(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Make none any more."""
        return self._step(request, "ended")

    def _step(self, request: Any, status: str) -> Response:
        body = OptionalReasonIn(data=request.data)
        body.is_valid(raise_exception=True)
        found = self.get_object()
        changed = services.set_schedule_status(
            found.pk,
            status=status,
            company_id=found.company_id,
            actor=actor_of(request),
            reason=body.validated_data["reason"],
        )
        return Response(RecurringJournalOut(changed).data)
