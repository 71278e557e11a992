"""What scanners send and are answered."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from backoffice.core.fields import DECIMAL_PLACES, MAX_DIGITS
from orders.models import Fulfilment, FulfilmentLine
from warehouse.models import PickList, PickTask
from warehouse.services import Pick

MAX_ITEMS = 500
LEAST = Decimal("0.000001")


def quantity_field(**kwargs: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=MAX_DIGITS, decimal_places=DECIMAL_PLACES, **kwargs)


class PickTaskOut(serializers.ModelSerializer[PickTask]):
    sku = serializers.CharField(source="sku.code")
    name = serializers.CharField(source="sku.name")
    from_location = serializers.CharField(source="from_location.code")
    to_location = serializers.CharField(source="to_location.code")
    lot = serializers.CharField(source="lot.code", default=None)
    zone = serializers.CharField(source="from_location.zone.code", default=None)
    pick_sequence = serializers.IntegerField(
        source="from_location.pick_sequence", help_text="Of the bin, within its zone: tasks are given in this order."
    )

    class Meta:
        model = PickTask
        fields = [
            "id", "sku", "name", "lot", "from_location", "zone", "pick_sequence", "to_location", "quantity", "picked",
            "status",
        ]  # fmt: skip


class PickListOut(serializers.ModelSerializer[PickList]):
    number = serializers.CharField(read_only=True)
    warehouse = serializers.CharField(source="warehouse.code")
    fulfilment = serializers.IntegerField(source="fulfilment_id")
    order_external_id = serializers.CharField(source="fulfilment.order.external_id")
    assigned_to = serializers.CharField(source="assigned_to.username", default=None)
    tasks = PickTaskOut(many=True)

    class Meta:
        model = PickList
        fields = [
            "id", "number", "warehouse", "fulfilment", "order_external_id", "status", "assigned_to", "created_at",
            "tasks",
        ]  # fmt: skip


class FulfilmentLineOut(serializers.ModelSerializer[FulfilmentLine]):
    sku = serializers.CharField(source="order_line.sku.code")

    class Meta:
        model = FulfilmentLine
        fields = ["id", "sku", "quantity", "picked", "shipped"]


class FulfilmentOut(serializers.ModelSerializer[Fulfilment]):
    number = serializers.CharField(read_only=True)
    order = serializers.IntegerField(source="order_id")
    order_external_id = serializers.CharField(source="order.external_id")
    warehouse = serializers.CharField(source="warehouse.code")
    lines = FulfilmentLineOut(many=True)

    class Meta:
        model = Fulfilment
        fields = ["id", "number", "order", "order_external_id", "warehouse", "status", "ship_by", "lines"]


class FulfilmentsIn(serializers.Serializer[Any]):
    fulfilments = serializers.ListField(child=serializers.IntegerField(min_value=1), min_length=1, max_length=MAX_ITEMS)


class PickIn(serializers.Serializer[Any]):
    task = serializers.IntegerField(min_value=1)
    quantity = quantity_field(min_value=Decimal(0))
    lot = serializers.IntegerField(required=False, min_value=1)
    serials = serializers.ListField(
        child=serializers.CharField(max_length=80),
        required=False,
        default=list,
        max_length=10_000,
        help_text="The units taken, by number; may be left out where the place holds just as many.",
    )


class PicksIn(serializers.Serializer[Any]):
    picks = PickIn(many=True, min_length=1, max_length=MAX_ITEMS)
    device = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    effective_at = serializers.DateTimeField(required=False, help_text="When it was picked, if not now.")

    def to_inputs(self) -> list[Pick]:
        return [
            Pick(given["task"], given["quantity"], given.get("lot"), serials=tuple(given["serials"]))
            for given in self.validated_data["picks"]
        ]


class ParcelIn(serializers.Serializer[Any]):
    weight_g = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=10**8)
    box = serializers.IntegerField(required=False, allow_null=True, min_value=1, help_text="Of GET boxes/.")
    lines = serializers.DictField(child=quantity_field(min_value=LEAST), help_text="Fulfilment line id → quantity.")

    def validate_lines(self, lines: dict[str, Decimal]) -> dict[int, Decimal]:
        if bad := [key for key in lines if not key.isdecimal()]:
            raise serializers.ValidationError([f"{bad[0]} is no fulfilment line."])
        return {int(key): quantity for key, quantity in lines.items()}


class FulfillmentPackIn(serializers.Serializer[Any]):
    parcels = ParcelIn(many=True, required=False, max_length=100)
    device = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    effective_at = serializers.DateTimeField(required=False)


class ShipIn(serializers.Serializer[Any]):
    carrier = serializers.CharField(max_length=60)
    service = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    tracking_number = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")
    tracking_url = serializers.URLField(max_length=300, required=False, allow_blank=True, default="")
    shipped_at = serializers.DateTimeField(required=False)


class PickResultOut(serializers.Serializer[Any]):
    task = serializers.IntegerField(source="task_id")
    state = serializers.CharField()
    code = serializers.CharField()
    short = quantity_field()
    again = quantity_field(help_text="Of what was short, what is to be picked from another bin: read the list again.")


class PickListResultOut(serializers.Serializer[Any]):
    fulfilment = serializers.IntegerField(source="fulfilment_id")
    state = serializers.CharField()
    code = serializers.CharField()
    pick_list = serializers.IntegerField(source="pick_list_id", allow_null=True)


class PackResultOut(serializers.Serializer[Any]):
    fulfilment = serializers.IntegerField(source="fulfilment_id")
    state = serializers.CharField()
    shipment = serializers.IntegerField(source="shipment_id", allow_null=True)


class ShipResultOut(serializers.Serializer[Any]):
    shipment = serializers.IntegerField(source="shipment_id")
    state = serializers.CharField()
    invoice = serializers.IntegerField(source="invoice_id", allow_null=True)
    invoice_number = serializers.CharField()


class UnpickResultOut(serializers.Serializer[Any]):
    fulfilment = serializers.IntegerField(source="fulfilment_id")
    state = serializers.CharField()
    put_back = quantity_field(help_text="Units that a put-back task brings from staging into a bin.")
