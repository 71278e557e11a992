"""What the API of other owners' goods takes and tells."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from accounting.models import Bill
from backoffice.core.api.fields import Quantity
from inventory.api.moving import MAX_LINES, positive
from inventory.models import ConsignmentTerm, StockOwner, StockQuant
from inventory.selectors.owner_statements import OwnerMoveKind


class TermIn(serializers.Serializer[Any]):
    """unit_price: owed for a unit when it is sold, in the company's currency, before tax."""

    sku = serializers.CharField(max_length=60)
    unit_price = Quantity()
    is_active = serializers.BooleanField(default=True)


class OwnersLineIn(serializers.Serializer[Any]):
    sku = serializers.CharField(max_length=60)
    quantity = positive()
    location = serializers.CharField(max_length=40)
    lot = serializers.CharField(max_length=60, required=False)
    serials: Any = serializers.ListField(
        child=serializers.CharField(max_length=80), required=False, default=list, max_length=5000
    )


class OwnersGoodsIn(serializers.Serializer[Any]):
    warehouse = serializers.CharField(max_length=20)
    lines = OwnersLineIn(many=True, min_length=1, max_length=MAX_LINES)


class TermOut(serializers.ModelSerializer[ConsignmentTerm]):
    sku = serializers.CharField(source="sku.code")

    class Meta:
        model = ConsignmentTerm
        fields = ["sku", "unit_price", "is_active"]


class OwnerOut(serializers.ModelSerializer[StockOwner]):
    """kind: consignment (we sell its goods) or client (we keep and ship its goods)."""

    party = serializers.CharField(source="party.code")
    name = serializers.CharField(source="party.name")
    terms = TermOut(many=True)

    class Meta:
        model = StockOwner
        fields = ["id", "party", "name", "kind", "is_active", "note", "terms"]


class OwnedOut(serializers.ModelSerializer[StockQuant]):
    sku = serializers.CharField(source="sku.code")
    lot = serializers.CharField(source="lot.code", default=None)
    warehouse = serializers.CharField(source="location.warehouse.code")
    location = serializers.CharField(source="location.code")

    class Meta:
        model = StockQuant
        fields = ["sku", "lot", "warehouse", "location", "quantity"]


class SoldOut(serializers.Serializer[Any]):
    """owed: in the company's currency."""

    at = serializers.DateTimeField()
    sku = serializers.CharField()
    quantity = Quantity()
    owed = Quantity()
    move_id = serializers.IntegerField()
    entry_id = serializers.IntegerField(allow_null=True)


class OwnerDaysIn(serializers.Serializer[Any]):
    """Days by the company's clock, both included."""

    start = serializers.DateField()
    end = serializers.DateField()

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if given["start"] > given["end"]:
            raise serializers.ValidationError({"end": _("The last day is before the first.")})
        return given


class OwnerPaperIn(OwnerDaysIn):
    language = serializers.ChoiceField(["en", "ka", "ru"], required=False, help_text="Empty: the owner's.")


class OwnedLineOut(serializers.Serializer[Any]):
    """Changes are signed: opening and all of them come to closing. owed: in the company's currency."""

    sku = serializers.CharField()
    name = serializers.CharField()
    opening = Quantity()
    came_in = Quantity()
    sold = Quantity()
    came_back = Quantity()
    went_back = Quantity()
    adjusted = Quantity()
    closing = Quantity()
    owed = Quantity()


class OwnedMoveOut(serializers.Serializer[Any]):
    """quantity: below zero for what left. source_type, source_id: the document's line it was made for."""

    move_id = serializers.IntegerField()
    at = serializers.DateTimeField()
    sku = serializers.CharField()
    lot = serializers.CharField()
    kind = serializers.ChoiceField(OwnerMoveKind.choices)
    quantity = Quantity()
    source_type = serializers.CharField()
    source_id = serializers.IntegerField(allow_null=True)


class OwnerStatementOut(serializers.Serializer[Any]):
    """owed: for what was sold in these days; unbilled: for all that was sold up to their end and is on no bill yet.
    moves: the oldest 1000; more: whether there are others."""

    lines = OwnedLineOut(many=True)
    owed = Quantity()
    unbilled = Quantity()
    moves = OwnedMoveOut(many=True)
    more = serializers.BooleanField()


class SelfBillIn(serializers.Serializer[Any]):
    """until: the last day whose sales are billed. tax_code: of all lines; empty: no tax."""

    until = serializers.DateField()
    tax_code = serializers.CharField(max_length=20, required=False, default="")


class SelfBillOut(serializers.ModelSerializer[Bill]):
    """status: approved, or an exception where it does not agree; see bills/."""

    status = serializers.CharField(read_only=True)

    class Meta:
        model = Bill
        fields = ["id", "number", "status", "bill_date", "due_date", "currency", "net", "tax", "total"]
