from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.core.api.filters import RowId, YesNo
from backoffice.core.errors import InvalidInput
from backoffice.core.saved_views import rows_in, views_for
from orders.models import Order, OrderStatus, OrderTag, ReturnOrder, ReturnStatus, Shipment, ShipmentStatus
from orders.selectors.desk import QUESTIONS


class OrderFilter(django_filters.FilterSet):
    status = django_filters.MultipleChoiceFilter(choices=OrderStatus.choices)
    external_id = django_filters.CharFilter()
    channel = django_filters.CharFilter(field_name="channel__code")
    sku = django_filters.CharFilter(field_name="lines__sku__code", distinct=True)
    placed_from = django_filters.IsoDateTimeFilter(field_name="placed_at", lookup_expr="gte")
    placed_before = django_filters.IsoDateTimeFilter(field_name="placed_at", lookup_expr="lt")
    held = YesNo(method="filter_held")
    tag = django_filters.CharFilter(method="filter_tag", max_length=40)
    saved_view = RowId(
        method="filter_saved", min_value=1, help_text="The id of a saved view of the orders (saved-views/)."
    )
    view = django_filters.ChoiceFilter(method="filter_view", choices=[(name, name) for name in QUESTIONS])

    class Meta:
        model = Order
        fields: list[str] = []

    def filter_view(self, rows: QuerySet[Order], name: str, value: str) -> Any:
        return QUESTIONS[value](rows, timezone.localdate())

    def filter_saved(self, rows: QuerySet[Order], name: str, value: Any) -> Any:
        """Of the rows those that the list shows under the view; its order is not kept."""
        user = self.request.user if self.request is not None else None
        view = views_for(user).filter(pk=int(value), list_label="orders.order").first() if user else None
        if view is None:
            message = _("There is no such saved view.")
            raise InvalidInput(message, errors=[{"field": "saved_view", "message": message, "code": "unknown_view"}])
        return rows.filter(pk__in=rows_in(view, user).values("pk"))

    def filter_tag(self, rows: QuerySet[Order], name: str, value: str) -> Any:
        return rows.filter(pk__in=OrderTag.objects.filter(name=value).values("order_id"))

    def filter_held(self, rows: QuerySet[Order], name: str, value: bool) -> Any:
        held = Order.objects.filter(holds__released_at__isnull=True, holds__isnull=False).values("pk")
        return rows.filter(pk__in=held) if value else rows.exclude(pk__in=held)


class ShipmentFilter(django_filters.FilterSet):
    status = django_filters.MultipleChoiceFilter(choices=ShipmentStatus.choices)
    order = RowId(field_name="order_id")
    order_external_id = django_filters.CharFilter(field_name="order__external_id")
    tracking_number = django_filters.CharFilter()
    shipped_from = django_filters.IsoDateTimeFilter(field_name="shipped_at", lookup_expr="gte")

    class Meta:
        model = Shipment
        fields: list[str] = []


class ReturnFilter(django_filters.FilterSet):
    status = django_filters.MultipleChoiceFilter(choices=ReturnStatus.choices)
    order = RowId(field_name="order_id")

    class Meta:
        model = ReturnOrder
        fields: list[str] = []
