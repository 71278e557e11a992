from integrations.services.asking import JOBS, ask_job
from integrations.services.batches import connections_with_batches, read_batches
from integrations.services.catalogue import match_listings
from integrations.services.completeness import count_orders
from integrations.services.connections import (
    add_webhook_secret,
    create_connection,
    list_skus,
    replace_secrets,
    set_rules,
    set_status,
    set_webhook_secrets,
)
from integrations.services.erasing import connections_to_erase, erase_buyers
from integrations.services.hooks import connections_to_look, look_at_orders, receive_webhook
from integrations.services.mapping import Mapped, Unmapped, map_sku, unmapped_skus
from integrations.services.notices import connections_to_notice, read_notices
from integrations.services.order_imports import ImportResult, connections_to_import, import_orders
from integrations.services.pricing import connections_to_price, push_prices
from integrations.services.privacy import Erased, StillNeeded, erase_person, held_of
from integrations.services.products import change_listing, compare, look_at_listings, offer_skus, skus_to_offer
from integrations.services.pulling import PullResult, connections_to_pull, pull_orders
from integrations.services.pushing import PushResult, batch_of, connections_to_push_stock, push_again, push_stock
from integrations.services.quarantine import drop
from integrations.services.replaying import Replayed, replay_quarantined
from integrations.services.runs import request_stop
from integrations.services.tracking import connections_to_push_tracking, push_tracking, retry_pushes
from integrations.services.webhook_states import connections_to_keep_hooked, keep_hooked

__all__ = [
    "JOBS",
    "connections_to_keep_hooked",
    "keep_hooked",
    "ask_job",
    "Erased",
    "StillNeeded",
    "erase_person",
    "held_of",
    "change_listing",
    "compare",
    "look_at_listings",
    "offer_skus",
    "connections_to_notice",
    "read_notices",
    "skus_to_offer",
    "Mapped",
    "Unmapped",
    "connections_to_erase",
    "connections_to_price",
    "connections_with_batches",
    "count_orders",
    "erase_buyers",
    "map_sku",
    "push_prices",
    "read_batches",
    "unmapped_skus",
    "add_webhook_secret",
    "ImportResult",
    "PullResult",
    "PushResult",
    "Replayed",
    "batch_of",
    "connections_to_import",
    "connections_to_look",
    "connections_to_pull",
    "connections_to_push_stock",
    "connections_to_push_tracking",
    "create_connection",
    "drop",
    "import_orders",
    "list_skus",
    "look_at_orders",
    "match_listings",
    "pull_orders",
    "push_again",
    "push_stock",
    "push_tracking",
    "receive_webhook",
    "replace_secrets",
    "replay_quarantined",
    "request_stop",
    "retry_pushes",
    "set_rules",
    "set_status",
    "set_webhook_secrets",
]
