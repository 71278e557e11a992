import django_filters

from inventory.models import (
    AlertKind,
    Product,
    Proposal,
    ProposalStatus,
    ReorderRule,
    Sku,
    SkuStatus,
    StockAlert,
    StockLevel,
)


class SkuFilter(django_filters.FilterSet):
    code = django_filters.CharFilter(lookup_expr="iexact")
    barcode = django_filters.CharFilter(field_name="barcodes__code")
    status = django_filters.MultipleChoiceFilter(choices=SkuStatus.choices)

    class Meta:
        model = Sku
        fields: list[str] = []


class ProductFilter(django_filters.FilterSet):
    sku = django_filters.CharFilter(field_name="skus__code", lookup_expr="iexact", distinct=True)
    name = django_filters.CharFilter(lookup_expr="icontains")

    class Meta:
        model = Product
        fields: list[str] = []


class StockFilter(django_filters.FilterSet):
    sku = django_filters.CharFilter(field_name="sku__code", lookup_expr="iexact")
    warehouse = django_filters.CharFilter(field_name="warehouse__code")
    available_min = django_filters.NumberFilter(field_name="available", lookup_expr="gte")

    class Meta:
        model = StockLevel
        fields: list[str] = []


class ReorderRuleFilter(django_filters.FilterSet):
    sku = django_filters.CharFilter(field_name="sku__code", lookup_expr="iexact")
    warehouse = django_filters.CharFilter(field_name="warehouse__code")

    class Meta:
        model = ReorderRule
        fields: list[str] = []


class ProposalFilter(django_filters.FilterSet):
    status = django_filters.MultipleChoiceFilter(choices=ProposalStatus.choices)
    sku = django_filters.CharFilter(field_name="sku__code", lookup_expr="iexact")
    warehouse = django_filters.CharFilter(field_name="warehouse__code")
    supplier = django_filters.CharFilter(field_name="supplier__code")
    bought = django_filters.BooleanFilter(field_name="source", lookup_expr="isnull")

    class Meta:
        model = Proposal
        fields: list[str] = []


class StockAlertFilter(django_filters.FilterSet):
    kind = django_filters.MultipleChoiceFilter(choices=AlertKind.choices)
    open = django_filters.BooleanFilter(field_name="closed_at", lookup_expr="isnull")
    sku = django_filters.CharFilter(field_name="sku__code", lookup_expr="iexact")
    warehouse = django_filters.CharFilter(field_name="warehouse__code")

    class Meta:
        model = StockAlert
        fields: list[str] = []
