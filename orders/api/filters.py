from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import django_filters
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from orders.models import Order, OrderStatus, ReturnOrder, ReturnStatus, Shipment, ShipmentStatus
from orders.selectors.desk import QUESTIONS


def chosen(filters: type[django_filters.FilterSet], given: Mapping[str, Any], rows: Any) -> Any:
    """The rows that a filter outside a query string names. Raises ValidationError, also for an unknown name."""
    if unknown := sorted(set(given) - set(filters.base_filters)):
        raise ValidationError({unknown[0]: ["There is no such filter."]})
    asked = filters(QueryDict(urlencode(given, doseq=True)), rows)
    if not asked.is_valid():
        raise ValidationError(asked.errors)
    return asked.qs


class OrderFilter(django_filters.FilterSet):
    status = django_filters.MultipleChoiceFilter(choices=OrderStatus.choices)
    external_id = django_filters.CharFilter()
    channel = django_filters.CharFilter(field_name="channel__code")
    sku = django_filters.CharFilter(field_name="lines__sku__code", distinct=True)
    placed_from = django_filters.IsoDateTimeFilter(field_name="placed_at", lookup_expr="gte")
    placed_before = django_filters.IsoDateTimeFilter(field_name="placed_at", lookup_expr="lt")
    held = django_filters.BooleanFilter(method="filter_held")
    view = django_filters.ChoiceFilter(method="filter_view", choices=[(name, name) for name in QUESTIONS])

    class Meta:
        model = Order
        fields: list[str] = []

    def filter_view(self, rows: QuerySet[Order], name: str, value: str) -> Any:
        return QUESTIONS[value](rows, timezone.localdate())

    def filter_held(self, rows: QuerySet[Order], name: str, value: bool) -> Any:
        held = Order.objects.filter(holds__released_at__isnull=True, holds__isnull=False).values("pk")
        return rows.filter(pk__in=held) if value else rows.exclude(pk__in=held)


class ShipmentFilter(django_filters.FilterSet):
    status = django_filters.MultipleChoiceFilter(choices=ShipmentStatus.choices)
    order = django_filters.NumberFilter(field_name="order_id")
    order_external_id = django_filters.CharFilter(field_name="order__external_id")
    tracking_number = django_filters.CharFilter()
    shipped_from = django_filters.IsoDateTimeFilter(field_name="shipped_at", lookup_expr="gte")

    class Meta:
        model = Shipment
        fields: list[str] = []


class ReturnFilter(django_filters.FilterSet):
    status = django_filters.MultipleChoiceFilter(choices=ReturnStatus.choices)
    order = django_filters.NumberFilter(field_name="order_id")

    class Meta:
        model = ReturnOrder
        fields: list[str] = []
