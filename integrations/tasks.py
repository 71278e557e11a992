"""Celery's entry points: a message carries an id at most; what is due stands in PostgreSQL.

The sweep finds due rows and sends a message for each connection. A lost message is sent again by the next
sweep, a doubled one finds nothing left to claim.
"""

import logging
from datetime import timedelta
from typing import Any

from celery import shared_task
from django.utils.translation import gettext_lazy as _

from backoffice.core.actor import Actor
from backoffice.core.holding import take_back
from integrations import services
from integrations.models import Connection, ConnectionStatus
from integrations.services.alarms import mail_alarms as write_alarms
from integrations.services.products.comparing import look_quietly
from integrations.services.runs import end_lost_runs, forget_old_runs
from integrations.services.watching import watch_channels
from integrations.services.webhooks import deliver_webhooks as deliver
from integrations.services.webhooks import endpoints_due, forget_old_deliveries
from integrations.versions import endings

log = logging.getLogger(__name__)
SWEEP_EVERY_S = 1
ALARMS_EVERY_S = 30
NIGHT_S = 24 * 3600
REREAD = timedelta(days=3)

SCHEDULE: dict[str, dict[str, Any]] = {
    "sweep-channels": {
        "task": "integrations.tasks.sweep",
        "does": _("Starts whatever is due with channels and webhooks."),
        "schedule": SWEEP_EVERY_S,
        "options": {"expires": SWEEP_EVERY_S * 2},
    },
    "mail-alarms": {
        "task": "integrations.tasks.mail_alarms",
        "does": _("Looks after the channels, and writes to people about alarms."),
        "schedule": ALARMS_EVERY_S,
        "options": {"expires": ALARMS_EVERY_S * 2},
    },
    "reread-orders": {
        "task": "integrations.tasks.reread_orders",
        "does": _(
            "Once a night: reads the last days of every channel again, counts what is missing, erases and forgets what is old."
        ),
        "schedule": 3600,
        "each_s": NIGHT_S,
    },
}


@shared_task
def sweep() -> dict[str, int]:
    """Send a message for everything that is due now, what dead workers held included; how many of each."""
    take_back()
    found: dict[Any, list[int]] = {
        pull_orders: services.connections_to_pull(),
        read_notices: services.connections_to_notice(),
        look_at_orders: services.connections_to_look(),
        import_orders: services.connections_to_import(),
        push_stock: services.connections_to_push_stock(),
        push_tracking: services.connections_to_push_tracking(),
        push_prices: services.connections_to_price(),
        read_batches: services.connections_with_batches(),
        keep_hooked: services.connections_to_keep_hooked(),
        deliver_webhooks: endpoints_due(),
    }
    for task, ids in found.items():
        for pk in ids:
            task.apply_async((pk,), expires=60)
    return {task.name: len(ids) for task, ids in found.items()}


@shared_task
def pull_orders(connection_id: int) -> None:
    """Read a channel's orders, and import what came."""
    services.pull_orders(connection_id=connection_id)
    services.import_orders(connection_id=connection_id)


@shared_task
def read_notices(connection_id: int) -> None:
    """Note the orders that refunds and queued messages name."""
    services.read_notices(connection_id=connection_id)


@shared_task
def look_at_orders(connection_id: int) -> None:
    """Read the orders that webhooks named, and import them."""
    services.look_at_orders(connection_id=connection_id)
    services.import_orders(connection_id=connection_id)


@shared_task
def import_orders(connection_id: int) -> None:
    services.import_orders(connection_id=connection_id)


@shared_task
def match_listings(connection_id: int) -> None:
    services.match_listings(connection_id=connection_id)


@shared_task
def look_at_listing(listing_id: int) -> None:
    """Read what the channel shows of it; what goes wrong is kept as its problem."""
    look_quietly(listing_ids=[listing_id])


@shared_task
def push_stock(connection_id: int) -> None:
    services.push_stock(connection_id=connection_id)


@shared_task
def push_prices(connection_id: int) -> None:
    services.push_prices(connection_id=connection_id)


@shared_task
def read_batches(connection_id: int) -> None:
    services.read_batches(connection_id=connection_id)


@shared_task
def keep_hooked(connection_id: int) -> None:
    services.keep_hooked(connection_id=connection_id)


@shared_task
def push_tracking(connection_id: int) -> None:
    services.push_tracking(connection_id=connection_id)


@shared_task
def deliver_webhooks(endpoint_id: int) -> None:
    deliver(endpoint_id=endpoint_id)


@shared_task
def mail_alarms() -> int:
    """Look after the channels, then write to people about what went wrong."""
    watch_channels()
    return write_alarms()


@shared_task
def reread_orders() -> dict[str, Any]:
    """Read the last days again, for channels' indexes lose orders; close and forget runs."""
    end_lost_runs()
    forget_old_runs()
    for connection_id in services.connections_to_erase():
        services.erase_buyers(connection_id=connection_id, actor=Actor.job("erasure"))
    for ending in endings():
        log.warning("%s", ending.sentence)
    forget_old_deliveries()
    results = {}
    for connection_id in Connection.objects.filter(status=ConnectionStatus.ACTIVE).values_list("pk", flat=True):
        result = services.pull_orders(connection_id=connection_id, reread=REREAD)
        services.count_orders(connection_id=connection_id)
        services.import_orders(connection_id=connection_id)
        results[str(connection_id)] = result.status if result else "skipped"
    return results
