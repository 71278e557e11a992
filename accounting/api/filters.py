import django_filters

from accounting.models import Invoice, InvoiceKind, JournalEntry, Subledger


class InvoiceFilter(django_filters.FilterSet):
    number = django_filters.CharFilter()
    kind = django_filters.ChoiceFilter(choices=InvoiceKind.choices)
    party = django_filters.CharFilter(field_name="party__code")
    date_from = django_filters.DateFilter(field_name="date", lookup_expr="gte")
    date_to = django_filters.DateFilter(field_name="date", lookup_expr="lte")

    class Meta:
        model = Invoice
        fields: list[str] = []


class JournalEntryFilter(django_filters.FilterSet):
    subledger = django_filters.ChoiceFilter(choices=Subledger.choices)
    source_type = django_filters.CharFilter()
    source_id = django_filters.NumberFilter()
    account = django_filters.CharFilter(field_name="lines__account__code", distinct=True)
    date_from = django_filters.DateFilter(field_name="date", lookup_expr="gte")
    date_to = django_filters.DateFilter(field_name="date", lookup_expr="lte")

    class Meta:
        model = JournalEntry
        fields: list[str] = []
