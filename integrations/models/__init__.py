from integrations.models.alarms import Alarm
from integrations.models.connections import (
    CodeMapping,
    Connection,
    ConnectionStatus,
    Cursor,
    Listing,
    QuarantinedRow,
    SyncRun,
    TrackingPush,
)
from integrations.models.content import ListingContent
from integrations.models.machinery import AccessToken, CompletenessCheck, ImportedRefund, RateBucket, RefundState
from integrations.models.webhooks import (
    DeliveryStatus,
    EndpointStatus,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)

__all__ = [
    "AccessToken",
    "Alarm",
    "CodeMapping",
    "CompletenessCheck",
    "Connection",
    "ConnectionStatus",
    "Cursor",
    "DeliveryStatus",
    "EndpointStatus",
    "ImportedRefund",
    "Listing",
    "ListingContent",
    "QuarantinedRow",
    "RateBucket",
    "RefundState",
    "SyncRun",
    "TrackingPush",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
]
