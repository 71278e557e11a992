from integrations.services.webhooks.endpoints import (
    change_endpoint,
    create_endpoint,
    ping,
    remove_endpoint,
    rotate_secret,
    secrets_of,
    set_endpoint_status,
)
from integrations.services.webhooks.enqueuing import note_events
from integrations.services.webhooks.replaying import replay_deliveries, replay_since
from integrations.services.webhooks.sending import deliver_webhooks, endpoints_due, forget_old_deliveries

__all__ = [
    "change_endpoint",
    "create_endpoint",
    "deliver_webhooks",
    "endpoints_due",
    "forget_old_deliveries",
    "note_events",
    "ping",
    "remove_endpoint",
    "replay_deliveries",
    "replay_since",
    "rotate_secret",
    "secrets_of",
    "set_endpoint_status",
]
