"""A channel's sourcing settings tried on its past orders over HTTP: before and after; nothing is written."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.fields import Amount, Quantity
from inventory.models import Warehouse
from orders.models import Channel, Objective
from orders.selectors.sourcing_trial import SourcingSettings, settings_of, shipping_houses, try_sourcing

ACCESS = {"sourcing_trial": ("channels:read", "orders.view_channel")}


class SourcingTrialIn(serializers.Serializer[Any]):
    """What is left out is tried as the channel has it. preference: codes of warehouses, the best first; excluded: codes
    of those that never ship; each with commas between."""

    days = serializers.IntegerField(min_value=1, max_value=365, default=30)
    objective = serializers.ChoiceField(Objective.choices, required=False)
    max_parcels = serializers.IntegerField(min_value=1, max_value=99, required=False)
    same_day = serializers.BooleanField(required=False)
    preference = serializers.CharField(max_length=1000, allow_blank=True, required=False)
    excluded = serializers.CharField(max_length=1000, allow_blank=True, required=False)

    def __init__(self, *args: Any, houses: QuerySet[Warehouse] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {house.code.upper(): house.pk for house in houses or ()}

    def validate_preference(self, codes: str) -> list[int]:
        return self._named(codes)

    def validate_excluded(self, codes: str) -> list[int]:
        return self._named(codes)

    def _named(self, codes: str) -> list[int]:
        given = [code.strip() for code in codes.split(",") if code.strip()]
        if lost := next((code for code in given if code.upper() not in self.known), ""):
            raise serializers.ValidationError(
                _("There is no warehouse “%(code)s” that ships.") % {"code": lost[:40]}, code="unknown_warehouse"
            )
        return [self.known[code.upper()] for code in given]

    def settings(self, channel: Channel) -> SourcingSettings:
        """The channel's own, with what was given in their place."""
        given = dict(self.validated_data)
        del given["days"]
        if "preference" in given:
            given["positions"] = {pk: place for place, pk in enumerate(given.pop("preference"), start=1)}
        if "excluded" in given:
            given["excluded"] = frozenset(given["excluded"])
        return settings_of(channel, **given)


class SourcingOutcomeOut(serializers.Serializer[Any]):
    """cost: in the company's currency. missing: units that no warehouse had."""

    warehouses = serializers.ListField(child=serializers.CharField())
    parcels = serializers.IntegerField()
    cost = Amount()
    distance_km = serializers.IntegerField()
    missing = Quantity()


class SourcingTrialRowOut(serializers.Serializer[Any]):
    order_id = serializers.IntegerField()
    number = serializers.CharField()
    placed_at = serializers.DateTimeField()
    before = SourcingOutcomeOut()
    after = SourcingOutcomeOut()


class SourcingTrialOut(serializers.Serializer[Any]):
    """before, after: sums of all orders that were looked at, at most the newest 2,000 (is_cut: there are more).
    orders: the newest 200 of those that would ship from elsewhere."""

    days = serializers.IntegerField()
    looked_at = serializers.IntegerField()
    is_cut = serializers.BooleanField()
    changed = serializers.IntegerField()
    before = SourcingOutcomeOut()
    after = SourcingOutcomeOut()
    orders = SourcingTrialRowOut(source="rows", many=True)


class SourcingTrialActions:
    """For the view set of channels."""

    @extend_schema(parameters=[SourcingTrialIn], responses=SourcingTrialOut)
    @action(detail=True, methods=["get"], url_path="sourcing-trial", pagination_class=None)
    def sourcing_trial(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What other sourcing settings would have come to on the orders of the last days. Nothing is written."""
        channel: Channel = self.get_object()  # type: ignore[attr-defined]
        body = SourcingTrialIn(data=request.query_params, houses=shipping_houses(channel))
        body.is_valid(raise_exception=True)
        trial = try_sourcing(channel, body.settings(channel), days=body.validated_data["days"])
        return Response(SourcingTrialOut(trial).data)
