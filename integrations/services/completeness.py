"""Counting by id: does each order that the channel made in the last days stand in our inbox? What lacks is fetched."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.core import inbox
from backoffice.core.errors import DomainError
from backoffice.core.models import InboxMessage
from integrations.connectors.base import Connector, Window
from integrations.connectors.registry import opened
from integrations.errors import ChannelUnavailable
from integrations.models import CompletenessCheck, Connection, ConnectionStatus
from integrations.services.alarms import clear_alarm, raise_alarm
from integrations.services.pulling import TOPIC, account_of, messages_of
from integrations.services.runs import DONE, FAILED, start_run
from orders.models import Order, OrderStatus

DAYS = 3
FETCH_AT_MOST = 500
KIND, TYPE = "orders_missing", "integrations.connection"
OPEN = (OrderStatus.PLACED, OrderStatus.RELEASED, OrderStatus.PARTLY_SHIPPED)


def count_orders(*, connection_id: int, days: int = DAYS) -> list[CompletenessCheck]:
    """Count the orders of the last whole days (UTC, by the channel's clock), and fetch those that we lack.

    An alarm is open while some could not be fetched. Not inside a transaction.
    """
    connection = Connection.objects.select_related("channel").get(pk=connection_id)
    if connection.status != ConnectionStatus.ACTIVE:
        return []
    run = start_run(connection=connection, job="count_orders")
    found: list[CompletenessCheck] = []
    try:
        with opened(connection) as connector:
            if not connector.capabilities.counts:
                run.end(DONE)
                return []
            now = connector.server_time() - connector.capabilities.lag
            midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
            for back in range(days, 0, -1):
                begin = midnight - timedelta(days=back)
                if connection.starts_at and begin < connection.starts_at:
                    continue
                found.append(_count_day(connection, connector, begin))
                run.report(done=found[-1].there, failed=found[-1].missing - found[-1].fetched)
            _reread_open(connection, connector)
    except DomainError as error:
        run.end(FAILED, error.detail)
        return found
    run.end(DONE)
    _tell(connection, found)
    return found


def _count_day(connection: Connection, connector: Connector, begin: datetime) -> CompletenessCheck:
    window = Window(begin, begin + timedelta(days=1))
    ids = sorted({id for page in connector.order_ids(window) for id in page})
    account = account_of(connection.pk)
    known = set(
        InboxMessage.objects.filter(account=account, topic=TOPIC, external_id__in=ids).values_list(
            "external_id", flat=True
        )
    )
    missing = [id for id in ids if id not in known]
    fetched = _fetch(connection, connector, missing[:FETCH_AT_MOST])
    row, _made = CompletenessCheck.objects.update_or_create(
        connection=connection,
        day=begin.date(),
        defaults={
            "company_id": connection.company_id, "there": len(ids), "missing": len(missing), "fetched": fetched,
            "missing_ids": missing[:100], "checked_at": timezone.now(),
        },
    )  # fmt: skip
    return row


def _fetch(connection: Connection, connector: Connector, ids: Sequence[str]) -> int:
    """How many could be read. A throttle or an outage leaves the rest to the next count."""
    fetched = 0
    for id in ids:
        try:
            order = connector.get_order(id)
        except ChannelUnavailable:
            return fetched
        except DomainError:
            continue
        inbox.receive(messages_of(connection.pk, [order]))
        fetched += 1
    return fetched


def _reread_open(connection: Connection, connector: Connector) -> None:
    """Channels whose changes move no cursor: every order that is open here is looked at again."""
    if connector.capabilities.rereads:
        ids = Order.objects.filter(channel=connection.channel, status__in=OPEN).order_by("-pk")
        _fetch(connection, connector, list(ids.values_list("external_id", flat=True)[:FETCH_AT_MOST]))


def _tell(connection: Connection, found: Sequence[CompletenessCheck]) -> None:
    lacking = sum(row.missing - row.fetched for row in found)
    if lacking:
        raise_alarm(
            kind=KIND, object_type=TYPE, object_id=connection.pk, company_id=connection.company_id,
            text=_("%(name)s has %(count)s orders that are not here and could not be read.")
            % {"name": connection, "count": lacking},
        )  # fmt: skip
    else:
        clear_alarm(kind=KIND, object_type=TYPE, object_id=connection.pk)
