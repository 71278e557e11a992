"""Orders of a batch placed together, and those that we had told apart."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from backoffice.core import inbox
from backoffice.core.actor import Actor
from backoffice.core.db import is_transient, retry_serialization
from backoffice.core.errors import DomainError
from backoffice.core.inbox import Failure, Finish
from integrations.models import Connection
from integrations.services import quarantine
from integrations.services.order_imports.carrying import carry
from integrations.services.order_imports.items import (
    ACTOR,
    ORDER_TYPE,
    REUSED,
    ImportResult,
    Item,
    Known,
    key_of,
    order_of,
    outcome_of,
    park,
    to_keep,
    try_later,
)
from integrations.services.order_imports.payments import record_payments
from integrations.services.order_imports.versions import leave_overtaken
from integrations.services.quarantine import UNKNOWN_SKU, Kept
from orders import services as order_services
from orders.errors import ChannelInactive
from orders.inputs import PlaceResult
from orders.models import Order, OrderRevision


def place(connection: Connection, items: Sequence[Item], actor: Actor, result: ImportResult) -> None:
    """One transaction; where the database refuses it, each half again, down to the message at fault."""
    if not items:
        return
    later: list[Known] = []
    try:
        counts = retry_serialization(lambda: _place_together(connection, items, actor, later))
    except DatabaseError as error:
        if is_transient(error):
            try_later([item.claimed for item in items], "busy", str(error), result)
        else:
            _divide(connection, items, actor, result, "database_refused", str(error).strip())
    except inbox.LeaseLost:
        if len(items) > 1:  # what another worker has taken over is its own; the rest goes on
            _halves(connection, items, actor, result)
    except ChannelInactive as error:
        try_later([item.claimed for item in items], error.code, error.detail, result)
    except DomainError as error:
        _divide(connection, items, actor, result, error.code, error.detail)
    else:
        result.counts.update(counts)
        for known in later:
            carry(connection, known, actor, result)


def _divide(
    connection: Connection, items: Sequence[Item], actor: Actor, result: ImportResult, code: str, why: str
) -> None:
    """Each half again; the one at fault is kept apart."""
    if len(items) == 1:
        park(connection, items[0].claimed, code, why, result)
        return
    _halves(connection, items, actor, result)


def _halves(connection: Connection, items: Sequence[Item], actor: Actor, result: ImportResult) -> None:
    middle = len(items) // 2
    place(connection, items[:middle], actor, result)
    place(connection, items[middle:], actor, result)


@transaction.atomic
def _place_together(connection: Connection, items: Sequence[Item], actor: Actor, later: list[Known]) -> Counter[str]:
    """later: filled with those that came before and differ now, were refunded, or whose buyer asks for something; they are not finished here.

    Statements: place_orders', those of payments where channels tell of some, 4 for the inbox, up to 3 for the quarantine,
    1 where orders are told again."""
    inbox.hold([item.claimed for item in items])
    later.clear()
    counts: Counter[str] = Counter()
    items = leave_overtaken(items, counts)
    if not items:
        return counts
    answers = order_services.place_orders(
        [order_of(item) for item in items], channel_id=connection.channel_id, actor=actor
    )
    refused = record_payments(connection, items, answers, actor)
    finished, failed, kept = [], [], []
    resolved: dict[str, int | None] = {}
    unknown = _held_for_mapping(answers)
    gone_on = _changed_by_channel(answers, actor)
    for item, answer in zip(items, answers, strict=True):
        differs = answer.order_id is not None and (answer.code == REUSED or answer.order_id in gone_on)
        if answer.order_id is not None and (
            differs or (answer.state != "refused" and (item.mapped.refunds or item.mapped.asked))
        ):
            later.append(
                Known(item, answer.order_id, differs, answer.order_id in unknown or answer.order_id in refused)
            )
            if answer.state == "placed":
                counts[outcome_of(answer)] += 1
            if answer.order_id in unknown:
                kept.append(_unknown(item, answer.order_id))
            continue
        counts[outcome_of(answer)] += 1
        if answer.state == "refused":
            failed.append(Failure(item.claimed, answer.code, answer.detail, permanent=True))
            kept.append(
                to_keep(item.claimed, answer.code, answer.detail, answer.order_id, order_of(item).total or Decimal())
            )
            continue
        finished.append(Finish(item.claimed, ORDER_TYPE, answer.order_id))
        if answer.order_id in refused:
            code, detail = refused[answer.order_id]
            kept.append(to_keep(item.claimed, code, detail, answer.order_id, order_of(item).total or Decimal()))
        elif answer.order_id in unknown:
            kept.append(_unknown(item, answer.order_id))
        else:
            resolved[key_of(item.claimed)] = answer.order_id
    inbox.finish(finished)
    inbox.fail(failed)
    quarantine.keep(kept, channel_id=connection.channel_id, company_id=connection.company_id)
    quarantine.resolve(resolved, channel_id=connection.channel_id)
    return counts


def _changed_by_channel(answers: Sequence[PlaceResult], actor: Actor) -> set[int]:
    """Orders that are told as they were first, but were changed by the channel since: it has changed its mind back.

    What people changed here last is left as it is. Statements: 1 if any is told again.
    """
    again = [answer.order_id for answer in answers if answer.state == "already" and answer.order_id]
    if not again:
        return set()
    newest = OrderRevision.objects.filter(order__in=again).order_by("order", "-version").distinct("order")
    return {pk for pk, made_by in newest.values_list("order_id", "made_by") if made_by in (ACTOR.label, actor.label)}


def _unknown(item: Item, order_id: int | None) -> Kept:
    reason = _("The order is kept and waits until its SKUs are mapped.")
    return to_keep(item.claimed, UNKNOWN_SKU, reason, order_id, order_of(item).total or Decimal())


def _held_for_mapping(answers: Sequence[PlaceResult]) -> set[int | None]:
    """Orders with a line whose SKU is unknown. Statements: 1 if any is held."""
    held = [answer.order_id for answer in answers if answer.order_id and (answer.held or answer.state == "already")]
    if not held:
        return set()
    return set(Order.objects.filter(pk__in=held, lines__sku__isnull=True).values_list("pk", flat=True))
