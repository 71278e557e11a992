"""Batches whose outcome a channel tells later (feeds, handles): kept, asked after, their errors put on the listings."""

import json
from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core import inbox
from backoffice.core.db import database_now
from backoffice.core.errors import DomainError
from backoffice.core.holding import holding
from backoffice.core.inbox import Claimed, Failure, Finish, Message
from integrations.connectors.base import SETUP, Connector
from integrations.errors import ChannelUnavailable
from integrations.models import Connection, ConnectionStatus, Listing
from integrations.selectors import connections_with_work
from integrations.services.connections import opened_or_parked
from integrations.services.pulling import account_of

TOPIC = "batch"
LOOKS = 20
PATIENCE = 60  # tries, longer apart each time up to an hour


def keep_batches(connection: Connection, connector: Connector) -> None:
    """Remember what was submitted, in the order of its items."""
    if connector.submitted:
        inbox.receive(
            [
                Message(account_of(connection.pk), TOPIC, batch_id[:200], json.dumps(listings).encode())
                for batch_id, listings in connector.submitted
            ]
        )
        connector.submitted.clear()


def connections_with_batches() -> list[int]:
    """Active connections with batches to ask after. Statements: 1."""
    return connections_with_work(TOPIC)


@holding()
def read_batches(*, connection_id: int) -> int:
    """Ask after what was submitted; how many items turned out wrong. Not inside a transaction."""
    connection = Connection.objects.select_related("channel").get(pk=connection_id)
    if connection.status != ConnectionStatus.ACTIVE:
        return 0
    wrong = 0
    with opened_or_parked(connection) as connector:
        claimed = inbox.claim_due(limit=LOOKS, account=account_of(connection_id), topic=TOPIC, max_attempts=PATIENCE)
        for message in claimed if connector is not None else ():
            wrong += _read(connection, connector, message)  # type: ignore[arg-type]
    return wrong


def _read(connection: Connection, connector: Connector, message: Claimed) -> int:
    try:
        errors = connector.batch_errors(message.external_id)
    except DomainError as error:
        permanent = not isinstance(error, ChannelUnavailable)
        if permanent and message.external_id.startswith(SETUP):  # the whole batch was given up
            skus = json.loads(message.body)
            return _set_up(connection, message, skus, dict.fromkeys(range(len(skus)), error.detail))
        inbox.fail([Failure(message, error.code, error.detail, permanent=permanent)], max_attempts=PATIENCE)
        return 0
    if errors is None:
        waiting = Failure(message, "waiting", _("The channel still works on it."))
        inbox.fail([waiting], max_attempts=PATIENCE)
        return 0
    listings = json.loads(message.body)
    if message.external_id.startswith(SETUP):
        return _set_up(connection, message, listings, errors)
    by_listing = {listings[place]: why for place, why in errors.items() if place < len(listings)}
    rows = list(Listing.objects.filter(connection=connection, external_id__in=by_listing).order_by("pk"))
    for row in rows:
        row.push_error = by_listing[row.external_id][:300]
    Listing.objects.bulk_update(rows, ["push_error"])
    inbox.finish([Finish(message, result_type="integrations.connection", result_id=connection.pk)])
    return len(rows)


@transaction.atomic
def _set_up(connection: Connection, message: Claimed, skus: Sequence[str], errors: Mapping[int, str]) -> int:
    """New listings are there now, and due their stock; those that the channel refused say why. Statements: 2 and the inbox's."""
    why = {sku: errors.get(place, "") for place, sku in enumerate(skus)}
    rows = list(Listing.objects.filter(connection=connection, external_sku__in=why).order_by("pk"))
    now = database_now()
    for row in rows:
        row.product_error = why[row.external_sku][:300]
        if not row.product_error and not row.external_id:
            row.external_id, row.is_dirty, row.version, row.due_at = row.external_sku, True, row.version + 1, now
            row.dirty_since = row.dirty_since or now
    Listing.objects.bulk_update(rows, ["product_error", "external_id", "is_dirty", "version", "due_at", "dirty_since"])
    inbox.finish([Finish(message, result_type="integrations.connection", result_id=connection.pk)])
    return sum(bool(row.product_error) for row in rows)
