"""Cancelling what a warehouse works on: the request, and what its answer does to the order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.core import outbox
from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.states import check_transition
from inventory.services import Release, reduce_demands, release
from orders import states
from orders.errors import NotFound, NothingToCancel, NotReady
from orders.models import (
    CancelRequest,
    CancelRequestStatus,
    Fulfilment,
    FulfilmentStatus,
    Order,
    OrderLine,
    OrderStatus,
)
from orders.services.changing import change_status
from orders.services.locking import lock_fulfilments

ZERO = Decimal(0)
OPEN = CancelRequestStatus.OPEN


@dataclass(frozen=True, slots=True)
class Ask:
    """A quantity that a warehouse works on, to be cancelled if it agrees."""

    line_id: int
    fulfilment_id: int
    fulfilment_line_id: int
    quantity: Decimal


# What of each line a warehouse has begun, newest first, less what it is asked to give up already.
_BEGUN = """
SELECT l.id, f.id, fl.id, fl.quantity - fl.shipped - coalesce((
    SELECT sum(r.quantity) FROM orders_cancelrequest r WHERE r.fulfilment_line_id = fl.id AND r.status = 'open'), 0),
    coalesce((SELECT sum(r.quantity) FROM orders_cancelrequest r
        WHERE r.fulfilment_line_id = fl.id AND r.status = 'open'), 0)
FROM orders_orderline l
JOIN orders_fulfilmentline fl ON fl.order_line_id = l.id
JOIN orders_fulfilment f ON f.id = fl.fulfilment_id
    AND f.status IN ('in_wave', 'picking', 'picked', 'packing', 'packed')
WHERE l.id = ANY(%s) AND l.demand_id IS NOT NULL AND fl.quantity > fl.shipped ORDER BY l.id, fl.id DESC
"""


def split_wanted(
    wanted: Mapping[int, Decimal], present: Mapping[int, OrderLine], *, whole: bool
) -> tuple[dict[int, Decimal], list[Ask]]:
    """Part what is to be cancelled of locked orders' lines: what nobody works on, and what has to be asked.

    whole: all that is open, so what is asked for already is left out; else more than is left is refused.

    Raises NothingToCancel. Statements: 1.
    """
    begun: dict[int, list[tuple[int, int, Decimal, Decimal]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_BEGUN, [list(wanted)])
        for line_id, *work in cursor.fetchall():
            begun.setdefault(line_id, []).append(tuple(work))
    now: dict[int, Decimal] = {}
    asks: list[Ask] = []
    for line_id, quantity in wanted.items():
        line, work = present[line_id], begun.get(line_id, [])
        free = line.open_quantity - sum((part[2] + part[3] for part in work), ZERO)
        if direct := min(quantity, max(free, ZERO)):
            now[line_id] = direct
        missing = quantity - direct
        for fulfilment_id, fulfilment_line_id, unasked, _asked in work:
            if part := min(missing, max(unasked, ZERO)):
                asks.append(Ask(line_id, fulfilment_id, fulfilment_line_id, part))
                missing -= part
        if missing and not whole:
            raise NothingToCancel(
                _("Of line %(line)s only %(open)s can be cancelled: the warehouse is asked for the rest already.")
                % {"line": line.position, "open": f"{(quantity - missing).normalize():f}"},
                line_id=line_id,
            )
    return now, asks


def ask_warehouse(
    asks: Sequence[Ask], order: Order, *, company_id: int, actor: Actor, reason: str
) -> list[CancelRequest]:
    """Open the requests of a locked order. Topic published: CancelRequested. Statements: 3, or 0 without asks."""
    if not asks:
        return []
    made = CancelRequest.objects.bulk_create(
        CancelRequest(
            company_id=company_id,
            order=order,
            order_line_id=ask.line_id,
            fulfilment_id=ask.fulfilment_id,
            fulfilment_line_id=ask.fulfilment_line_id,
            quantity=ask.quantity,
            reason=reason[:300],
            requested_by=actor.label,
        )
        for ask in asks
    )
    record(
        [
            Change(
                "orders.order",
                order.pk,
                "cancel_requested",
                field=f"FO-{item.fulfilment_id:06d}",
                new=f"{item.quantity.normalize():f}",
                reason=reason,
                company_id=company_id,
            )
            for item in made
        ],
        actor=actor,
    )
    outbox.publish(
        [
            outbox.Event(
                "CancelRequested",
                f"fulfilment:{item.fulfilment_id}",
                {"cancel_request_id": item.pk, "order_id": order.pk, "fulfilment_id": item.fulfilment_id},
                company_id,
            )
            for item in made
        ]
    )
    return made


@dataclass(frozen=True, slots=True)
class Asked:
    """An open request as the warehouse finds it, its order and fulfilment locked."""

    request_id: int
    order_id: int
    order_line_id: int
    fulfilment_id: int
    fulfilment_line_id: int
    fulfilment_status: str
    allocation_id: int
    demand_id: int
    quantity: Decimal


_ASKED = """
SELECT r.id, r.order_id, r.order_line_id, r.fulfilment_id, r.fulfilment_line_id, f.status, fl.allocation_id,
    l.demand_id, r.quantity, r.status
