"""How the connections' rows lead to a channel (backoffice/core/scopes)."""

from backoffice.core.registry import BodyRow, LimitedPage, PageObject, Scope

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

PAGES: tuple[BodyRow | LimitedPage | PageObject, ...] = (
    BodyRow("connection", "integrations.connection"),
    BodyRow("deliveries", "integrations.webhookdelivery"),
    LimitedPage("api/v1/changes/", why="tells of one's own rows"),
    LimitedPage("api/v1/connection-setups/connectors/", why="which there are, the same for everybody"),
    LimitedPage("api/v1/unmapped-skus/", why="the codes of one's channels"),
    LimitedPage("api/v1/webhook-endpoints/events/", why="which there are, the same for everybody"),
    PageObject("admin/sync/", "integrations.Connection"),
    LimitedPage("admin/sync/", why="the connections of one's channels"),
    LimitedPage("admin/integrations/codemapping/queue/", why="the codes of one's channels"),
    LimitedPage(
        "admin/integrations/codemapping/queue/map/", why="the form names its channel, which is looked at before"
    ),
)
