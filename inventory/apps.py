from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InventoryConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "inventory"
    verbose_name = _("Inventory")

    def ready(self) -> None:
        from backoffice.core.registry import registry
        from inventory.registration import ENTRIES
        from inventory.scopes import PAGES, SCOPES

        registry.add(*ENTRIES, *SCOPES, *PAGES)
