"""Webhooks that a channel switched off because it could not deliver them: looked for now and then, and switched on again.

Nothing is lost meanwhile, for the poll works alone; but orders would come minutes late from then on.
"""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.errors import DomainError
from backoffice.core.holding import holding
from integrations.connectors.registry import CONNECTORS
from integrations.errors import ChannelThrottled, ChannelUnauthorised
from integrations.models import Connection, ConnectionStatus
from integrations.services.alarms import clear_alarm, raise_alarm
from integrations.services.connections import opened_or_parked, park
from integrations.services.leases import lease_s
from integrations.services.runs import DONE, FAILED, WAITING, start_run
from integrations.services.streams import claim_stream, release_stream

STREAM, EVERY_S = "webhooks", 900
KIND, TYPE = "channel_webhooks_off", "integrations.connection"


def connections_to_keep_hooked() -> list[int]:
    """Active connections with webhooks that their channel may have switched off, and whose turn it is. Statements: 1."""
    able = [code for code, kind in CONNECTORS.items() if kind.capabilities.switches_off]
    hooked = Connection.objects.filter(
        status=ConnectionStatus.ACTIVE, connector__in=able, webhook_secret__isnull=False
    ).extra(
        where=[
            "NOT EXISTS (SELECT FROM integrations_cursor k WHERE k.connection_id = integrations_connection.id"
            " AND k.stream = 'webhooks' AND (k.due_at > clock_timestamp() OR k.lease_until > clock_timestamp()))"
        ]
    )
    return list(hooked.order_by("pk").values_list("pk", flat=True))


@holding()
def keep_hooked(*, connection_id: int, force: bool = False) -> Sequence[str] | None:
    """Switch our webhooks on again that the channel switched off; what they tell of. None where it is not due.

    An alarm is open from then on until all are found at work. Not inside a transaction.
    """
    connection = Connection.objects.select_related("channel").get(pk=connection_id)
    if connection.status != ConnectionStatus.ACTIVE or not CONNECTORS[connection.connector].capabilities.switches_off:
        return None
    lease = claim_stream(connection_id, STREAM, every_s=EVERY_S, lease_s=lease_s(), force=force)
    if lease is None:
        return None
    found: Sequence[str] = ()
    wait = None
    with opened_or_parked(connection) as connector:
        if connector is None:
            return None
        try:
            found = connector.switch_on_webhooks(f"/api/v1/webhooks/{connection_id}/")
            _tell(connection, found)
        except DomainError as error:
            if isinstance(error, ChannelUnauthorised):
                park(connection, reason=error.detail)
            wait = error.retry_after_s if isinstance(error, ChannelThrottled) else None
            run = start_run(connection=connection, job="keep_hooked")
            run.end(WAITING if isinstance(error, ChannelThrottled) else FAILED, error.detail)
    if found:
        start_run(connection=connection, job="keep_hooked").end(DONE, ", ".join(found))
    release_stream(connection_id, STREAM, lease, wait_s=wait)
    return found


@transaction.atomic
def _tell(connection: Connection, found: Sequence[str]) -> None:
    if not found:
        clear_alarm(kind=KIND, object_type=TYPE, object_id=connection.pk)
        return
    said = _(
        "%(channel)s had switched off its messages (%(topics)s) after some that did not arrive; they are on again. See that"
        " it reaches this server."
    ) % {"channel": connection.channel.name, "topics": ", ".join(found)[:200]}
    raise_alarm(kind=KIND, object_type=TYPE, object_id=connection.pk, company_id=connection.company_id, text=said)
