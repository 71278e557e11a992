"""What callers are told about the bank."""

from typing import Any

from rest_framework import serializers

from accounting.models import (
    BankAccount,
    BankCsvProfile,
    BankLine,
    BankMatch,
    BankReconciliation,
    BankRule,
    BankStatement,
)
from backoffice.core.api.fields import Amount


class BankAccountOut(serializers.ModelSerializer[BankAccount]):
    account = serializers.CharField(source="account.code")
    currency = serializers.CharField(source="currency_id")

    class Meta:
        model = BankAccount
        fields = [
            "id", "name", "number", "bank_code", "currency", "account", "write_off_limit", "csv_profile", "is_active",
        ]  # fmt: skip


class BankStatusOut(serializers.Serializer[Any]):
    """bank: the newest closing balance; book: the books' on its day."""

    bank = Amount(allow_null=True)
    bank_date = serializers.DateField(allow_null=True)
    book = Amount()
    book_today = Amount()
    open_count = serializers.IntegerField()
    open_amount = Amount()
    reconciled_to = serializers.DateField(allow_null=True)


class TakenInOut(serializers.Serializer[Any]):
    statement = serializers.IntegerField(source="statement_id")
    bank_account = serializers.IntegerField(source="bank_account_id")
    new_lines = serializers.IntegerField()
    known_lines = serializers.IntegerField()
    state = serializers.CharField()


class BankFileOut(serializers.Serializer[Any]):
    statements = TakenInOut(many=True)
    matched = serializers.IntegerField()


class BankCountOut(serializers.Serializer[Any]):
    matched = serializers.IntegerField()


class BankStatementOut(serializers.ModelSerializer[BankStatement]):
    class Meta:
        model = BankStatement
        fields = [
            "id", "bank_account", "format", "reference", "sequence", "file_name", "first_date", "last_date",
            "opening_date", "opening", "closing_date", "closing", "new_lines", "known_lines", "recorded_at",
        ]  # fmt: skip


class BankMatchOut(serializers.ModelSerializer[BankMatch]):
    class Meta:
        model = BankMatch
        fields = ["id", "kind", "amount", "entry", "payment", "rule", "undoes", "why", "recorded_at", "actor_label"]


class BankLineOut(serializers.ModelSerializer[BankLine]):
    class Meta:
        model = BankLine
        fields = [
            "id", "bank_account", "statement", "date", "value_date", "currency", "amount", "matched", "name",
            "counterparty", "text", "reference", "bank_reference", "kind", "is_reversal", "parts",
        ]  # fmt: skip


class BankLineDetail(BankLineOut):
    matches = BankMatchOut(many=True)

    class Meta(BankLineOut.Meta):
        fields = [*BankLineOut.Meta.fields, "matches"]


class SuggestedDocument(serializers.Serializer[Any]):
    item = serializers.IntegerField()
    number = serializers.CharField()
    party = serializers.CharField()
    open = Amount()
    amount = Amount()


class BankSuggestionOut(serializers.Serializer[Any]):
    """key: what accept/ takes. certain: matched without asking when a file comes in."""

    key = serializers.CharField()
    action = serializers.CharField()
    score = serializers.IntegerField()
    certain = serializers.BooleanField()
    reasons = serializers.ListField(child=serializers.CharField())
    documents = SuggestedDocument(many=True)
    target = serializers.IntegerField(allow_null=True)
    write_off = Amount()
    rest = Amount()


class BankMatchedOut(serializers.Serializer[Any]):
    line = serializers.IntegerField(source="line_id")
    amount = Amount()
    open = Amount()
    matches = serializers.ListField(child=serializers.IntegerField(), source="match_ids")


class BankRuleOut(serializers.ModelSerializer[BankRule]):
    account = serializers.CharField(source="account.code", default=None)
    party = serializers.CharField(source="party.code", default=None)

    class Meta:
        model = BankRule
        fields = [
            "id", "name", "position", "is_active", "automatic", "bank_account", "direction", "text_contains",
            "counterparty", "min_amount", "max_amount", "action", "account", "transfer_to", "party",
        ]  # fmt: skip


class BankCsvProfileOut(serializers.ModelSerializer[BankCsvProfile]):
    class Meta:
        model = BankCsvProfile
        exclude = ["company"]


class BankReconciliationOut(serializers.ModelSerializer[BankReconciliation]):
    class Meta:
        model = BankReconciliation
        fields = [
            "id", "bank_account", "statement", "date", "closing", "book", "outstanding", "reopens", "reason",
            "recorded_at", "actor_label",
        ]  # fmt: skip
