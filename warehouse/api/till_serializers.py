"""What the tills' API reads and tells."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from backoffice.core.api.fields import Amount
from orders.api.pricing import BreakOut
from orders.models import PaymentMethod
from warehouse.models import CashMoveKind, Pickup, Till, TillReceipt, TillShift, TillTender


class TenderIn(serializers.Serializer[Any]):
    method = serializers.ChoiceField(PaymentMethod.choices)
    amount = Amount()
    reference = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    code = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")


class SaleLineIn(serializers.Serializer[Any]):
    sku = serializers.CharField(max_length=60)
    quantity = Amount()
    price = Amount(required=False, allow_null=True, default=None)
    discount = Amount(required=False, default=Decimal(0))


class SaleIn(serializers.Serializer[Any]):
    """client_id: a UUID drawn when the sale began; the same again is the same sale."""

    client_id = serializers.UUIDField()
    lines = SaleLineIn(many=True, required=False, default=list)
    gift_cards = serializers.ListField(child=Amount(), required=False, default=list, max_length=20)
    discount = Amount(required=False, default=Decimal(0))
    tenders = TenderIn(many=True, required=False, default=list)


class BackLineIn(serializers.Serializer[Any]):
    order_line = serializers.IntegerField(min_value=1)
    quantity = Amount()
    disposition = serializers.ChoiceField(["restock", "quarantine"], default="restock")


class TakeBackIn(serializers.Serializer[Any]):
    client_id = serializers.UUIDField()
    receipt = serializers.IntegerField(min_value=1)
    lines = BackLineIn(many=True)
    method = serializers.ChoiceField(["cash", "card", "store_credit"])
    reason = serializers.CharField(max_length=120)
    reference = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")


class CollectIn(serializers.Serializer[Any]):
    client_id = serializers.UUIDField()
    pickup = serializers.IntegerField(min_value=1)
    code = serializers.CharField(max_length=8)
    tenders = TenderIn(many=True, required=False, default=list)


class OpenIn(serializers.Serializer[Any]):
    float_amount = Amount(min_value=Decimal(0))


class CloseIn(serializers.Serializer[Any]):
    counted = Amount(min_value=Decimal(0))
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class CashIn(serializers.Serializer[Any]):
    client_id = serializers.UUIDField()
    kind = serializers.ChoiceField(CashMoveKind.choices)
    amount = Amount()
    reason = serializers.CharField(max_length=300)


class FoundOut(serializers.Serializer[Any]):
    """quantity: what one scan of the barcode means. price: of one; breaks: what it costs by rising quantity."""

    code = serializers.CharField()
    name = serializers.CharField()
    quantity = Amount()
    available = Amount()
    price = Amount(allow_null=True)
    breaks = BreakOut(many=True)


class ShiftOut(serializers.ModelSerializer[TillShift]):
    """expected: cash that should lie in the drawer."""

    opened_by = serializers.CharField(source="opened_by.username")

    class Meta:
        model = TillShift
        fields = [
            "id", "number", "status", "opened_at", "opened_by", "float_amount", "closed_at", "expected", "counted",
            "note", "entry",
        ]  # fmt: skip


class TillOut(serializers.ModelSerializer[Till]):
    warehouse = serializers.CharField(source="warehouse.code")
    currency = serializers.CharField(source="channel.currency")

    class Meta:
        model = Till
        fields = ["id", "code", "name", "warehouse", "currency", "is_active"]


class TenderOut(serializers.ModelSerializer[TillTender]):
    class Meta:
        model = TillTender
        fields = ["method", "amount", "reference"]


class ReceiptOut(serializers.ModelSerializer[TillReceipt]):
    """Codes of gift cards are only on the printed receipt."""

    tenders = TenderOut(many=True)

    class Meta:
        model = TillReceipt
        fields = [
            "id", "number", "kind", "client_id", "order", "return_order", "currency", "total", "change", "effective_at",
            "tenders",
        ]  # fmt: skip


class PickupOut(serializers.ModelSerializer[Pickup]):
    """code: to be told to the customer, who says it at the counter."""

    order_number = serializers.CharField(source="order.number")
    warehouse = serializers.CharField(source="warehouse.code")

    class Meta:
        model = Pickup
        fields = ["id", "order", "order_number", "warehouse", "status", "code", "asked_at", "ready_at", "collected_at"]


class PickupIn(serializers.Serializer[Any]):
    order = serializers.IntegerField(min_value=1)
    warehouse = serializers.CharField(max_length=60)


def checked(form: Any, request: Any) -> Any:
    body = form(data=request.data)
    body.is_valid(raise_exception=True)
    return body.validated_data