FROM orders_cancelrequest r
JOIN orders_fulfilment f ON f.id = r.fulfilment_id
JOIN orders_fulfilmentline fl ON fl.id = r.fulfilment_line_id
JOIN orders_orderline l ON l.id = r.order_line_id
WHERE r.company_id = %s AND r.id = ANY(%s) ORDER BY r.id
"""


def begin_answers(request_ids: Sequence[int], *, company_id: int) -> list[Asked]:
    """Lock the orders and fulfilments of open requests, and what shares their parcels, before any stock is locked.

    Statements: 4. The warehouse holds its own work's locks. Raises NotFound, NotReady (answered already).
    """
    fulfilments = dict(
        CancelRequest.objects.filter(company_id=company_id, pk__in=request_ids).values_list("pk", "fulfilment_id")
    )
    for request_id in request_ids:
        if request_id not in fulfilments:
            raise NotFound(_("There is no cancel request %(id)s in this company.") % {"id": request_id})
    mates = Fulfilment.objects.filter(merge_group__fulfilments__in=fulfilments.values()).values_list("pk", flat=True)
    lock_fulfilments([*fulfilments.values(), *mates], company_id=company_id)
    with connection.cursor() as cursor:
        cursor.execute(_ASKED, [company_id, list(request_ids)])
        rows = cursor.fetchall()
    for request_id, *_rest, status in rows:
        if status != OPEN:
            raise NotReady(
                _("Cancel request CR-%(id)06d is answered already.") % {"id": request_id}, request_id=request_id
            )
    return [Asked(*row[:9]) for row in rows]


# Lines and fulfilment lines fall by what was given up; what was put back is not picked any more.
_GIVE_UP = """
WITH work AS (
    UPDATE orders_fulfilmentline fl SET quantity = fl.quantity - n.quantity, picked = fl.picked - n.put_back
    FROM (SELECT id, sum(quantity) AS quantity, sum(put_back) AS put_back
        FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[]) AS g(id, quantity, put_back) GROUP BY id) n
    WHERE fl.id = n.id
)
UPDATE orders_orderline l SET cancelled = l.cancelled + n.quantity
FROM (SELECT id, sum(quantity) AS quantity FROM unnest(%s::bigint[], %s::numeric[]) AS g(id, quantity) GROUP BY id) n
WHERE l.id = n.id
"""
_WORK = """
SELECT f.id, f.status, sum(fl.quantity), bool_and(fl.picked = fl.quantity)
FROM orders_fulfilment f JOIN orders_fulfilmentline fl ON fl.fulfilment_id = f.id
WHERE f.id = ANY(%s) GROUP BY f.id, f.status ORDER BY f.id
"""
_ORDERS = """
SELECT o.id, o.status, sum(l.quantity - l.cancelled - l.shipped), sum(l.shipped)
FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id WHERE o.id = ANY(%s) GROUP BY o.id ORDER BY o.id
"""


def accept_asked(
    asked: Sequence[Asked], *, put_back: Mapping[int, Decimal], company_id: int, actor: Actor, answer: str
) -> None:
    """Cancel what the warehouse gave up: claims are freed, demands, lines and fulfilments fall by exactly that.

    put_back by request: how much of it was picked and lies in a bin again. The caller holds the locks
    (begin_answers), has freed the bins and moved the goods. A fulfilment without goods is cancelled, one whose
    last task went is picked; an order is cancelled, or shipped, when nothing of it is open.

    Topic published: OrderCancelled. Statements: at most 19, whatever the number.
    """
    if not asked:
        return
    ids = [item.request_id for item in asked]
    quantities = [item.quantity for item in asked]
    release([Release(item.allocation_id, item.quantity) for item in asked], company_id=company_id, actor=actor)
    with connection.cursor() as cursor:
        cursor.execute(
            _GIVE_UP,
            [
                [item.fulfilment_line_id for item in asked],
                quantities,
                [put_back.get(item.request_id, ZERO) for item in asked],
                [item.order_line_id for item in asked],
                quantities,
            ],
        )
    reduce_demands([(item.demand_id, item.quantity) for item in asked], company_id=company_id, actor=actor)
    _close(ids, CancelRequestStatus.ACCEPTED, actor, answer)
    _trail(asked, "cancel_accepted", company_id, actor, answer)
    _settle(asked, company_id, actor, answer)
    outbox.publish(
        [
            outbox.Event(
                "OrderCancelled",
                f"order:{item.order_id}",
                {
                    "order_id": item.order_id,
                    "cancel_request_id": item.request_id,
                    "lines": {str(item.order_line_id): f"{item.quantity:f}"},
                },
                company_id,
            )
            for item in asked
        ]
    )


def _settle(asked: Sequence[Asked], company_id: int, actor: Actor, reason: str) -> None:
    """What fulfilments and orders have become of it."""
    with connection.cursor() as cursor:
        cursor.execute(_WORK, [sorted({item.fulfilment_id for item in asked})])
        work = cursor.fetchall()
        cursor.execute(_ORDERS, [sorted({item.order_id for item in asked})])
        orders = cursor.fetchall()
    moves = [(pk, status, FulfilmentStatus.CANCELLED.value) for pk, status, left, _done in work if not left]
    moves += [
        (pk, status, FulfilmentStatus.PICKED.value)
        for pk, status, left, done in work
        if left and done and status == FulfilmentStatus.PICKING
    ]
    change_status("orders.fulfilment", moves, company_id=company_id, actor=actor, reason=reason)
    ended = [
        (pk, status, (OrderStatus.SHIPPED if shipped or status == "partly_shipped" else OrderStatus.CANCELLED).value)
        for pk, status, left, shipped in orders
        if not left
    ]
    change_status("orders.order", ended, company_id=company_id, actor=actor, reason=reason)
    raise_versions([pk for pk, _status, left, _shipped in orders if left])


@transaction.atomic(savepoint=False)
def refuse_cancels(
    request_ids: Sequence[int], *, company_id: int, actor: Actor, answer: str, withdrawn: bool = False
) -> None:
    """The warehouse says no, or (withdrawn) the order desk takes the request back: the goods may leave.

    Raises NotReady (answered already, or no reason), NotFound; nothing is written then. Statements: 6.
    """
    if not answer.strip():
        raise NotReady(_("Say why it is refused: the order desk tells the buyer."))
    asked = begin_answers(request_ids, company_id=company_id)
    status = CancelRequestStatus.WITHDRAWN if withdrawn else CancelRequestStatus.REFUSED
    _close(request_ids, status, actor, answer)
    _trail(asked, f"cancel_{status.value}", company_id, actor, answer)
    raise_versions(sorted({item.order_id for item in asked}))


def _close(request_ids: Sequence[int], status: CancelRequestStatus, actor: Actor, answer: str) -> None:
    check_transition(states.CANCEL_REQUEST, "cancel request", OPEN.value, status.value)
    CancelRequest.objects.filter(pk__in=request_ids).update(
        status=status, answered_by_id=actor.user_id, answered_at=timezone.now(), answer=answer[:300]
    )


def _trail(asked: Sequence[Asked], action: str, company_id: int, actor: Actor, reason: str) -> None:
    record(
        [
            Change(
                "orders.order",
                item.order_id,
                action,
                field=f"FO-{item.fulfilment_id:06d}",
                new=f"{item.quantity.normalize():f}",
                reason=reason,
                company_id=company_id,
            )
            for item in asked
        ],
        actor=actor,
    )


def raise_versions(order_ids: Sequence[int]) -> None:
    """Locked orders were changed without a change of status. Statements: 1, or 0."""
    if order_ids:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE orders_order SET version = version + 1 WHERE id = ANY(%s)", [list(order_ids)])
