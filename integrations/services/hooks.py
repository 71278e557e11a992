"""Webhooks: a channel says that something happened, and the next pull is brought forward.

The pull is the truth: what the message says is not believed beyond its signature, so repeats, messages out of
order and lost ones do no harm. A message that names an order is kept, and that order is looked at by its id: some
channels' lists do not show every change.
"""

from collections.abc import Mapping

from django.db import connection as database
from django.utils.translation import gettext as _

from backoffice.core import inbox
from backoffice.core.errors import DomainError
from backoffice.core.holding import holding
from backoffice.core.inbox import Claimed, Failure, Finish, Message
from integrations.connectors.base import Connector
from integrations.connectors.registry import opened, secrets_owner
from integrations.errors import ChannelRejected, ChannelThrottled, ChannelUnavailable
from integrations.models import Connection, ConnectionStatus
from integrations.secrets import unseal
from integrations.selectors import connections_with_work
from integrations.services.connections import opened_or_parked
from integrations.services.pulling import STREAM, account_of, messages_of

TOPIC = "webhook"
LOOKS = 50  # orders looked at in a run
LEAST_GAP_S = 5  # a storm of messages reads the channel no more often than that


def receive_webhook(*, connection_id: int, headers: Mapping[str, str], body: bytes) -> bool:
    """Check the signature with any of the active secrets and make the pull due; whether it was brought forward.

    headers: lower-case names. The unsigned message by which a channel tries the address is answered, and changes
    nothing. Raises ChannelRejected, nothing written, for a connection without webhooks, for one that is not active,
    and for a signature that no secret explains. Statements: 2, and the inbox's for messages that name an order.
    """
    connection = Connection.objects.select_related("channel").filter(pk=connection_id).first()
    if connection is None or connection.status != ConnectionStatus.ACTIVE:
        raise ChannelRejected(_("There is no such webhook."))
    with opened(connection, to_talk=False) as connector:
        if not connector.capabilities.webhooks:
            raise ChannelRejected(_("There is no such webhook."))
        if connector.is_ping(headers, body):
            return False
        secrets = unseal(connection.webhook_secret, owner=secrets_owner(connection))
        if not any(connector.is_signed(headers, body, secret) for secret in secrets.values()):
            raise ChannelRejected(_("There is no such webhook."))
        events = [event for event in connector.webhook_events(headers, body) if event.external_id]
    if events:
        inbox.receive(
            [
                Message(account_of(connection_id), TOPIC, event.external_id[:200], body, version=event.key[:120])
                for event in events
            ]
        )
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE integrations_cursor SET due_at = clock_timestamp() + make_interval(secs => %s)"
            " WHERE connection_id = %s AND stream = %s"
            " AND due_at > clock_timestamp() + make_interval(secs => %s) AND failures = 0 RETURNING id",
            [LEAST_GAP_S, connection_id, STREAM, LEAST_GAP_S],
        )
        return cursor.fetchone() is not None


def connections_to_look() -> list[int]:
    """Active connections with messages that name orders to look at. Statements: 1."""
    return connections_with_work(TOPIC)


@holding()
def look_at_orders(*, connection_id: int) -> int:
    """Read the orders that webhooks named, each once however many messages name it; how many were read.

    Not inside a transaction.
    """
    connection = Connection.objects.select_related("channel").get(pk=connection_id)
    if connection.status != ConnectionStatus.ACTIVE:
        return 0
    claimed = inbox.claim_due(limit=LOOKS, account=account_of(connection_id), topic=TOPIC)
    by_order: dict[str, list[Claimed]] = {}
    for message in claimed:
        by_order.setdefault(message.external_id, []).append(message)
    read = 0
    with opened_or_parked(connection) as connector:
        for external_id, messages in by_order.items():
            if connector is None:
                inbox.fail([Failure(message, "parked", _("The login no longer works.")) for message in messages])
            else:
                read += _look(connector, connection_id, external_id, messages)
    return read


def _look(connector: Connector, connection_id: int, external_id: str, messages: list[Claimed]) -> int:
    try:
        order = connector.get_order(external_id)
    except ChannelThrottled as error:
        inbox.fail([Failure(message, error.code, error.detail) for message in messages], max_attempts=1000)
        return 0
    except DomainError as error:
        gone = not isinstance(error, ChannelUnavailable)
        inbox.fail([Failure(message, error.code, error.detail, permanent=gone) for message in messages])
        return 0
    inbox.receive(messages_of(connection_id, [order]))
    inbox.finish([Finish(message, result_type="core.inboxmessage") for message in messages])
    return 1
