from typing import Any

import django_filters
from django.utils.translation import gettext as _

from accounting.models import Invoice, InvoiceKind, JournalEntry, JournalLine, Subledger
from accounting.selectors import lines_carrying
from backoffice.core.api.filters import RowId
from backoffice.core.errors import InvalidInput


class InvoiceFilter(django_filters.FilterSet):
    number = django_filters.CharFilter()
    kind = django_filters.ChoiceFilter(choices=InvoiceKind.choices)
    party = django_filters.CharFilter(field_name="party__code")
    date_from = django_filters.DateFilter(field_name="date", lookup_expr="gte")
    date_to = django_filters.DateFilter(field_name="date", lookup_expr="lte")

    class Meta:
        model = Invoice
        fields: list[str] = []


def dimensions_of(text: str) -> dict[str, list[str]]:
    """ "channel=web,category=mugs" as codes by axis. Raises InvalidInput."""
    wanted: dict[str, list[str]] = {}
    for pair in filter(None, text.split(",")):
        axis, equals, code = pair.partition("=")
        if not (axis and equals and code):
            raise InvalidInput(
                _("Some fields are wrong; nothing was saved."),
                errors=[{"field": "dimensions", "message": _("Write axis=code, several parted by commas.")}],
            )
        wanted.setdefault(axis, []).append(code)
    return wanted


class JournalEntryFilter(django_filters.FilterSet):
    dimensions = django_filters.CharFilter(
        method="filter_dimensions", label="axis=code, several parted by commas; the code - means none"
    )
    subledger = django_filters.ChoiceFilter(choices=Subledger.choices)
    source_type = django_filters.CharFilter()
    source_id = RowId()
    account = django_filters.CharFilter(field_name="lines__account__code", distinct=True)
    date_from = django_filters.DateFilter(field_name="date", lookup_expr="gte")
    date_to = django_filters.DateFilter(field_name="date", lookup_expr="lte")

    def filter_dimensions(self, rows: Any, name: str, value: str) -> Any:
        lines = lines_carrying(JournalLine.objects.all(), dimensions_of(value))
        return rows.filter(pk__in=lines.values("entry_id"))

    class Meta:
        model = JournalEntry
        fields: list[str] = []
