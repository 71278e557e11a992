from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WarehouseConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "warehouse"
    verbose_name = _("Warehouse")

    def ready(self) -> None:
        from backoffice.core.registry import HeldTable, registry
        from warehouse.checks import CHECKS
        from warehouse.labour_panels import LABOUR_PANELS
        from warehouse.links import LINKS
        from warehouse.panels import PANELS
        from warehouse.permissions import ROLE_PERMISSIONS
        from warehouse.scopes import PAGES, SCOPES
        from warehouse.tracked_panels import TRACKED_PANELS
        from warehouse.tracking_panels import TRACKING_PANELS

        registry.add(
            *CHECKS,
            *PANELS,
            *TRACKED_PANELS,
            *TRACKING_PANELS,
            *LABOUR_PANELS,
            *LINKS,
            *ROLE_PERMISSIONS,
            *SCOPES,
            *PAGES,
            HeldTable("warehouse_trackingwatch", only="ended_at IS NULL AND given_up_at IS NULL", ends="due_at"),
        )
