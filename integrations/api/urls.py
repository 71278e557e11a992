"""/api/v1/: every app's routes."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from accounting.api.urls import ROUTES as ACCOUNTING
from backoffice.core.api.urls import ROUTES as CORE
from integrations.api.activity import ROUTES as ACTIVITY
from integrations.api.changes import ROUTES as CHANGES
from integrations.api.connecting import ROUTES as CONNECTING
from integrations.api.connections import ROUTES as CONNECTIONS
from integrations.api.listings import ROUTES as LISTINGS
from integrations.api.mapping import ROUTES as MAPPING
from integrations.api.privacy import ROUTES as PRIVACY
from integrations.api.sync import ROUTES as SYNC
from integrations.api.views import DocsView, SchemaView, WebhookView
from integrations.api.webhooks import ROUTES as WEBHOOKS
from inventory.api.urls import ROUTES as INVENTORY
from orders.api.urls import FILES
from orders.api.urls import ROUTES as ORDERS
from warehouse.api.urls import FILES as PURCHASE_FILES
from warehouse.api.urls import ROUTES as WAREHOUSE

router = SimpleRouter()
for prefix, viewset, basename in (
    *CORE,
    *ORDERS,
    *WAREHOUSE,
    *INVENTORY,
    *ACCOUNTING,
    *WEBHOOKS,
    *CHANGES,
    *MAPPING,
    *CONNECTING,
    *CONNECTIONS,
    *LISTINGS,
    *SYNC,
    *ACTIVITY,
    *PRIVACY,
):
    router.register(prefix, viewset, basename=basename)

urlpatterns = [
    path("v1/", include(([*FILES, *PURCHASE_FILES], "files"))),
    path("v1/", include((router.urls, "api"))),
    path("v1/webhooks/<int:connection_id>/", WebhookView.as_view(), name="webhook"),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(url_name="schema"), name="docs"),
]
