from integrations.services.connections import (
    create_connection,
    list_skus,
    replace_secrets,
    set_status,
    set_webhook_secrets,
)
from integrations.services.hooks import receive_webhook
from integrations.services.order_imports import ImportResult, connections_to_import, import_orders
from integrations.services.pulling import PullResult, connections_to_pull, pull_orders
from integrations.services.pushing import PushResult, connections_to_push_stock, push_stock
from integrations.services.quarantine import drop
from integrations.services.replaying import Replayed, replay_quarantined
from integrations.services.runs import request_stop
from integrations.services.tracking import connections_to_push_tracking, push_tracking, retry_pushes

__all__ = [
    "ImportResult",
    "PullResult",
    "PushResult",
    "Replayed",
    "connections_to_import",
    "connections_to_pull",
    "connections_to_push_stock",
    "connections_to_push_tracking",
    "create_connection",
    "drop",
    "import_orders",
    "list_skus",
    "pull_orders",
    "push_stock",
    "push_tracking",
    "receive_webhook",
    "replace_secrets",
    "replay_quarantined",
    "request_stop",
    "retry_pushes",
    "set_status",
    "set_webhook_secrets",
]
