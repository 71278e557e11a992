"""The books, to be read. They are the company's: a key bound to a channel sees none of them."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.response import Response

from accounting.api.filters import InvoiceFilter, JournalEntryFilter
from accounting.api.serializers import InvoiceDetail, InvoiceOut, JournalEntryOut
from accounting.models import Invoice, InvoiceLine, JournalEntry, JournalLine
from backoffice.core.api.actions import ActionAccess, own_rows


class InvoiceViewSet(ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Invoice]):
    """Invoices and credit notes as issued."""

    access = {
        "list": ("accounting:read", "accounting.view_invoice"),
        "retrieve": ("accounting:read", "accounting.view_invoice"),
    }
    filterset_class = InvoiceFilter
    serializer_class = InvoiceOut

    def get_queryset(self) -> QuerySet[Invoice]:
        rows = Invoice.objects.select_related("party", "corrects")
        if self.action == "retrieve":
            rows = rows.prefetch_related(Prefetch("lines", InvoiceLine.objects.order_by("position")))
        return _company_rows(self.request, rows)

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
