"""What callers send about the bank."""

from typing import Any

from rest_framework import serializers

from accounting.models import Account, BankAccount, BankCsvProfile, BankRule, Control, Party
from backoffice.core.api.fields import Amount


class BankFileIn(serializers.Serializer[Any]):
    """bank_account: the account that it must be of; otherwise statements find theirs by number. profile: of a CSV."""

    company = serializers.SlugField(required=False)
    file = serializers.FileField(allow_empty_file=True)
    bank_account = serializers.IntegerField(min_value=1, required=False)
    profile = serializers.IntegerField(min_value=1, required=False)
    match = serializers.BooleanField(default=True, help_text="Match afterwards what is certain.")


class ItemShareIn(serializers.Serializer[Any]):
    item = serializers.IntegerField(min_value=1, help_text="Of an open document; suggestions name it.")
    amount = Amount(help_text="In the document's currency.")
    line_amount = Amount(
        required=False, help_text="What of the line pays it, if the currencies differ; left out: by the day's rates."
    )


class PostShareIn(serializers.Serializer[Any]):
    account = serializers.CharField(max_length=20, help_text="Its code.")
    amount = Amount(help_text="Signed as the line is; a fee that was held back has the other sign.")
    memo = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class PartyShareIn(serializers.Serializer[Any]):
    party = serializers.CharField(max_length=60, help_text="Its code.")
    amount = Amount(help_text="Signed as the line is.")
    control = serializers.ChoiceField(["receivable", "payable"], default="receivable")


class EntryShareIn(serializers.Serializer[Any]):
    entry = serializers.IntegerField(min_value=1)
    amount = Amount(help_text="Signed as the line is.")


class TransferShareIn(serializers.Serializer[Any]):
    bank_account = serializers.IntegerField(min_value=1)
    amount = Amount(help_text="Signed as the line is.")


class BankMatchIn(serializers.Serializer[Any]):
    """What the line is for. A rest stays open, unless write_off gives it up within the account's limit."""

    items = ItemShareIn(many=True, required=False)
    posts = PostShareIn(many=True, required=False)
    parties = PartyShareIn(many=True, required=False)
    entries = EntryShareIn(many=True, required=False)
    transfers = TransferShareIn(many=True, required=False)
    write_off = serializers.BooleanField(default=False)
    why = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class AcceptIn(serializers.Serializer[Any]):
    key = serializers.CharField(max_length=4000, help_text="Of the suggestion.")


class AgreeIn(serializers.Serializer[Any]):
    accept_outstanding = serializers.BooleanField(
        default=False, help_text="Entries that the bank had not yet explain the difference."
    )


class OfCompany(serializers.ModelSerializer[Any]):
    """Rows that a row leads to are looked up in the company that the view says."""

    def company_id(self) -> int:
        return self.context["company_id"]

    def _own(self, model: Any, field: str, value: str, **more: Any) -> Any:
        found = model.objects.filter(company_id=self.company_id(), **{field: value}, **more).first()
        if found is None:
            raise serializers.ValidationError(f"unknown: {value}", code="unknown")
        return found


class BankAccountIn(OfCompany):
    account = serializers.CharField(
        max_length=20, help_text="Code of the chart's account, for this bank account alone."
    )
    csv_profile = serializers.IntegerField(required=False, allow_null=True)

    class Meta:
        model = BankAccount
        fields = ["name", "number", "bank_code", "currency", "account", "write_off_limit", "csv_profile", "is_active"]

    def validate_account(self, value: str) -> Account:
        found = self._own(Account, "code", value, is_postable=True, control=Control.NONE)
        if BankAccount.objects.filter(account=found).exclude(pk=getattr(self.instance, "pk", None)).exists():
            raise serializers.ValidationError("Another bank account is kept on it.", code="taken")
        return found

    def validate_csv_profile(self, value: int | None) -> BankCsvProfile | None:
        return self._own(BankCsvProfile, "pk", str(value)) if value is not None else None


class BankRuleIn(OfCompany):
    account = serializers.CharField(max_length=20, required=False, help_text="Its code.")
    party = serializers.CharField(max_length=60, required=False, help_text="Its code.")
    bank_account = serializers.IntegerField(required=False, allow_null=True)
    transfer_to = serializers.IntegerField(required=False)

    class Meta:
        model = BankRule
        fields = [
            "name", "position", "is_active", "automatic", "bank_account", "direction", "text_contains", "counterparty",
            "min_amount", "max_amount", "action", "account", "transfer_to", "party",
        ]  # fmt: skip

    def validate_account(self, value: str) -> Account:
        return self._own(Account, "code", value, is_postable=True, control=Control.NONE)

    def validate_party(self, value: str) -> Party:
        return self._own(Party, "code", value)

    def validate_bank_account(self, value: int | None) -> BankAccount | None:
        return self._own(BankAccount, "pk", str(value)) if value is not None else None

    def validate_transfer_to(self, value: int) -> BankAccount:
        return self._own(BankAccount, "pk", str(value))


class BankCsvProfileIn(OfCompany):
    class Meta:
        model = BankCsvProfile
        exclude = ["id", "company"]
