"""What is sent and answered about webhook endpoints and their messages."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from integrations.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from integrations.services.webhooks.endpoints import FORMER_S, LONGEST_FORMER_S
from integrations.webhooks.events import CHOOSABLE

MAX_REPLAY = 1000


class WebhookEndpointOut(serializers.ModelSerializer[WebhookEndpoint]):
    """events: empty means all. failing_since: of the failures since the last message that was taken."""

    channel = serializers.CharField(source="channel.code", allow_null=True, default=None)

    class Meta:
        model = WebhookEndpoint
        fields = [
            "id", "name", "url", "events", "channel", "status", "status_reason", "failing_since", "delivered_at",
            "former_until", "created_at",
        ]  # fmt: skip


class WebhookEndpointIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100)
    url = serializers.CharField(max_length=500, help_text="https://shop.example/hooks")
    events = serializers.ListField(
        child=serializers.ChoiceField(CHOOSABLE), required=False, max_length=50, help_text="Left out or empty: all."
    )
    channel = serializers.CharField(
        max_length=50, required=False, help_text="Hear of this channel's orders only; of a key's own in any case."
    )
    company = serializers.CharField(max_length=20, required=False, help_text="For who sees several.")


class WebhookEndpointChange(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100, required=False)
    url = serializers.CharField(max_length=500, required=False)
    events = serializers.ListField(child=serializers.ChoiceField(CHOOSABLE), required=False, max_length=50)


class WebhookStatusIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class RotateIn(serializers.Serializer[Any]):
    keep_former_s = serializers.IntegerField(
        min_value=0,
        max_value=LONGEST_FORMER_S,
        default=FORMER_S,
        help_text="So long the former secret signs too.",
    )


class WebhookReplayIn(serializers.Serializer[Any]):
    """Either deliveries, or since (and until)."""

    deliveries = serializers.ListField(
        child=serializers.IntegerField(min_value=1), required=False, min_length=1, max_length=MAX_REPLAY
    )
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)
    only_failed = serializers.BooleanField(required=False, default=False)
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if ("deliveries" in given) == ("since" in given):
            raise serializers.ValidationError({"since": [_("Send either deliveries or since.")]})
        return given


class WebhookDeliveryOut(serializers.ModelSerializer[WebhookDelivery]):
    message_id = serializers.SerializerMethodField(help_text="The header webhook-id, the same on every try.")

    class Meta:
        model = WebhookDelivery
        fields = [
            "id", "endpoint", "message_id", "type", "key", "status", "attempts", "due_at", "http_status", "error",
            "sent_at", "created_at",
        ]  # fmt: skip

    def get_message_id(self, row: WebhookDelivery) -> str:
        return f"msg_{row.event_id}"


class WebhookAttemptOut(serializers.ModelSerializer[WebhookAttempt]):
    class Meta:
        model = WebhookAttempt
        fields = ["number", "at", "duration_ms", "http_status", "error", "answer"]


class WebhookDeliveryWithLog(WebhookDeliveryOut):
    log = WebhookAttemptOut(many=True)

    class Meta(WebhookDeliveryOut.Meta):
        fields = [*WebhookDeliveryOut.Meta.fields, "log"]


class ReplayedOut(serializers.Serializer[Any]):
    replayed = serializers.IntegerField(help_text="How many messages are due now.")
