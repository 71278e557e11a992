"""From the inbox to orders: each payload mapped, each batch placed in one transaction, the senseless kept apart.

A payload that cannot be mapped, or that orders refuse, is quarantined with its reason and the rest go on. Where
the database itself refuses a batch, each half is tried as a transaction of its own, down to the one at fault.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import DatabaseError, transaction
from django.db import connection as database
from django.utils.translation import gettext as _

from backoffice.core import inbox
from backoffice.core.actor import Actor
from backoffice.core.db import is_transient, retry_serialization
from backoffice.core.errors import DomainError
from backoffice.core.inbox import Claimed, Failure, Finish
from integrations.connectors.base import ChannelPayment, Connector, MappedOrder
from integrations.connectors.registry import opened
from integrations.models import Connection, RefundState
from integrations.services import quarantine
from integrations.services.changes import carry_change
from integrations.services.codes import with_skus
from integrations.services.pulling import TOPIC, account_of
from integrations.services.quarantine import UNKNOWN_SKU, Kept, row_key
from integrations.services.refunds import cancelled_by_refunds, missing, take_refund
from integrations.services.runs import DONE, FAILED, STOPPED, Progress, start_run
from orders import services as order_services
from orders.errors import ChannelInactive
from orders.inputs import OrderInput, PlaceResult
from orders.models import Order, OrderStatus
from orders.services import PaymentInput

BATCH = 250
MAX_BATCHES = 400
ACTOR = Actor.job("channels")
ORDER_TYPE = "orders.order"
REUSED = "external_id_reused"


@dataclass(slots=True)
class ImportResult:
    """How many messages ended how: placed, already, changed, held, ignored, cancelled, quarantined, retried."""

    counts: Counter[str] = field(default_factory=Counter)

    def __getitem__(self, outcome: str) -> int:
        return self.counts[outcome]


@dataclass(frozen=True, slots=True)
class _Item:
    """A claimed message and what it means."""

    claimed: Claimed
    mapped: MappedOrder
    order: OrderInput | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """An order that we have. differs: the channel shows it otherwise now; waits: it is in quarantine for more than this."""

    item: _Item
    order_id: int
    differs: bool
    waits: bool


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


def import_orders(*, connection_id: int, actor: Actor = ACTOR) -> ImportResult:
    """Work through a connection's due messages in batches of 250, each its own transaction.

    Not inside a transaction. Two workers at once take different messages.
    """
    connection = Connection.objects.select_related("channel").get(pk=connection_id)
    result = ImportResult()
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


def _claim(connection_id: int) -> list[Claimed]:
    return inbox.claim_due(limit=BATCH, account=account_of(connection_id), topic=TOPIC)


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
    newest = {c.external_id: c for c in sorted(claimed, key=lambda c: c.message_id)}
    overtaken = _overtaken(claimed)
    stale = [c for c in claimed if newest[c.external_id] is not c or c.message_id in overtaken]
    _ignore(stale, "superseded", _("A newer version came."), result)
    items = []
    for message in (c for c in newest.values() if c.message_id not in overtaken):
        try:
            items.append(_Item(message, connector.map_order(message.body)))
        except DomainError as error:
            _park(connection, message, error.code, error.detail, result)
        except Exception as error:  # noqa: BLE001  a mapping's bug stops one order, not the channel
            _park(connection, message, "mapping_failed", f"{type(error).__name__}: {error}", result)
    _ignore([i.claimed for i in items if i.mapped.state == "pending"], "pending", _("Not yet paid."), result)
    for item in items:
        if item.mapped.state == "ignored":
            _ignore([item.claimed], "ignored", item.mapped.reason, result)
    for item in items:
        if item.mapped.state == "cancelled":
            _cancel(connection, item, actor, result)
    chosen = [item for item in items if item.mapped.state == "open" and item.mapped.order is not None]
    early = _before_start(connection, chosen)
    _ignore([item.claimed for item in early], "before_start", _("Placed before the connection's first day."), result)
    chosen = [item for item in chosen if item not in early]
    orders = with_skus([item.mapped.order for item in chosen if item.mapped.order], channel_id=connection.channel_id)
    _place(
        connection,
        [_Item(item.claimed, item.mapped, order) for item, order in zip(chosen, orders, strict=True)],
        actor,
        result,
    )


def _before_start(connection: Connection, items: Sequence[_Item]) -> list[_Item]:
    """Those placed before the connection's first day, unless we have them. Statements: 1, or 0."""
    starts_at = connection.starts_at
    early = [item for item in items if starts_at and item.mapped.order and item.mapped.order.placed_at < starts_at]
    if not early:
        return []
    ids = [item.mapped.external_id for item in early]
    ours = set(
        Order.objects.filter(channel_id=connection.channel_id, external_id__in=ids).values_list(
            "external_id", flat=True
        )
    )
    return [item for item in early if item.mapped.external_id not in ours]


