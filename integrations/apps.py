from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IntegrationsConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "integrations"
    verbose_name = _("Integrations")

    def ready(self) -> None:
        from backoffice.core.registry import EventConsumer, RolePermissions, registry
        from integrations import consumers, versions
        from integrations.alarm_kinds import KINDS
        from integrations.checks import CHECKS
        from integrations.limits import HELD_PLACES
        from integrations.panels import PANELS
        from integrations.scopes import PAGES, SCOPES
        from integrations.services.leases import HELD_TABLES
        from integrations.services.webhooks import note_events
        from integrations.webhooks.events import TOPICS

        registry.add(
            *CHECKS,
            *HELD_TABLES,
            HELD_PLACES,
            *PANELS,
            *SCOPES,
            *PAGES,
            *KINDS,
            EventConsumer(consumers.STOCK_CONSUMER, consumers.STOCK_TOPICS, consumers.mark_listings_dirty),
            EventConsumer(consumers.TRACKING_CONSUMER, consumers.TRACKING_TOPICS, consumers.note_dispatches),
            EventConsumer("webhooks", TOPICS, note_events),
            RolePermissions(
                "order_desk",
                (
                    "core.view_inboxmessage",
                    "core.view_payloadbody",
                    "integrations.view_*",
                    "integrations.change_quarantinedrow",
                    "integrations.add_codemapping",
                    "integrations.change_codemapping",
                    "integrations.change_trackingpush",
                ),
            ),
            RolePermissions("buyer", ("integrations.view_listing",)),
            RolePermissions("warehouse_lead", ("integrations.view_trackingpush", "integrations.view_listing")),
            RolePermissions("accountant", ("integrations.view_*",)),
        )
