import django_filters

from backoffice.core.api.filters import RowId
from orders.models import Fulfilment, FulfilmentStatus
from warehouse.models import PickList, PickListStatus


class PickListFilter(django_filters.FilterSet):
    status = django_filters.MultipleChoiceFilter(choices=PickListStatus.choices)
    warehouse = django_filters.CharFilter(field_name="warehouse__code")
    assigned_to = django_filters.CharFilter(field_name="assigned_to__username")
    fulfilment = RowId(field_name="fulfilment_id")

    class Meta:
        model = PickList
        fields: list[str] = []


class FulfilmentFilter(django_filters.FilterSet):
    status = django_filters.MultipleChoiceFilter(choices=FulfilmentStatus.choices)
    warehouse = django_filters.CharFilter(field_name="warehouse__code")
    order = RowId(field_name="order_id")

    class Meta:
        model = Fulfilment
        fields: list[str] = []
