"""What is sent and answered while a shop is connected."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from integrations.connectors.login import YES_NO
from integrations.models import Connection, ConnectionStatus
from integrations.services import connecting

READ, WRITE = "connections:read", "connections:write"
SEE, ADD, CHANGE = "integrations.view_connection", "integrations.add_connection", "integrations.change_connection"


class LoginFieldOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    help = serializers.CharField()
    secret = serializers.BooleanField(source="is_secret", help_text="Sent under secrets, else under settings.")
    required = serializers.BooleanField()  # type: ignore[assignment]
    choices = serializers.SerializerMethodField(help_text="Empty: any text.")

    def get_choices(self, field: Any) -> list[str]:
        return [value for value, _label in field.choices or (YES_NO if field.kind == "yes_no" else ())]


class ConnectorOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    help = serializers.CharField(help_text="Where its keys are found.")
    note = serializers.CharField()
    login = LoginFieldOut(many=True, help_text="What its login asks for.")


class OpenStepOut(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="login, start or preview")
    why = serializers.CharField()


class TriedStepOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    ok = serializers.BooleanField()
    said = serializers.CharField()
    remedy = serializers.CharField(help_text="What to do about it.")


class TriedOut(serializers.Serializer[Any]):
    ok = serializers.BooleanField()
    at = serializers.DateTimeField()
    steps = TriedStepOut(many=True)


class PreviewedOrderOut(serializers.Serializer[Any]):
    """Nothing of the buyer is in it."""

    id = serializers.CharField()
    number = serializers.CharField()
    placed_at = serializers.CharField()
    outcome = serializers.CharField(help_text="imported, held, known, early, pending, ignored, cancelled, refused")
    total = serializers.CharField()
    currency = serializers.CharField()
    lines = serializers.IntegerField()
    why = serializers.CharField()


class PreviewOut(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    more = serializers.BooleanField(help_text="There are more orders than were looked at.")
    counts = serializers.DictField(child=serializers.IntegerField())
    rows = PreviewedOrderOut(many=True)


class ConnectionSetupOut(serializers.ModelSerializer[Connection]):
    """status: draft until it is live. Secrets are never told."""

    channel = serializers.CharField(source="channel.code")
    tried = serializers.SerializerMethodField()
    preview = serializers.SerializerMethodField()
    catalogue_read = serializers.SerializerMethodField(help_text="How much of it was read; null before that.")
    open_steps = serializers.SerializerMethodField(help_text="What keeps it from going live.")

    class Meta:
        model = Connection
        fields = [
            "id", "channel", "connector", "status", "settings", "starts_at", "live_at", "tried", "catalogue_read",
            "preview", "open_steps",
        ]  # fmt: skip

    @extend_schema_field(TriedOut(allow_null=True))
    def get_tried(self, row: Connection) -> Any:
        return row.setup.get("tried")

    @extend_schema_field(PreviewOut(allow_null=True))
    def get_preview(self, row: Connection) -> Any:
        return row.setup.get("preview")

    def get_catalogue_read(self, row: Connection) -> int | None:
        return len(row.setup["catalogue"]["rows"]) if "catalogue" in row.setup else None

    @extend_schema_field(OpenStepOut(many=True))
    def get_open_steps(self, row: Connection) -> Any:
        left = connecting.open_steps(row) if row.status == ConnectionStatus.DRAFT else []
        return [{"name": step.name, "why": step.why} for step in left]


class BeginSetupIn(serializers.Serializer[Any]):
    channel = serializers.CharField(max_length=50, help_text="Its code.")
    connector = serializers.CharField(max_length=30, help_text="Its code, as under connectors/.")


class SetupLoginIn(serializers.Serializer[Any]):
    settings = serializers.DictField(child=serializers.CharField(allow_blank=True, max_length=2000), required=False)
    secrets = serializers.DictField(
        child=serializers.CharField(allow_blank=True, max_length=2000), required=False,
        help_text="One that is left out stays as it is.",
    )  # fmt: skip


class FoundSuggestionOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    why = serializers.CharField(help_text="same, barcode, alike")


class ListingProposalOut(serializers.Serializer[Any]):
    external_id = serializers.CharField()
    external_sku = serializers.CharField()
    title = serializers.CharField()
    state = serializers.CharField(help_text="listed, matched (ours for certain), open")
    sku = serializers.CharField(help_text="Ours; empty for an open one.")
    suggestions = FoundSuggestionOut(many=True)


class ChosenListingIn(serializers.Serializer[Any]):
    external_id = serializers.CharField(max_length=120)
    sku = serializers.CharField(max_length=64, help_text="Ours, by code.")


class TakeListingsIn(serializers.Serializer[Any]):
    """Either listings, or matched: all that are ours for certain."""

    listings = ChosenListingIn(many=True, required=False)
    matched = serializers.BooleanField(required=False, default=False)


class TakenListingsOut(serializers.Serializer[Any]):
    new = serializers.IntegerField()


class FirstDayIn(serializers.Serializer[Any]):
    starts_at = serializers.DateTimeField(
        allow_null=True, help_text="Orders placed before it are left to the channel; null: all are taken."
    )
