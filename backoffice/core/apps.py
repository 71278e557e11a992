from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "backoffice.core"
    label = "core"
    verbose_name = _("System")

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from backoffice.core import grants
        from backoffice.core.api import declared
        from backoffice.core.checks import CHECKS
        from backoffice.core.limited_pages import LIMITED_PAGES
        from backoffice.core.registry import HeldTable, registry
        from backoffice.core.signing_in.proving import on_signed_in
        from backoffice.core.staff import CORE_PERMISSIONS
        from backoffice.core.tabular.links import IMPORT_ROWS

        user_logged_in.connect(on_signed_in, dispatch_uid="signed_in")
        registry.add(*CHECKS, *CORE_PERMISSIONS, *LIMITED_PAGES, IMPORT_ROWS)
        registry.add(
            HeldTable("core_inboxwork", only="status = 'processing'", key="message_id"),
            HeldTable("core_bulkjob", only="status IN ('queued', 'running')"),
        )
