"""What the API of suppliers' bills takes and tells."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from accounting.models import Bill, BillKind, BillLineKind, BillReason, BillStatus
from backoffice.core.api.fields import Amount
from backoffice.core.api.reasons import ReasonIn

MAX_LINES = 500


class BillLineIn(serializers.Serializer[Any]):
    """Goods name one of receipt (an uninvoiced item's id), order_line or bill_line. net: empty is quantity x price;
    tax: empty is by the code's rate. account: its code, of an expense or landed cost."""

    kind = serializers.ChoiceField(BillLineKind.choices, default=BillLineKind.GOODS)
    quantity = Amount(default=Decimal(1), min_value=Decimal("0.000001"))
    unit_price = Amount(default=Decimal(0), min_value=Decimal(0))
    net = Amount(required=False, min_value=Decimal(0))
    tax = Amount(required=False, min_value=Decimal(0))
    tax_code = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")
    description = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    sku = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    account = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")
    dimensions = serializers.DictField(child=serializers.CharField(max_length=60), required=False)
    receipt = serializers.IntegerField(min_value=1, required=False)
    order_line = serializers.IntegerField(min_value=1, required=False)
    bill_line = serializers.IntegerField(min_value=1, required=False)


class BillIn(serializers.Serializer[Any]):
    """total: as printed; lines and tax must come to it. corrects: the id of the bill that a credit note is for."""

    company = serializers.SlugField(required=False)
    kind = serializers.ChoiceField(BillKind.choices, default=BillKind.BILL)
    supplier = serializers.CharField(max_length=60)
    number = serializers.CharField(max_length=60)
    bill_date = serializers.DateField()
    due_date = serializers.DateField(required=False, allow_null=True, default=None)
    currency = serializers.CharField(max_length=10, required=False, allow_blank=True, default="")
    exchange_rate = serializers.DecimalField(
        max_digits=24, decimal_places=12, required=False, allow_null=True, default=None
    )
    total = Amount(min_value=Decimal(0))
    corrects = serializers.IntegerField(min_value=1, required=False, allow_null=True, default=None)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    lines = BillLineIn(many=True, min_length=1, max_length=MAX_LINES)


class ApproveIn(ReasonIn):
    """credit_expected: what the supplier was asked to credit, before tax."""

    credit_expected = Amount(default=Decimal(0), min_value=Decimal(0))


class PayOneIn(serializers.Serializer[Any]):
    """amount: empty is all that is open. Credit notes are set off first."""

    bill = serializers.IntegerField(min_value=1)
    amount = Amount(required=False, allow_null=True, default=None, min_value=Decimal("0.000001"))


class PayIn(serializers.Serializer[Any]):
    """account: the bank account's code; empty: the one in the role bank. discounts: take the early-payment discounts
    that are in time, as credit notes that are set off."""

    company = serializers.SlugField(required=False)
    bills = PayOneIn(many=True, min_length=1, max_length=500)
    discounts = serializers.BooleanField(default=False)
    account = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")
    method = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    reference = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")


class BillDiscountIn(serializers.Serializer[Any]):
    """paid_on: when the money left; today, if it is not given."""

    paid_on = serializers.DateField(required=False)


class PaidOut(serializers.Serializer[Any]):
    payments = serializers.ListField(child=serializers.IntegerField())
    settled = serializers.DictField(child=Amount())
    discounts = serializers.ListField(child=serializers.IntegerField(), help_text="Ids of the credit notes.")


class OfferOut(serializers.Serializer[Any]):
    """Name it in a bill's line by receipt or order_line. unit_price: the order's; null: only a value is known."""

    receipt = serializers.IntegerField(allow_null=True)
    order_line = serializers.IntegerField(allow_null=True)
    sku = serializers.CharField()
    their_code = serializers.CharField(allow_blank=True)
    order = serializers.CharField(source="order_number", allow_blank=True)
    quantity = Amount()
    unit_price = Amount(allow_null=True)
    currency = serializers.CharField(allow_null=True)


class SuggestLineIn(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=60)
    quantity = Amount(min_value=Decimal("0.000001"))
    order = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")


class SuggestIn(serializers.Serializer[Any]):
    company = serializers.SlugField(required=False)
    supplier = serializers.CharField(max_length=60)
    kind = serializers.ChoiceField(BillKind.choices, default=BillKind.BILL)
    lines = SuggestLineIn(many=True, min_length=1, max_length=MAX_LINES)


class SuggestPartOut(OfferOut):
    part = Amount()


class SuggestedOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    parts = SuggestPartOut(many=True)


class BillLineOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    position = serializers.IntegerField()
    kind = serializers.CharField()
    sku = serializers.CharField(source="sku_code")
    description = serializers.CharField()
    quantity = Amount()
    unit_price = Amount()
    net = Amount()
    tax = Amount()
    tax_code = serializers.CharField(source="tax_code.code", default=None)
    account = serializers.CharField(source="account.code", default=None)
    source_type = serializers.CharField()
    source_id = serializers.IntegerField(allow_null=True)


class BillExceptionOut(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(BillReason.choices)
    line = serializers.IntegerField(source="line.position", default=None)
    expected = serializers.CharField()
    found = serializers.CharField()
    difference = Amount()


class BillOut(serializers.ModelSerializer[Bill]):
    """status: with what was paid. exceptions: those that are not decided yet."""

    supplier = serializers.CharField(source="party.code")
    status = serializers.ChoiceField(BillStatus.choices, source="state")
    open = Amount(source="open_item.open_amount", default=None)
    entry = serializers.IntegerField(source="entry_id", allow_null=True)
    lines = BillLineOut(many=True)
    exceptions = serializers.SerializerMethodField()

    class Meta:
        model = Bill
        fields = [
            "id", "kind", "status", "supplier", "number", "bill_date", "due_date", "currency", "exchange_rate", "net",
            "tax", "total", "open", "credit_expected", "waits_for_goods", "corrects", "entry", "note", "version",
            "lines", "exceptions",
        ]  # fmt: skip

    @extend_schema(responses=BillExceptionOut(many=True))
    def get_exceptions(self, bill: Bill) -> Any:
        found = [row for row in bill.exceptions.all() if row.closed_at is None]
        return BillExceptionOut(sorted(found, key=lambda row: row.pk), many=True).data
