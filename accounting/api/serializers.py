from rest_framework import serializers

from accounting.models import Invoice, InvoiceLine, JournalEntry, JournalLine


class InvoiceLineOut(serializers.ModelSerializer[InvoiceLine]):
    class Meta:
        model = InvoiceLine
        fields = [
            "position", "kind", "sku_code", "description", "quantity", "unit_price", "net", "tax", "tax_rate",
            "exemption_reason",
        ]  # fmt: skip


class InvoiceOut(serializers.ModelSerializer[Invoice]):
    party = serializers.CharField(source="party.code")
    corrects = serializers.CharField(source="corrects.number", default=None)
    entry = serializers.IntegerField(source="entry_id")

    class Meta:
        model = Invoice
        fields = [
            "id", "number", "kind", "party", "date", "due_date", "currency", "net", "tax", "rounding", "total",
            "corrects", "source_type", "source_id", "entry",
        ]  # fmt: skip


class InvoiceDetail(InvoiceOut):
    lines = InvoiceLineOut(many=True)

    class Meta(InvoiceOut.Meta):
        fields = [*InvoiceOut.Meta.fields, "lines"]


class JournalLineOut(serializers.ModelSerializer[JournalLine]):
    account = serializers.CharField(source="account.code")
    party = serializers.CharField(source="party.code", default=None)
    dimensions = serializers.CharField(source="dimension_set.key", default="")

    class Meta:
        model = JournalLine
        fields = ["account", "party", "currency", "amount", "base_amount", "dimensions", "memo"]


class JournalEntryOut(serializers.ModelSerializer[JournalEntry]):
    """Debits are positive, credits negative; they add up to zero."""

    lines = JournalLineOut(many=True)
    reverses = serializers.IntegerField(source="reverses_id", allow_null=True)

    class Meta:
        model = JournalEntry
        fields = [
            "id", "date", "effective_at", "recorded_at", "subledger", "source_type", "source_id", "source_key", "memo",
            "reverses", "actor_label", "lines",
        ]  # fmt: skip
