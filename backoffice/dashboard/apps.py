from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DashboardConfig(AppConfig):
    name = "backoffice.dashboard"
    verbose_name = _("Dashboard")

    def ready(self) -> None:
        from backoffice.dashboard.naming import name_fields_and_models

        name_fields_and_models()
