from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        from backoffice.core.registry import EventConsumer, registry
        from orders import consumers
        from orders.registration import ENTRIES
        from orders.scopes import PAGES, SCOPES

        registry.add(
            *ENTRIES,
            *SCOPES,
            *PAGES,
            EventConsumer(consumers.FULFIL_CONSUMER, consumers.FULFIL_TOPICS, consumers.fulfil_served),
            EventConsumer(consumers.PROMISE_CONSUMER, consumers.PROMISE_TOPICS, consumers.count_again),
        )
