"""What the layout takes and gives over HTTP."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from backoffice.core.api.fields import Quantity
from inventory.api.catalogue_in import ByCode, RowIn
from inventory.models import (
    INTERNAL_KINDS,
    BinType,
    Location,
    LocationKind,
    PickFace,
    StockQuant,
    StorageClass,
    Warehouse,
    Zone,
)

PLACE_KINDS = [choice for choice in LocationKind.choices if choice[0] in INTERNAL_KINDS and choice[0] != "transit"]


class ZoneIn(RowIn):
    warehouse = ByCode(Warehouse)
    storage_class = ByCode(StorageClass, allow_null=True, required=False)

    class Meta:
        model = Zone
        fields = ["company", "warehouse", "code", "name", "use", "storage_class", "position"]
        validators: list[Any] = []

    def validate_code(self, code: str) -> str:
        return code

    def validate_warehouse(self, warehouse: Warehouse) -> Warehouse:
        if self.instance is not None and self.instance.warehouse_id != warehouse.pk:
            raise serializers.ValidationError(_("A zone stays in its warehouse."), code="fixed")
        return warehouse


class ZoneOut(serializers.ModelSerializer[Zone]):
    warehouse = serializers.CharField(source="warehouse.code")
    storage_class = serializers.CharField(source="storage_class.code", default=None)

    class Meta:
        model = Zone
        fields = ["id", "warehouse", "code", "name", "use", "storage_class", "position"]


class StorageClassIn(RowIn):
    class Meta:
        model = StorageClass
        fields = ["company", "code", "name", "takes_others"]
        validators: list[Any] = []


class StorageClassOut(serializers.ModelSerializer[StorageClass]):
    class Meta:
        model = StorageClass
        fields = ["id", "code", "name", "takes_others"]


SIZES = ["length_mm", "width_mm", "height_mm", "max_volume_l", "max_weight_g", "max_pallets"]


class BinTypeIn(RowIn):
    class Meta:
        model = BinType
        fields = ["company", "code", "name", *SIZES, "mixing"]
        validators: list[Any] = []

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        given = super().validate(given)
        sides = [given.get(name, getattr(self.instance, name, None)) for name in SIZES[:3]]
        if any(sides) and not all(sides):
            raise serializers.ValidationError({"length_mm": _("A size has all three sides, above zero.")})
        for name in SIZES:
            if given.get(name) is not None and given[name] <= 0:
                raise serializers.ValidationError({name: _("Limits are above zero.")})
        return given


class BinTypeOut(serializers.ModelSerializer[BinType]):
    class Meta:
        model = BinType
        fields = ["id", "code", "name", *SIZES, "mixing"]


PLACE = [
    "name", "pick_sequence", "is_active", "aisle", "rack", "level", "position", "max_volume_l", "max_weight_g",
    "max_pallets", "is_pick_face",
]  # fmt: skip


class LocationIn(RowIn):
    """zone: its code, in the place's warehouse. A place's warehouse and code stay: labels hang on shelves."""

    warehouse = ByCode(Warehouse)
    kind = serializers.ChoiceField(choices=PLACE_KINDS)
    zone = serializers.CharField(max_length=20, allow_blank=True, allow_null=True, required=False)  # type: ignore[assignment]
    bin_type = ByCode(BinType, allow_null=True, required=False)
    storage_class = ByCode(StorageClass, allow_null=True, required=False)

    class Meta:
        model = Location
        fields = ["company", "warehouse", "code", "kind", "zone", "bin_type", "storage_class", *PLACE]
        validators: list[Any] = []

    def validate_code(self, code: str) -> str:
        if self.instance is not None and self.instance.code != code:
            raise serializers.ValidationError(_("A place keeps its code: its label hangs on the shelf."), code="fixed")
        return code

    def validate_warehouse(self, warehouse: Warehouse) -> Warehouse:
        if self.instance is not None and self.instance.warehouse_id != warehouse.pk:
            raise serializers.ValidationError(_("A place stays in its warehouse."), code="fixed")
        return warehouse

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        given = super().validate(given)
        warehouse = given.get("warehouse") or (self.instance and self.instance.warehouse)
        if "zone" in given:
            code = given["zone"]
            zone = Zone.objects.filter(warehouse=warehouse, code=code).first() if code else None
            if code and zone is None:
                raise serializers.ValidationError(
                    {"zone": _("This warehouse has no zone “%(code)s”.") % {"code": code}}
                )
            given["zone"] = zone
        kind = given.get("kind") or (self.instance and self.instance.kind)
        if given.get("is_pick_face", self.instance and self.instance.is_pick_face) and kind != LocationKind.BIN:
            raise serializers.ValidationError({"is_pick_face": _("Only a bin can be a pick face.")})
        for name in ("max_volume_l", "max_weight_g", "max_pallets"):
            if given.get(name) is not None and given[name] <= 0:
                raise serializers.ValidationError({name: _("Limits are above zero.")})
        if self.instance is None and Location.objects.filter(warehouse=warehouse, code=given["code"]).exists():
            raise serializers.ValidationError({"code": _("This is there already.")}, code="unique")
        return given


class PlaceStockOut(serializers.ModelSerializer[StockQuant]):
    sku = serializers.CharField(source="sku.code")
    lot = serializers.CharField(source="lot.code", default=None)

    class Meta:
        model = StockQuant
        fields = ["sku", "lot", "owner_id", "quantity", "claimed"]


class LocationOut(serializers.ModelSerializer[Location]):
    """blocked_reason: why nobody is sent there; empty: it is used."""

    warehouse = serializers.CharField(source="warehouse.code")
    zone = serializers.CharField(source="zone.code", default=None)
    bin_type = serializers.CharField(source="bin_type.code", default=None)
    storage_class = serializers.CharField(source="storage_class.code", default=None)

    class Meta:
        model = Location
        fields = [
            "id", "warehouse", "code", "kind", "zone", "bin_type", "storage_class", *PLACE, "blocked_at",
            "blocked_reason", "version",
        ]  # fmt: skip


class LoadOut(serializers.Serializer[Any]):
    """What lies in a place, and how much it holds of what it can; fill: 1 is full, null without limits."""

    location = serializers.CharField()
    fill = Quantity(allow_null=True)
    volume_l = Quantity()
    weight_g = Quantity()
    pallets = Quantity()
    picks = serializers.IntegerField(help_text="In the last 30 days.")
    stock = PlaceStockOut(many=True)


class BinPatternIn(serializers.Serializer[Any]):
    """preview: only tell what would be made. sequence_from: empty for after the last bin there is."""

    warehouse = serializers.CharField(max_length=20)
    pattern = serializers.CharField(max_length=200)
    zone = serializers.CharField(max_length=20, required=False, allow_blank=True)
    bin_type = serializers.CharField(max_length=20, required=False, allow_blank=True)
    storage_class = serializers.CharField(max_length=20, required=False, allow_blank=True)
    is_pick_face = serializers.BooleanField(required=False, default=False)
    serpentine = serializers.BooleanField(required=False, default=False)
    sequence_from = serializers.IntegerField(required=False, allow_null=True, min_value=0)
    preview = serializers.BooleanField(required=False, default=False)


class PlannedBinOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    aisle = serializers.CharField()
    rack = serializers.CharField()
    level = serializers.CharField()
    position = serializers.CharField()
    pick_sequence = serializers.IntegerField()
    state = serializers.ChoiceField(choices=["new", "already"])


class BinPatternOut(serializers.Serializer[Any]):
    """made: how many are new (or would be); already: how many places of those codes are there and stay."""

    made = serializers.IntegerField()
    already = serializers.IntegerField()
    bins = PlannedBinOut(many=True)


class WalkIn(serializers.Serializer[Any]):
    """zone: its code; empty: the whole warehouse. start: the first bin's number; they go up in tens."""

    warehouse = serializers.CharField(max_length=20)
    zone = serializers.CharField(max_length=20, required=False, allow_blank=True, allow_null=True)
    serpentine = serializers.BooleanField(required=False, default=True, help_text="Walk every second aisle back.")
    from_far = serializers.BooleanField(
        required=False, default=False, help_text="Enter the first aisle at its far end."
    )
    start = serializers.IntegerField(required=False, default=10, min_value=0)
    preview = serializers.BooleanField(required=False, default=False)


