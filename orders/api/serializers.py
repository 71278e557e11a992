"""Orders and shipments as the API speaks of them. Amounts are decimal strings in the order's currency."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from accounting.models import Address
from backoffice.core.api import fields
from backoffice.core.fields import DECIMAL_PLACES, MAX_DIGITS
from orders.inputs import AddressInput, ChargeInput, ContactInput, LineInput, OrderInput, charge_role
from orders.models import (
    ChargeKind,
    Hold,
    Order,
    OrderCharge,
    OrderLine,
    OrderLineComponent,
    Shipment,
    ShipmentLine,
)

MAX_LINES = 1000
ZERO = Decimal(0)


class Amount(fields.Amount):
    """Not below zero, unless a field says so."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**({"min_value": ZERO} | values))


class AddressIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    organisation = serializers.CharField(max_length=200, required=False, allow_blank=True)
    line1 = serializers.CharField(max_length=200, required=False, allow_blank=True)
    line2 = serializers.CharField(max_length=200, required=False, allow_blank=True)
    city = serializers.CharField(max_length=120, required=False, allow_blank=True)
    region = serializers.CharField(max_length=120, required=False, allow_blank=True)
    postcode = serializers.CharField(max_length=24, required=False, allow_blank=True)
    country = serializers.RegexField("^[A-Z]{2}$", help_text="ISO 3166, two letters")
    phone = serializers.CharField(max_length=40, required=False, allow_blank=True)


class ContactIn(serializers.Serializer[Any]):
    external_id = serializers.CharField(max_length=120, required=False, allow_blank=True)
    name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    email = serializers.EmailField(max_length=254, required=False, allow_blank=True)
    phone = serializers.CharField(max_length=40, required=False, allow_blank=True)
    country = serializers.RegexField("^[A-Z]{2}$", required=False, help_text="ISO 3166, two letters")
    language = serializers.CharField(
        max_length=35, required=False, allow_blank=True, help_text="Of their documents and mails: en, ka or ru."
    )


class LineIn(serializers.Serializer[Any]):
    sku = serializers.CharField(max_length=120)
    quantity = Amount(min_value=Decimal("0.000001"))
    unit_price = Amount(required=False, help_text="Left out: what the buyer's price lists ask.")
    discount = Amount(required=False, help_text="On the whole line, positive.")
    tax = Amount(
        required=False,
        help_text="On the whole line. Left out by all lines and charges: by the tax rules, where the channel goes by them.",
    )
    tax_rate = serializers.DecimalField(max_digits=9, decimal_places=6, min_value=ZERO, required=False)
    description = serializers.CharField(max_length=300, required=False, allow_blank=True)
    external_id = serializers.CharField(max_length=120, required=False, allow_blank=True)


class ChargeIn(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=ChargeKind.choices)
    unit_price = Amount(min_value=None)
    quantity = Amount(required=False)
    tax = Amount(required=False)
    code = serializers.CharField(max_length=60, required=False, allow_blank=True)
    description = serializers.CharField(max_length=300, required=False, allow_blank=True)


class OrderIn(serializers.Serializer[Any]):
    """An order as the shop has it; kept to the cent."""

    channel = serializers.SlugField(required=False, help_text="Staff only: a key is bound to its channel.")
    external_id = serializers.CharField(max_length=120, help_text="The shop's own id: an order is placed once.")
    external_number = serializers.CharField(max_length=120, required=False, allow_blank=True)
    placed_at = serializers.DateTimeField(help_text="With its time zone.")
    currency = serializers.CharField(max_length=10)
    prices_include_tax = serializers.BooleanField(required=False)
    lines = LineIn(many=True, min_length=1, max_length=MAX_LINES)
    charges = ChargeIn(many=True, required=False, max_length=50)
    total = Amount(required=False, help_text="What the buyer owes: off by a cent, the order is held.")
    contact = ContactIn(required=False)
    shipping_address = AddressIn(required=False)
    billing_address = AddressIn(required=False)
    shipping_service = serializers.CharField(max_length=60, required=False, allow_blank=True)
    promise_date = serializers.DateField(required=False)
    note = serializers.CharField(max_length=5000, required=False, allow_blank=True)
    reservation = serializers.CharField(
        max_length=40, required=False, help_text="Reference of a reservation: its goods become this order's."
    )
    reclaim = serializers.BooleanField(
        default=False, help_text="Place the order even if its reservation has expired, with what is still there."
    )

    def unpriced(self) -> list[int]:
        """The lines, by index, that leave their price to the price lists."""
        return [index for index, line in enumerate(self.validated_data["lines"]) if "unit_price" not in line]

    def untaxed(self) -> bool:
        """Whether no line or charge says its tax: then the tax rules do, where the channel goes by them."""
        parts = [*self.validated_data["lines"], *self.validated_data.get("charges", [])]
        return not any("tax" in part or "tax_rate" in part for part in parts)

    def to_input(self) -> OrderInput:
        """The validated body as the service wants it; lines that say no price have one of zero."""
        given = dict(self.validated_data)
        for name in ("channel", "reservation", "reclaim"):
            given.pop(name, None)
        lines = [
            LineInput(channel_sku=line.pop("sku"), **({"unit_price": ZERO} | line))
            for line in map(dict, given.pop("lines"))
        ]
        charges = [
            ChargeInput(account_role=charge_role(charge["kind"]), **charge) for charge in given.pop("charges", [])
        ]
        for name, kind in (
            ("contact", ContactInput),
            ("shipping_address", AddressInput),
            ("billing_address", AddressInput),
        ):
            if name in given:
                given[name] = kind(**given[name])
        return OrderInput(lines=lines, charges=charges, taxes_unstated=self.untaxed(), **given)


