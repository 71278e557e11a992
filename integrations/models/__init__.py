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
from integrations.models.webhooks import (
    DeliveryStatus,
    EndpointStatus,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)

__all__ = [
    "Alarm",
    "CodeMapping",
    "Connection",
    "ConnectionStatus",
    "Cursor",
    "DeliveryStatus",
    "EndpointStatus",
    "Listing",
    "QuarantinedRow",
    "SyncRun",
    "TrackingPush",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
]
