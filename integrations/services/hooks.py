"""Webhooks: a channel says that something happened, and the next pull is brought forward.

The pull is the truth: what the message says is not believed beyond its signature, so repeats, messages out of
order and lost ones do no harm.
"""

from collections.abc import Mapping

from django.db import connection as database
from django.utils.translation import gettext as _

from integrations.connectors.registry import opened, secrets_owner
from integrations.errors import ChannelRejected
from integrations.models import Connection, ConnectionStatus
from integrations.secrets import unseal
from integrations.services.pulling import STREAM

LEAST_GAP_S = 5  # a storm of messages reads the channel no more often than that


def receive_webhook(*, connection_id: int, headers: Mapping[str, str], body: bytes) -> bool:
    """Check the signature with any of the active secrets and make the pull due; whether it was brought forward.

    headers: lower-case names. Raises ChannelRejected, nothing written, for a connection without webhooks, for
    one that is not active, and for a signature that no secret explains. Statements: 2.
    """
    connection = Connection.objects.select_related("channel").filter(pk=connection_id).first()
    if connection is None or connection.status != ConnectionStatus.ACTIVE:
        raise ChannelRejected(_("There is no such webhook."))
    secrets = unseal(connection.webhook_secret, owner=secrets_owner(connection))
    with opened(connection) as connector:
        if not connector.capabilities.webhooks or not any(
            connector.is_signed(headers, body, secret) for secret in secrets.values()
        ):
            raise ChannelRejected(_("There is no such webhook."))
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE integrations_cursor SET due_at = clock_timestamp() + make_interval(secs => %s)"
            " WHERE connection_id = %s AND stream = %s"
            " AND due_at > clock_timestamp() + make_interval(secs => %s) AND failures = 0 RETURNING id",
            [LEAST_GAP_S, connection_id, STREAM, LEAST_GAP_S],
        )
        return cursor.fetchone() is not None