class LineComponentOut(serializers.ModelSerializer[OrderLineComponent]):
    """A component of an ordered kit; claimed and shipped in units of it."""

    sku = serializers.CharField(source="sku.code")
    claimed = serializers.DecimalField(source="demand.claimed", max_digits=MAX_DIGITS, decimal_places=DECIMAL_PLACES)
    shipped = serializers.DecimalField(source="demand.used", max_digits=MAX_DIGITS, decimal_places=DECIMAL_PLACES)

    class Meta:
        model = OrderLineComponent
        fields = ["sku", "per_kit", "claimed", "shipped", "given_up", "given_up_reason"]


class LineOut(serializers.ModelSerializer[OrderLine]):
    sku = serializers.CharField(source="channel_sku")
    mapped_sku = serializers.CharField(source="sku.code", default=None)
    components = LineComponentOut(many=True, help_text="What a kit was made of when it was ordered; else empty.")
    promised_date = serializers.DateField(source="promise.promised_date", default=None, help_text="If it waits.")
    expected_date = serializers.DateField(source="promise.expected_date", default=None, help_text="As of today.")

    class Meta:
        model = OrderLine
        fields = [
            "id", "external_id", "sku", "mapped_sku", "description", "quantity", "unit_price", "discount", "tax",
            "tax_rate", "cancelled", "shipped", "returned", "components", "promised_date", "expected_date",
        ]  # fmt: skip


class ChargeOut(serializers.ModelSerializer[OrderCharge]):
    class Meta:
        model = OrderCharge
        fields = ["id", "kind", "code", "description", "quantity", "unit_price", "amount", "tax", "billed"]


class HoldOut(serializers.ModelSerializer[Hold]):
    released_by = serializers.CharField(source="released_by.username", default=None, allow_null=True)

    class Meta:
        model = Hold
        fields = [
            "id", "kind", "reason", "placed_by", "placed_at", "released_by", "released_at", "release_reason",
        ]  # fmt: skip


class AddressOut(serializers.ModelSerializer[Address]):
    class Meta:
        model = Address
        fields = ["name", "organisation", "line1", "line2", "city", "region", "postcode", "country", "phone"]


class ShipmentLineOut(serializers.ModelSerializer[ShipmentLine]):
    order_line = serializers.IntegerField(source="order_line_id")

    class Meta:
        model = ShipmentLine
        fields = ["order_line", "quantity"]


class ShipmentOut(serializers.ModelSerializer[Shipment]):
    number = serializers.CharField(read_only=True)
    order = serializers.IntegerField(source="order_id")
    order_external_id = serializers.CharField(source="order.external_id")
    warehouse = serializers.CharField(
        source="warehouse.code", default=None, help_text="Empty: a supplier shipped it straight to the buyer."
    )
    purchase_order = serializers.CharField(source="purchase_order.number", default=None)
    lines = ShipmentLineOut(many=True)

    class Meta:
        model = Shipment
        fields = [
            "id", "number", "order", "order_external_id", "warehouse", "purchase_order", "status", "carrier",
            "service", "tracking_number", "tracking_url", "shipped_at", "delivered_at", "lines",
        ]  # fmt: skip


class OrderOut(serializers.ModelSerializer[Order]):
    """A row of the list."""

    number = serializers.CharField(read_only=True)
    channel = serializers.CharField(source="channel.code")

    class Meta:
        model = Order
        fields = [
            "id", "number", "channel", "external_id", "external_number", "status", "placed_at", "currency",
            "goods_total", "charges_total", "discount_total", "tax_total", "total", "promise_date",
        ]  # fmt: skip


class OrderDetail(OrderOut):
    lines = LineOut(many=True)
    charges = ChargeOut(many=True)
    holds = HoldOut(many=True)
    shipments = ShipmentOut(many=True)
    shipping_address = AddressOut(allow_null=True)

    class Meta(OrderOut.Meta):
        fields = [*OrderOut.Meta.fields, "version", "lines", "charges", "holds", "shipments", "shipping_address"]


class CancelIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300)
    lines = serializers.DictField(
        child=Amount(min_value=Decimal("0.000001")), required=False, help_text="Order line id → quantity; empty: all."
    )
    give_up_parts = serializers.BooleanField(
        required=False, default=False, help_text="Parts of kits that left stay with the buyer, unbilled."
    )

    def validate_lines(self, lines: dict[str, Decimal]) -> dict[int, Decimal]:
        if bad := [key for key in lines if not key.isdecimal()]:
            raise serializers.ValidationError([f"{bad[0]} is no order line."])
        return {int(key): quantity for key, quantity in lines.items()}
