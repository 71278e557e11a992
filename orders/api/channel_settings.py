"""Channels over HTTP: what they are, and the rules by which their orders are held, sourced and shipped."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.etags import IF_MATCH, ContentTags, expect_etag
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.errors import InvalidInput
from inventory.models import OwnerKind, StockOwner, Warehouse
from inventory.services import change_row
from orders.api import release_dates, sourcing_trial
from orders.api.release_dates import ReleaseDateActions
from orders.api.sourcing_trial import SourcingTrialActions
from orders.models import Channel

RULES = (
    "ship_complete", "auto_release", "payment_policy", "paid_when", "hold_above", "check_address", "priority", "objective",
    "max_parcels", "same_day", "min_remaining_days", "language", "tax_by_rules",
)  # fmt: skip


class ChannelOut(serializers.ModelSerializer[Channel]):
    """goods_owner: the client whose goods its orders ship; empty: our own. warehouse: orders ship from there only;
    empty: from the best. min_remaining_days: only goods that keep so many
    days after the day they leave."""

    warehouse = serializers.CharField(source="warehouse.code", default=None)
    goods_owner = serializers.CharField(source="goods_owner.party.code", default=None)

    class Meta:
        model = Channel
        fields = [
            "id",
            "code",
            "name",
            "kind",
            "currency",
            "prices_include_tax",
            "is_active",
            "warehouse",
            "goods_owner",
            *RULES,
        ]


class ChannelIn(serializers.ModelSerializer[Channel]):
    """What is left out stays."""

    warehouse = serializers.CharField(max_length=20, allow_null=True, required=False, help_text="Its code.")
    goods_owner = serializers.CharField(
        max_length=40, allow_null=True, required=False, help_text="The code of a client that is a stock owner."
    )
    max_parcels = serializers.IntegerField(min_value=1, max_value=1000, allow_null=True, required=False)

    class Meta:
        model = Channel
        fields = ["warehouse", "goods_owner", *RULES]


@extend_schema_view(
    partial_update=extend_schema(request=ChannelIn, responses=ChannelOut, parameters=[KEY_HEADER, IF_MATCH])
)
class ChannelViewSet(
    ReleaseDateActions,
    SourcingTrialActions,
    ContentTags,
    ActionAccess,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Channel],
):
    """A key that is bound to a channel sees that one."""

    http_method_names = ("get", "patch", "post", "head", "options")
    access = {
        **dict.fromkeys(("list", "retrieve"), ("channels:read", "orders.view_channel")),
        "partial_update": ("channels:write", "orders.change_channel"),
        **release_dates.ACCESS,
        **sourcing_trial.ACCESS,
    }
    serializer_class = ChannelOut

    def get_queryset(self) -> QuerySet[Channel]:
        rows = Channel.objects.select_related("warehouse", "goods_owner__party").order_by("pk")
        return own_rows(self.request, rows, channel="pk", company="company_id")

    @transaction.atomic
    @idempotent(required=False)
    def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Change its rules; orders that come from now on go by them."""
        locked = self.get_queryset().select_for_update(of=("self",), no_key=True)
        channel = locked.filter(pk=kwargs["pk"]).first() if str(kwargs["pk"]).isdecimal() else None
        if channel is None:
            raise NotFound
        expect_etag(request, ChannelOut(channel).data, object_type="orders.channel", object_id=channel.pk)
        body = ChannelIn(channel, data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        values = dict(body.validated_data)
        if "warehouse" in values:
            values["warehouse"] = _warehouse(channel, values["warehouse"])
        if "goods_owner" in values:
            values["goods_owner"] = _client(channel, values["goods_owner"])
        change_row(channel, values=values, company_id=channel.company_id, actor=actor_of(request))
        return Response(ChannelOut(channel).data)


def _warehouse(channel: Channel, code: str | None) -> Warehouse | None:
    if not code:
        return None
    found = Warehouse.objects.filter(company=channel.company_id, code=code, is_transit=False).first()
    if found is None:
        message = _("There is no such warehouse.")
        error = {"field": "warehouse", "message": message, "code": "unknown_warehouse"}
        raise InvalidInput(message, errors=[error])
    return found


def _client(channel: Channel, code: str | None) -> StockOwner | None:
    if not code:
        return None
    found = StockOwner.objects.filter(company=channel.company_id, party__code=code, kind=OwnerKind.CLIENT).first()
    if found is None:
        message = _("There is no such client.")
        error = {"field": "goods_owner", "message": message, "code": "unknown_client"}
        raise InvalidInput(message, errors=[error])
    return found