def _overtaken(claimed: Sequence[Claimed]) -> set[int]:
    """Messages of which a newer version has been dealt with already. Statements: 1."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT old.id FROM core_inboxmessage old WHERE old.id = ANY(%s) AND EXISTS ("
            " SELECT FROM core_inboxmessage new JOIN core_inboxwork w ON w.message_id = new.id"
            " WHERE (new.account, new.topic, new.external_id) = (old.account, old.topic, old.external_id)"
            " AND new.id > old.id AND w.status IN ('processed', 'ignored'))",
            [[c.message_id for c in claimed]],
        )
        return {id for (id,) in cursor.fetchall()}


def _ignore(messages: Sequence[Claimed], code: str, why: str, result: ImportResult) -> None:
    if messages:
        inbox.finish([Finish(message, status="ignored", error_code=code, error=why) for message in messages])
        result.counts["ignored"] += len(messages)


def _key(claimed: Claimed) -> str:
    return row_key(claimed.account, claimed.topic, claimed.external_id)


def _kept(claimed: Claimed, code: str, reason: str, order_id: int | None = None, value: Decimal = Decimal()) -> Kept:
    source = f"{claimed.account} {claimed.topic}"
    return Kept(_key(claimed), source, claimed.external_id, code, reason, claimed.message_id, order_id, value=value)


@transaction.atomic
def _park(connection: Connection, message: Claimed, code: str, reason: str, result: ImportResult) -> None:
    inbox.fail([Failure(message, code, reason, permanent=True)])
    quarantine.keep([_kept(message, code, reason)], channel_id=connection.channel_id, company_id=connection.company_id)
    result.counts["quarantined"] += 1


def _place(connection: Connection, items: Sequence[_Item], actor: Actor, result: ImportResult) -> None:
    """One transaction; where the database refuses it, each half again, down to the message at fault."""
    if not items:
        return
    later: list[_Known] = []
    try:
        counts = retry_serialization(lambda: _place_together(connection, items, actor, later))
    except DatabaseError as error:
        if is_transient(error):
            _later([item.claimed for item in items], "busy", str(error), result)
        else:
            _divide(connection, items, actor, result, "database_refused", str(error).strip())
    except ChannelInactive as error:
        _later([item.claimed for item in items], error.code, error.detail, result)
    except DomainError as error:
        _divide(connection, items, actor, result, error.code, error.detail)
    else:
        result.counts.update(counts)
        for known in later:
            _carry(connection, known, actor, result)


def _carry(connection: Connection, known: _Known, actor: Actor, result: ImportResult) -> None:
    """What the channel changed of an order that we have, then what it refunded; each in its own transaction.

    Begun again after a crash it does nothing twice: the first by comparing, the others by their ids.
    """
    claimed, refused = known.item.claimed, []
    changed = False
    try:
        if known.differs:
            cancelled = cancelled_by_refunds(connection.pk, known.order_id)
            with transaction.atomic():
                inbox.hold([claimed])
                changed = carry_change(known.order_id, _order(known.item), cancelled=cancelled, actor=actor)
    except inbox.LeaseLost:
        return
    except DomainError as error:
        refused.append((f"change_{error.code}", error.detail))
    for refund in missing(connection.pk, known.item.mapped.refunds):
        row = take_refund(connection, known.order_id, refund, actor=actor)
        changed = changed or row.state == RefundState.APPLIED
        if row.state == RefundState.REFUSED:
            refused.append((f"refund_{row.code}", row.detail))
    with transaction.atomic():
        inbox.finish([Finish(claimed, ORDER_TYPE, known.order_id)])
        if refused:
            code, detail = refused[0]
            kept = _kept(claimed, code, detail, known.order_id, _order(known.item).total or Decimal())
            quarantine.keep([kept], channel_id=connection.channel_id, company_id=connection.company_id)
        elif not known.waits:
            quarantine.resolve({_key(claimed): known.order_id}, channel_id=connection.channel_id)
    result.counts["quarantined" if refused else "changed" if changed else "already"] += 1


def _divide(
    connection: Connection, items: Sequence[_Item], actor: Actor, result: ImportResult, code: str, why: str
) -> None:
    """Each half again; the one at fault is kept apart."""
    if len(items) == 1:
        _park(connection, items[0].claimed, code, why, result)
        return
    middle = len(items) // 2
    _place(connection, items[:middle], actor, result)
    _place(connection, items[middle:], actor, result)


def _later(messages: Sequence[Claimed], code: str, why: str, result: ImportResult) -> None:
    inbox.fail([Failure(message, code, why) for message in messages])
    result.counts["retried"] += len(messages)


@transaction.atomic
def _place_together(connection: Connection, items: Sequence[_Item], actor: Actor, later: list[_Known]) -> Counter[str]:
    """later: filled with those that came before and differ now, or were refunded; they are not finished here.

    Statements: place_orders', those of payments where channels tell of some, 3 for the inbox, and up to 3 for the quarantine."""
    inbox.hold([item.claimed for item in items])
    later.clear()
    answers = order_services.place_orders(
        [_order(item) for item in items], channel_id=connection.channel_id, actor=actor
    )
    refused = _record_payments(connection, items, answers, actor)
    finished, failed, kept = [], [], []
    resolved: dict[str, int | None] = {}
    counts: Counter[str] = Counter()
    unknown = _held_for_mapping(answers)
    for item, answer in zip(items, answers, strict=True):
        differs = answer.code == REUSED and answer.order_id is not None
        if answer.order_id is not None and (differs or (answer.state != "refused" and item.mapped.refunds)):
            later.append(
                _Known(item, answer.order_id, differs, answer.order_id in unknown or answer.order_id in refused)
            )
            if answer.state == "placed":
                counts[_outcome(answer)] += 1
            if answer.order_id in unknown:
                kept.append(_unknown(item, answer.order_id))
            continue
        counts[_outcome(answer)] += 1
        if answer.state == "refused":
            failed.append(Failure(item.claimed, answer.code, answer.detail, permanent=True))
            kept.append(
                _kept(item.claimed, answer.code, answer.detail, answer.order_id, _order(item).total or Decimal())
            )
            continue
        finished.append(Finish(item.claimed, ORDER_TYPE, answer.order_id))
        if answer.order_id in refused:
            code, detail = refused[answer.order_id]
            kept.append(_kept(item.claimed, code, detail, answer.order_id, _order(item).total or Decimal()))
        elif answer.order_id in unknown:
            kept.append(_unknown(item, answer.order_id))
        else:
            resolved[_key(item.claimed)] = answer.order_id
    inbox.finish(finished)
    inbox.fail(failed)
    quarantine.keep(kept, channel_id=connection.channel_id, company_id=connection.company_id)
    quarantine.resolve(resolved, channel_id=connection.channel_id)
    return counts


