"""The warehouse's answer to a cancel request, and what it does to the order."""

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
from orders.errors import NotFound, NotReady
from orders.models import CancelRequest, CancelRequestStatus, Fulfilment, FulfilmentStatus, OrderLine, OrderStatus
from orders.services.asking import raise_versions
from orders.services.cancelling_kits import cancelled_demands
from orders.services.changing import change_status
from orders.services.freeing import free_claims
from orders.services.locking import lock_fulfilments
from orders.services.payment_holds import free_paid
from orders.services.shrinking import shrink_work

ZERO = Decimal(0)
OPEN = CancelRequestStatus.OPEN


@dataclass(frozen=True, slots=True)
class Asked:
    """An open request as the warehouse finds it, its order and fulfilment locked.

    line_quantity: what the order line falls by. Of a kit's components it stands on the first: the kits.
    """

    request_id: int
    order_id: int
    order_line_id: int
    fulfilment_id: int
    fulfilment_line_id: int
    fulfilment_status: str
    allocation_id: int
    demand_id: int
    quantity: Decimal
    line_quantity: Decimal
    is_kit: bool


_ASKED = """
SELECT r.id, r.order_id, r.order_line_id, r.fulfilment_id, r.fulfilment_line_id, f.status, fl.allocation_id,
    a.demand_id, r.quantity, CASE WHEN l.kit_id IS NULL THEN r.quantity ELSE coalesce(r.kits, 0) END,
    l.kit_id IS NOT NULL, r.status
FROM orders_cancelrequest r
JOIN orders_fulfilment f ON f.id = r.fulfilment_id
JOIN orders_fulfilmentline fl ON fl.id = r.fulfilment_line_id
JOIN inventory_allocation a ON a.id = fl.allocation_id
JOIN orders_orderline l ON l.id = r.order_line_id
WHERE r.company_id = %s AND r.id = ANY(%s) ORDER BY r.id
"""


def answered_together(request_ids: Sequence[int], *, company_id: int) -> dict[int, dict[int, int]]:
    """By request what its answer answers too, itself included, and whose work it is: {request: {request: fulfilment}}.

    A kit is given up or kept with all of its components. Statements: 1.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.id, m.id, m.fulfilment_id FROM orders_cancelrequest r"
            " JOIN orders_orderline l ON l.id = r.order_line_id JOIN orders_cancelrequest m ON m.id = r.id"
            " OR (m.order_line_id = r.order_line_id AND l.kit_id IS NOT NULL AND m.status = 'open')"
            " WHERE r.company_id = %s AND r.id = ANY(%s) ORDER BY r.id, m.id",
            [company_id, list(request_ids)],
        )
        found: dict[int, dict[int, int]] = {pk: {} for pk in request_ids}
        for request_id, mate_id, fulfilment_id in cursor.fetchall():
            found[request_id][mate_id] = fulfilment_id
    return found


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
    return [Asked(*row[:-1]) for row in rows]


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

    Of kits all components fall, what nobody had begun of them included.

    Raises KitBegun or BeingPicked if the other parts of a kit went their way meanwhile; nothing is written.
    Topic published: OrderCancelled. Statements: at most 20, 14 more with kits, whatever the number.
    """
    if not asked:
        return
    kits = _kit_demands(asked)
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
                [item.line_quantity for item in asked],
            ],
        )
    _reduce(asked, kits, company_id, actor, answer)
    _close(ids, CancelRequestStatus.ACCEPTED, actor, answer)
    _trail(asked, "cancel_accepted", company_id, actor, answer)
    _settle(asked, company_id, actor, answer)
    free_paid(sorted({item.order_id for item in asked}), company_id=company_id, actor=actor)
    outbox.publish(
        [
            outbox.Event(
                "OrderCancelled",
                f"order:{item.order_id}",
                {
                    "order_id": item.order_id,
                    "cancel_request_id": item.request_id,
                    "lines": {str(item.order_line_id): f"{item.line_quantity:f}"},
                },
                company_id,
            )
            for item in asked
            if item.line_quantity
        ]
    )


def _kit_demands(asked: Sequence[Asked]) -> dict[int, Decimal]:
    """What the components of the kits fall by. Raises KitBegun. Statements: 2, or 0 without kits."""
    kits: dict[int, Decimal] = {}
    for item in asked:
        if item.is_kit:
            kits[item.order_line_id] = kits.get(item.order_line_id, ZERO) + item.line_quantity
    if not kits:
        return {}
    lines = OrderLine.objects.filter(pk__in=kits).order_by("pk")
    return cancelled_demands([(line, kits[line.pk]) for line in lines])


def _reduce(asked: Sequence[Asked], kits: Mapping[int, Decimal], company_id: int, actor: Actor, reason: str) -> None:
    """Demands fall; of a kit's components also what no warehouse had begun."""
    given: dict[int, Decimal] = {}
    for item in asked:
        given[item.demand_id] = given.get(item.demand_id, ZERO) + item.quantity
    untouched = {pk: quantity for pk, quantity in kits.items() if quantity > given.get(pk, ZERO)}
    if untouched:
        free_claims(untouched, company_id=company_id, actor=actor)
        orders = sorted({item.order_id for item in asked})
        shrink_work(orders, company_id=company_id, actor=actor, reason=reason)
    reduce_demands(list({**given, **kits}.items()), company_id=company_id, actor=actor)


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

    Raises NotReady (answered already, or no reason), NotFound; nothing is written then. Statements: 7.
    """
    if not answer.strip():
        raise NotReady(_("Say why it is refused: the order desk tells the buyer."))
    mates = answered_together(request_ids, company_id=company_id)
    request_ids = sorted({pk for own in mates.values() for pk in own} | set(request_ids))
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
