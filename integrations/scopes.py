"""How the connections' rows lead to a channel (backoffice/core/scopes)."""

from backoffice.core.registry import PageObject, Scope

_OF_CONNECTION = ("AccessToken", "CompletenessCheck", "Cursor", "ImportedRefund", "Listing", "RateBucket", "SyncRun")

SCOPES = (
    *(Scope(f"integrations.{name}", channel=("channel",)) for name in ("Connection", "CodeMapping", "WebhookEndpoint")),
    *(Scope(f"integrations.{name}", via=("connection",)) for name in _OF_CONNECTION),
    Scope("integrations.QuarantinedRow", channel=("channel",)),
    Scope("integrations.TrackingPush", via=("connection", "shipment")),
    Scope("integrations.ListingContent", via=("listing",)),
    Scope("integrations.WebhookDelivery", via=("endpoint",)),
    Scope("integrations.WebhookAttempt", via=("delivery",)),
)

PAGES = (PageObject("admin/sync/", "integrations.Connection"),)