def _unknown(item: _Item, order_id: int | None) -> Kept:
    reason = _("The order is kept and waits until its SKUs are mapped.")
    return _kept(item.claimed, UNKNOWN_SKU, reason, order_id, _order(item).total or Decimal())


def _record_payments(
    connection: Connection, items: Sequence[_Item], answers: Sequence[PlaceResult], actor: Actor
) -> dict[int | None, tuple[str, str]]:
    """Record what channels say was paid, each payment once however often its order comes; (code, why not) by order.

    Statements: 0 without payments; else those of record_reported, also where some are refused.
    """
    wanted = [
        _payment(answer.order_id, given)
        for item, answer in zip(items, answers, strict=True)
        if answer.order_id is not None and (answer.state != "refused" or answer.code == REUSED)
        for given in item.mapped.payments
    ]
    if not wanted:
        return {}
    refused: dict[int | None, tuple[str, str]] = {}
    for result in order_services.record_reported(wanted, company_id=connection.company_id, actor=actor):
        if result.state == "refused":
            refused.setdefault(result.order_id, (f"payment_{result.code}", result.detail))
    return refused


def _payment(order_id: int, given: ChannelPayment) -> PaymentInput:
    return PaymentInput(
        order_id,
        given.method,
        given.amount,
        given.external_id,
        given.paid_at,
        capture=given.captured,
        reference=given.reference or given.external_id,
    )


def _order(item: _Item) -> OrderInput:
    assert item.order is not None
    return item.order


def _outcome(answer: PlaceResult) -> str:
    if answer.state == "refused":
        return "quarantined"
    return "held" if answer.held else answer.state


def _held_for_mapping(answers: Sequence[PlaceResult]) -> set[int | None]:
    """Orders with a line whose SKU is unknown. Statements: 1 if any is held."""
    held = [answer.order_id for answer in answers if answer.order_id and (answer.held or answer.state == "already")]
    if not held:
        return set()
    return set(Order.objects.filter(pk__in=held, lines__sku__isnull=True).values_list("pk", flat=True))


def _cancel(connection: Connection, item: _Item, actor: Actor, result: ImportResult) -> None:
    """The channel cancelled: so do we; what a warehouse works on is asked of it, and does not leave until it answers."""
    try:
        with transaction.atomic():
            inbox.hold([item.claimed])
            order = Order.objects.filter(channel_id=connection.channel_id, external_id=item.mapped.external_id).first()
            if order is not None and order.status != OrderStatus.CANCELLED:
                order_services.cancel_order(
                    order.pk,
                    company_id=connection.company_id,
                    actor=actor,
                    reason=_("Cancelled at the channel."),
                    ask=True,
                )
            finish = (
                Finish(item.claimed, ORDER_TYPE, order.pk)
                if order
                else Finish(
                    item.claimed, status="ignored", error_code="cancelled", error=_("Cancelled before we had it.")
                )
            )
            inbox.finish([finish])
            quarantine.resolve({_key(item.claimed): order.pk if order else None}, channel_id=connection.channel_id)
            result.counts["cancelled" if order else "ignored"] += 1
    except DomainError as error:
        _park(connection, item.claimed, f"cancel_{error.code}", error.detail, result)
