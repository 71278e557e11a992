"""What a channel changed, refunded or cancelled of an order that we have."""

from collections.abc import Callable
from decimal import Decimal

from django.db import OperationalError, transaction
from django.utils.translation import gettext as _

from backoffice.core import inbox
from backoffice.core.actor import Actor
from backoffice.core.db import is_transient, retry_serialization
from backoffice.core.errors import DomainError
from backoffice.core.inbox import Claimed, Finish
from integrations.models import Connection, RefundState
from integrations.services import quarantine
from integrations.services.changes import ENDED, carry_change
from integrations.services.line_matching import LinesUnclear
from integrations.services.order_imports.items import (
    ORDER_TYPE,
    ImportResult,
    Item,
    Known,
    key_of,
    order_of,
    park,
    to_keep,
    try_later,
)
from integrations.services.order_imports.versions import leave_overtaken
from integrations.services.refunds import cancelled_by_refunds, missing, take_refund
from orders import services as order_services
from orders.models import Hold, Order, OrderStatus


def carry(connection: Connection, known: Known, actor: Actor, result: ImportResult) -> None:
    """What the channel changed of an order that we have, then what it refunded; each in its own transaction.

    Begun again after a crash or a deadlock it does nothing twice: the first by comparing, the others by their ids.
    """
    _or_later(known.item.claimed, lambda: _carry(connection, known, actor, result), result)


def _or_later(message: Claimed, work: Callable[[], None], result: ImportResult) -> None:
    """Again where the database gave way to another transaction; where it goes on doing so, at a later run."""
    try:
        retry_serialization(work)
    except OperationalError as error:
        if not is_transient(error):
            raise
        try_later([message], "busy", str(error), result)


def _carry(connection: Connection, known: Known, actor: Actor, result: ImportResult) -> None:
    claimed, refused = known.item.claimed, []
    changed = False
    try:
        if known.differs:
            cancelled = cancelled_by_refunds(connection.pk, known.order_id)
            with transaction.atomic():
                inbox.hold([claimed])
                if not leave_overtaken([known.item], result.counts):
                    return
                changed = carry_change(known.order_id, order_of(known.item), cancelled=cancelled, actor=actor)
    except inbox.LeaseLost:
        return
    except LinesUnclear as error:
        _hold_unclear(connection, known.order_id, error.detail, actor)
        refused.append((error.code, error.detail))
    except DomainError as error:
        refused.append((f"change_{error.code}", error.detail))
    for refund in missing(connection.pk, known.item.mapped.refunds):
        row = take_refund(connection, known.order_id, refund, actor=actor)
        changed = changed or row.state == RefundState.APPLIED
        if row.state == RefundState.REFUSED:
            refused.append((f"refund_{row.code}", row.detail))
    if known.item.mapped.asked:
        _hold_asked(connection, known.order_id, known.item.mapped.asked, actor)
    try:
        _finish(connection, known, refused)
    except inbox.LeaseLost:
        return
    result.counts["quarantined" if refused else "changed" if changed else "already"] += 1


@transaction.atomic
def _hold_unclear(connection: Connection, order_id: int, reason: str, actor: Actor) -> None:
    """What is not known to be what the channel sold does not leave until a person has looked."""
    if Order.objects.filter(pk=order_id).exclude(status__in=ENDED).exists():
        order_services.place_hold(order_id, company_id=connection.company_id, kind="manual", reason=reason, actor=actor)


@transaction.atomic
def _hold_asked(connection: Connection, order_id: int, reason: str, actor: Actor) -> None:
    """Once: whoever lets it go has answered."""
    told = Hold.objects.filter(order_id=order_id, reason=reason[:300]).exists()
    if not told and Order.objects.filter(pk=order_id).exclude(status__in=ENDED).exists():
        order_services.place_hold(order_id, company_id=connection.company_id, kind="manual", reason=reason, actor=actor)


@transaction.atomic
def _finish(connection: Connection, known: Known, refused: list[tuple[str, str]]) -> None:
    claimed = known.item.claimed
    inbox.finish([Finish(claimed, ORDER_TYPE, known.order_id)])
    if refused:
        code, detail = refused[0]
        kept = to_keep(claimed, code, detail, known.order_id, order_of(known.item).total or Decimal())
        quarantine.keep([kept], channel_id=connection.channel_id, company_id=connection.company_id)
    elif not known.waits:
        quarantine.resolve({key_of(claimed): known.order_id}, channel_id=connection.channel_id)


def cancel(connection: Connection, item: Item, actor: Actor, result: ImportResult) -> None:
    """The channel cancelled: so do we; what a warehouse works on is asked of it, and does not leave until it answers."""
    _or_later(item.claimed, lambda: _cancel(connection, item, actor, result), result)


def _cancel(connection: Connection, item: Item, actor: Actor, result: ImportResult) -> None:
    try:
        with transaction.atomic():
            inbox.hold([item.claimed])
            if not leave_overtaken([item], result.counts):
                return
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
            quarantine.resolve({key_of(item.claimed): order.pk if order else None}, channel_id=connection.channel_id)
            result.counts["cancelled" if order else "ignored"] += 1
    except inbox.LeaseLost:
        return
    except DomainError as error:
        park(connection, item.claimed, f"cancel_{error.code}", error.detail, result)
