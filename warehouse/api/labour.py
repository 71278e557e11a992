"""What work costs, over HTTP: wage rates by person, role and day; what an order took."""

from typing import Any

import django_filters
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from backoffice.core.api.actions import NOBODYS, actor_of, own_rows
from backoffice.core.api.etags import IF_MATCH
from inventory.api.catalogue_in import RowIn
from inventory.api.rows import RowViewSet, described
from inventory.services import delete_row
from warehouse.models import WageRate

SEE = ("wages:read", "warehouse.view_wagerate")


class WageRateIn(RowIn):
    """person: a username; role: a role of the staff; neither: everybody. hourly: in the company's currency."""

    person = serializers.SlugRelatedField(
        slug_field="username", queryset=get_user_model().objects.filter(is_active=True), allow_null=True, required=False
    )

    class Meta:
        model = WageRate
        fields = ["company", "person", "role", "from_date", "hourly"]
        validators: list[Any] = []

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        given = super().validate(given)
        person, role = (given.get(name, getattr(self.instance, name, None)) for name in ("person", "role"))
        if person and role:
            raise serializers.ValidationError({"role": _("A rate is of a person or of a role, not of both.")})
        return given


class WageRateOut(serializers.ModelSerializer[WageRate]):
    person = serializers.CharField(source="person.username", default=None)

    class Meta:
        model = WageRate
        fields = ["id", "person", "role", "from_date", "hourly"]


class WageRateFilter(django_filters.FilterSet):
    person = django_filters.CharFilter(field_name="person__username")
    role = django_filters.CharFilter()

    class Meta:
        model = WageRate
        fields: list[str] = []


@described(WageRateIn, WageRateOut)
class WageRateViewSet(RowViewSet):
    """What an hour costs: a person's rate before a role's before everybody's, the latest of its day."""

    access = {
        "list": SEE,
        "retrieve": SEE,
        "create": ("wages:write", "warehouse.add_wagerate"),
        "partial_update": ("wages:write", "warehouse.change_wagerate"),
        "destroy": ("wages:write", "warehouse.delete_wagerate"),
    }
    takes, serializer_class, filterset_class = WageRateIn, WageRateOut, WageRateFilter

    def get_queryset(self) -> QuerySet[WageRate]:
        rows = WageRate.objects.select_related("person").order_by("pk")
        return own_rows(self.request, rows, channel=NOBODYS)

    @extend_schema(parameters=[IF_MATCH], responses={204: None})
    def destroy(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        row = self.locked()
        delete_row(row, company_id=row.company_id, actor=actor_of(request))
        return Response(status=204)
