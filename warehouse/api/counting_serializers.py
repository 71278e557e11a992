"""Stocktakes over HTTP: what comes in, and what may be told."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from backoffice.core.api.fields import Amount, Quantity
from inventory.api.moving import MAX_LINES
from warehouse.models import CountResult, CountTask, Stocktake

MAX_COUNTS = 5000


class StocktakeIn(serializers.Serializer[Any]):
    """Which places: bins (codes), first and last (codes), zone (code), skus (codes: only these, wherever they lie), or
    everything that holds goods. empty_too: bins without goods as well. A count beyond tolerance_percent of what was
    expected, or beyond tolerance_value, is counted again by somebody else; both 0: any difference is."""

    company = serializers.SlugField(required=False)
    warehouse = serializers.CharField(max_length=20)
    bins = serializers.ListField(child=serializers.CharField(max_length=40), required=False, max_length=MAX_COUNTS)
    first = serializers.CharField(max_length=40, required=False, default="")
    last = serializers.CharField(max_length=40, required=False, default="")
    zone = serializers.CharField(max_length=40, required=False, default="")
    skus = serializers.ListField(child=serializers.CharField(max_length=60), required=False, max_length=MAX_LINES)
    everything = serializers.BooleanField(required=False, default=False)
    empty_too = serializers.BooleanField(required=False, default=False)
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")
    due_date = serializers.DateField(required=False, allow_null=True, default=None)
    tolerance_percent = serializers.DecimalField(
        max_digits=6,
        decimal_places=2,
        min_value=Decimal(0),
        max_value=Decimal(1000),
        required=False,
        default=Decimal(0),
    )
    tolerance_value = Amount(min_value=Decimal(0), required=False, default=Decimal(0))
    one_person = serializers.BooleanField(required=False, default=False)


class CountLineIn(serializers.Serializer[Any]):
    """sku: its code or a barcode of it (of a pack: its units). counted_at: when, if not now."""

    location = serializers.CharField(max_length=40)
    sku = serializers.CharField(max_length=60)
    quantity = Quantity()
    lot = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    serials = serializers.ListField(
        child=serializers.CharField(max_length=80), required=False, default=list, max_length=1000
    )
    counted_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class CountsIn(serializers.Serializer[Any]):
    """finish: the places named are counted with that; what of them is not named here or before is none."""

    lines = CountLineIn(many=True, min_length=1, max_length=MAX_COUNTS)
    finish = serializers.BooleanField(required=False, default=False)
    device = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")


class CountPlacesIn(serializers.Serializer[Any]):
    """locations: codes of places of this stocktake; left out: all that you have begun."""

    locations = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, default=list, max_length=MAX_COUNTS
    )


class RecountIn(serializers.Serializer[Any]):
    locations = serializers.ListField(child=serializers.CharField(max_length=40), min_length=1, max_length=MAX_COUNTS)
    reason = serializers.CharField(max_length=300)


class CountAssignIn(serializers.Serializer[Any]):
    """user: a username; null: whoever comes."""

    locations = serializers.ListField(child=serializers.CharField(max_length=40), min_length=1, max_length=MAX_COUNTS)
    user = serializers.CharField(max_length=150, allow_null=True)


class StocktakeApproveIn(serializers.Serializer[Any]):
    """version: of the stocktake whose figures you looked at. post: book them at once."""

    version = serializers.IntegerField(min_value=0)
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    post = serializers.BooleanField(required=False, default=True)


class StocktakeOut(serializers.ModelSerializer[Stocktake]):
    """value: the differences without their signs, at cost; null while it is counted, and for who may not review it."""

    number = serializers.CharField()
    warehouse = serializers.CharField(source="warehouse.code")
    places = serializers.IntegerField()
    done = serializers.IntegerField(help_text="Places counted in their present round.")
    value = serializers.SerializerMethodField(method_name="figure")
    adjustments = serializers.SerializerMethodField()

    class Meta:
        model = Stocktake
        fields = [
            "id", "number", "warehouse", "origin", "status", "version", "note", "due_date", "tolerance_percent",
            "tolerance_value", "one_person", "places", "done", "value", "created_label", "created_at", "approved_label",
            "approved_at", "posted_at", "adjustments",
        ]  # fmt: skip

    def figure(self, stocktake: Stocktake) -> str | None:
        return f"{stocktake.value:f}" if self.context["figures"](stocktake) else None

    def get_adjustments(self, stocktake: Stocktake) -> list[str]:
        return [row.number for row in stocktake.adjustments.all()] if self.context["figures"](stocktake) else []


class CountTaskOut(serializers.ModelSerializer[CountTask]):
    """A place to be counted. Never what lies there."""

    number = serializers.CharField()
    location = serializers.CharField(source="location.code")
    sku = serializers.CharField(source="sku.code", default=None)
    counter = serializers.CharField(source="counter.username", default=None)
    assigned_to = serializers.CharField(source="assigned_to.username", default=None)

    class Meta:
        model = CountTask
        fields = [
            "id", "number", "location", "sku", "status", "round", "priority", "reason", "assigned_to", "counter",
            "device", "started_at", "finished_at",
        ]  # fmt: skip


class CountResultOut(serializers.ModelSerializer[CountResult]):
    """variance: counted less expected, by the ledger at counted_at. waits: what is promised and not booked yet."""

    location = serializers.CharField(source="location.code")
    sku = serializers.CharField(source="sku.code")
    lot = serializers.CharField(source="lot.code", default=None)

    class Meta:
        model = CountResult
        fields = [
            "id", "location", "sku", "lot", "round", "counted", "serials", "counted_at", "counter_label", "expected",
            "variance", "gone", "value", "beyond", "posted", "waits", "superseded",
        ]  # fmt: skip
