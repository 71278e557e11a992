from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountingConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "accounting"
    verbose_name = _("Accounting")

    def ready(self) -> None:
        from accounting.registration import ENTRIES
        from backoffice.core.registry import registry

        registry.add(*ENTRIES)
