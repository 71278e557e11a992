from typing import Any

import django_filters

from backoffice.core.api.filters import RowId, YesNo
from inventory.barcodes import barcode_forms
from inventory.models import (
    AlertKind,
    Barcode,
    Brand,
    Category,
    Pack,
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
    barcode = django_filters.CharFilter(method="by_barcode", distinct=True)
    status = django_filters.MultipleChoiceFilter(choices=SkuStatus.choices)
    product = RowId(field_name="product_id")
    category = django_filters.CharFilter(field_name="product__category__code", lookup_expr="iexact")
    brand = django_filters.CharFilter(field_name="product__brand__code", lookup_expr="iexact")

    class Meta:
        model = Sku
        fields: list[str] = []

    def by_barcode(self, rows: Any, name: str, code: str) -> Any:
        """With or without the leading zeros that scanners add to a GTIN."""
        return rows.filter(pk__in=Barcode.objects.filter(code__in=barcode_forms(code)).values("sku_id"))


class ProductFilter(django_filters.FilterSet):
    sku = django_filters.CharFilter(field_name="skus__code", lookup_expr="iexact", distinct=True)
    code = django_filters.CharFilter(lookup_expr="iexact")
    name = django_filters.CharFilter(lookup_expr="icontains")
    category = django_filters.CharFilter(field_name="category__code", lookup_expr="iexact")
    brand = django_filters.CharFilter(field_name="brand__code", lookup_expr="iexact")

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
    bought = YesNo(field_name="source", lookup_expr="isnull")

    class Meta:
        model = Proposal
        fields: list[str] = []


class StockAlertFilter(django_filters.FilterSet):
    kind = django_filters.MultipleChoiceFilter(choices=AlertKind.choices)
    open = YesNo(field_name="closed_at", lookup_expr="isnull")
    sku = django_filters.CharFilter(field_name="sku__code", lookup_expr="iexact")
    warehouse = django_filters.CharFilter(field_name="warehouse__code")

    class Meta:
        model = StockAlert
        fields: list[str] = []


class CategoryFilter(django_filters.FilterSet):
    code = django_filters.CharFilter(lookup_expr="iexact")
    parent = django_filters.CharFilter(field_name="parent__code", lookup_expr="iexact")

    class Meta:
        model = Category
        fields: list[str] = []


class BrandFilter(django_filters.FilterSet):
    code = django_filters.CharFilter(lookup_expr="iexact")

    class Meta:
        model = Brand
        fields: list[str] = []


class PackFilter(django_filters.FilterSet):
    sku = django_filters.CharFilter(field_name="sku__code", lookup_expr="iexact")

    class Meta:
        model = Pack
        fields: list[str] = []


class BarcodeFilter(django_filters.FilterSet):
    sku = django_filters.CharFilter(field_name="sku__code", lookup_expr="iexact")
    code = django_filters.CharFilter()

    class Meta:
        model = Barcode
        fields: list[str] = []
