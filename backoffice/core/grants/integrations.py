"""What the app may do to the tables of integrations."""

from backoffice.core.grants.kinds import WORK, Grant, keep, personal

INTEGRATIONS: dict[str, Grant] = {
    "integrations.AccessToken": WORK,
    "integrations.Alarm": keep("cleared_at", "mailed_at"),
    "integrations.CodeMapping": WORK,
    "integrations.CompletenessCheck": keep(),
    "integrations.Connection": keep(),
    "integrations.Cursor": keep(),
    "integrations.ImportedRefund": keep("state", "code", "detail", "return_order", "cancelled"),
    "integrations.Listing": keep(),
    "integrations.ListingContent": keep(),
    "integrations.QuarantinedRow": personal("reason", "raw"),
    "integrations.RateBucket": WORK,
    "integrations.SyncRun": WORK,
    "integrations.TrackingPush": keep(),
    "integrations.WebhookAttempt": Grant(insert=True, delete=True),
    "integrations.WebhookDelivery": WORK,
    "integrations.WebhookEndpoint": keep(),
}
