"""The books, to be read. They are the company's: a key bound to a channel sees none of them."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting import services
from accounting.api.filters import InvoiceFilter, JournalEntryFilter
from accounting.api.serializers import InvoiceDetail, InvoiceOut, JournalEntryOut
from accounting.models import Invoice, InvoiceLine, JournalEntry, JournalLine
from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent


class DiscountIn(serializers.Serializer[Any]):
    """paid_on: when the money came."""

    paid_on = serializers.DateField()


class InvoiceViewSet(ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Invoice]):
    """Invoices and credit notes as issued."""

    access = {
        "list": ("accounting:read", "accounting.view_invoice"),
        "retrieve": ("accounting:read", "accounting.view_invoice"),
        "early_discount": ("payments:write", "accounting.add_payment"),
    }
    filterset_class = InvoiceFilter
    serializer_class = InvoiceOut

    def get_queryset(self) -> QuerySet[Invoice]:
        rows = Invoice.objects.select_related("party", "corrects")
        if self.action == "retrieve":
            rows = rows.prefetch_related(Prefetch("lines", InvoiceLine.objects.order_by("position")))
        return _company_rows(self.request, rows)

    @extend_schema(request=DiscountIn, responses={201: InvoiceOut}, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"], url_path="early-discount")
    @idempotent()
    def early_discount(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Credit what an early payer left out by their terms; the credit note is the answer."""
        body = DiscountIn(data=request.data)
        body.is_valid(raise_exception=True)
        found = self.get_object()
        issued = services.take_early_discount(
            found.pk,
            company_id=found.company_id,
            paid_on=body.validated_data["paid_on"],
            at=timezone.now(),
            actor=actor_of(request),
        )
        return Response(InvoiceOut(self.get_queryset().get(pk=issued.invoice_id)).data, status=201)

    @extend_schema(responses=InvoiceDetail)
    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return Response(InvoiceDetail(self.get_object()).data)


class JournalEntryViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[JournalEntry]
):
    """The journal: entries with their lines."""

    access = {
        "list": ("accounting:read", "accounting.view_journalentry"),
        "retrieve": ("accounting:read", "accounting.view_journalentry"),
    }
    filterset_class = JournalEntryFilter
    serializer_class = JournalEntryOut

    def get_queryset(self) -> QuerySet[JournalEntry]:
        lines = JournalLine.objects.select_related("account", "party", "dimension_set").order_by("pk")
        rows = JournalEntry.objects.prefetch_related(Prefetch("lines", lines))
        return _company_rows(self.request, rows)


def _company_rows(request: Any, rows: Any) -> Any:
    return rows.none() if getattr(request.auth, "channel_id", None) is not None else own_rows(request, rows)
