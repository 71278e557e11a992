"""A connection's due messages, worked through in batches."""

from collections.abc import Sequence

from django.db import connection as database
from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core import inbox
from backoffice.core.actor import Actor
from backoffice.core.errors import DomainError
from backoffice.core.holding import holding
from backoffice.core.inbox import Claimed
from backoffice.core.time_limit import time_limit
from integrations.connectors.base import Connector
from integrations.connectors.registry import opened
from integrations.models import Connection
from integrations.services import quarantine
from integrations.services.codes import with_skus
from integrations.services.leases import lease_s
from integrations.services.order_imports.carrying import cancel
from integrations.services.order_imports.items import ACTOR, ImportResult, Item, before_start, ignore, park, to_keep
from integrations.services.order_imports.placing import place
from integrations.services.order_imports.versions import newest_of, overtaken
from integrations.services.pulling import TOPIC, account_of
from integrations.services.runs import DONE, FAILED, STOPPED, Progress, start_run

BATCH, FEW = 250, 16
MAX_BATCHES = 400
MAPPING_S = 3.0  # milliseconds are usual; the others of the batch wait so long for what hangs


def connections_to_import() -> list[int]:
    """Connections with messages that are due. Statements: 1."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT c.id FROM core_inboxwork w JOIN core_inboxmessage m ON m.id = w.message_id"
            " JOIN integrations_connection c ON m.account = 'connection:' || c.id"
            " WHERE m.topic = %s AND ((w.status IN ('received', 'failed') AND w.due_at <= clock_timestamp())"
            "  OR (w.status = 'processing' AND w.lease_until < clock_timestamp()))",
            [TOPIC],
        )
        return [id for (id,) in cursor.fetchall()]


@holding()
def import_orders(*, connection_id: int, actor: Actor = ACTOR) -> ImportResult:
    """Work through a connection's due messages in batches of 250, each its own transaction.

    Not inside a transaction. Two workers at once take different messages.
    """
    connection = Connection.objects.select_related("channel").get(pk=connection_id)
    result = ImportResult()
    _keep_lost(connection)
    claimed = _claim(connection_id)
    if not claimed:
        return result
    run = start_run(connection=connection, job="import_orders")
    try:
        status = _import_all(connection, claimed, actor, result, run)
    except BaseException as error:
        run.end(FAILED, f"{type(error).__name__}: {error}")
        raise
    run.end(status, ", ".join(f"{outcome} {count}" for outcome, count in sorted(result.counts.items())))
    return result


@transaction.atomic
def _keep_lost(connection: Connection) -> None:
    """What killed every worker that tried it is shown to a person. Statements: 1, 1 more if there is any."""
    lost = inbox.give_up_lost(account=account_of(connection.pk), topic=TOPIC)
    why = _("Every worker that tried it ended: look at the payload.")
    kept = [to_keep(message, "worker_lost", why) for message in lost]
    quarantine.keep(kept, channel_id=connection.channel_id, company_id=connection.company_id)


def _claim(connection_id: int) -> list[Claimed]:
    """A batch; what was in a worker's hand that died comes a few at a time, and after a second death one by one, so that
    a message that kills its worker takes no others with it.
    """
    for limit, lost, most_tries in ((BATCH, False, None), (FEW, True, 1), (1, True, None)):
        found = inbox.claim_due(
            limit=limit,
            lease_s=lease_s(),
            account=account_of(connection_id),
            topic=TOPIC,
            lost=lost,
            most_tries=most_tries,
        )
        if found:
            return found
    return []


def _import_all(
    connection: Connection, claimed: list[Claimed], actor: Actor, result: ImportResult, run: Progress
) -> str:
    """Batch after batch; the run's status at the end."""
    with opened(connection, to_talk=False) as connector:
        for _batch in range(MAX_BATCHES):
            bad = result["quarantined"] + result["retried"]
            _import_batch(connection, connector, claimed, actor, result)
            bad = result["quarantined"] + result["retried"] - bad
            if not run.report(done=len(claimed) - bad, failed=bad):
                return STOPPED
            if not (claimed := _claim(connection.pk)):
                break
    return DONE


def _import_batch(
    connection: Connection, connector: Connector, claimed: Sequence[Claimed], actor: Actor, result: ImportResult
) -> None:
    newest, late = newest_of(claimed), overtaken(claimed)
    stale = [c for c in claimed if newest[c.external_id] is not c or c.message_id in late]
    ignore(stale, "superseded", _("A newer version came."), result)
    items = []
    for message in (c for c in newest.values() if c.message_id not in late):
        try:
            with time_limit(MAPPING_S):
                items.append(Item(message, connector.map_order(message.body)))
        except DomainError as error:
            park(connection, message, error.code, error.detail, result)
        except Exception as error:  # noqa: BLE001  a mapping's bug stops one order, not the channel
            park(connection, message, "mapping_failed", f"{type(error).__name__}: {error}", result)
    ignore([i.claimed for i in items if i.mapped.state == "pending"], "pending", _("Not yet paid."), result)
    for item in items:
        if item.mapped.state == "ignored":
            ignore([item.claimed], "ignored", item.mapped.reason, result)
    for item in items:
        if item.mapped.state == "cancelled":
            cancel(connection, item, actor, result)
    chosen = [item for item in items if item.mapped.state == "open" and item.mapped.order is not None]
    early = before_start(connection, chosen)
    ignore([item.claimed for item in early], "before_start", _("Placed before the connection's first day."), result)
    chosen = [item for item in chosen if item not in early]
    orders = with_skus([item.mapped.order for item in chosen if item.mapped.order], channel_id=connection.channel_id)
    place(
        connection,
        [Item(item.claimed, item.mapped, order) for item, order in zip(chosen, orders, strict=True)],
        actor,
        result,
    )