class NumberedPlaceOut(serializers.Serializer[Any]):
    location = serializers.IntegerField(source="location_id")
    code = serializers.CharField()
    zone = serializers.CharField()
    aisle = serializers.CharField()
    old = serializers.IntegerField()
    new = serializers.IntegerField()


class SequenceIn(serializers.Serializer[Any]):
    """sequences: pick sequence by the place's id."""

    warehouse = serializers.CharField(max_length=20)
    sequences = serializers.DictField(
        child=serializers.IntegerField(min_value=0, max_value=2**31 - 1), allow_empty=False
    )

    def validate_sequences(self, given: dict[str, int]) -> dict[int, int]:
        if len(given) > 10_000 or any(not key.isdecimal() or len(key) > 18 for key in given):
            raise serializers.ValidationError(_("Numbers of places, at most 10,000 at once."))
        return {int(key): number for key, number in given.items()}


class SequenceOut(serializers.Serializer[Any]):
    changed = serializers.IntegerField()


class BlockIn(serializers.Serializer[Any]):
    locations = serializers.ListField(child=serializers.IntegerField(), min_length=1, max_length=10_000)
    reason = serializers.CharField(max_length=200)


class FreeIn(serializers.Serializer[Any]):
    locations = serializers.ListField(child=serializers.IntegerField(), min_length=1, max_length=10_000)
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class BlockOut(serializers.Serializer[Any]):
    location = serializers.IntegerField()
    state = serializers.ChoiceField(choices=["blocked", "freed", "already", "unknown"])


class PickFaceIn(serializers.Serializer[Any]):
    """minimum: below it the face is refilled; maximum: what fits. Setting the same place again changes both."""

    sku = serializers.CharField(max_length=60)
    warehouse = serializers.CharField(max_length=20)
    location = serializers.CharField(max_length=40)
    minimum = Quantity(min_value=Decimal(0))
    maximum = Quantity(min_value=Decimal("0.000001"))


class PickFaceOut(serializers.ModelSerializer[PickFace]):
    sku = serializers.CharField(source="sku.code")
    warehouse = serializers.CharField(source="location.warehouse.code")
    location = serializers.CharField(source="location.code")

    class Meta:
        model = PickFace
        fields = ["id", "sku", "warehouse", "location", "minimum", "maximum"]
