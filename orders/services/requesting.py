"""Returns asked for: opened, approved, rejected, cancelled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.db import insert_rows
from orders.errors import NotFound, NotReturnable
from orders.models import ReturnOrder, ReturnStatus
from orders.refunds import Portion, Returnable, portions
from orders.selectors.returnable import returnable_lines
from orders.services.changing import change_status
from orders.services.locking import lock_orders

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class ReturnInput:
    """A quantity of an order line to come back. unit_refund: before tax, for one; None: what was paid for it."""

    order_line_id: int
    quantity: Decimal
    unit_refund: Decimal | None = None


_LINE_COLUMNS = {
    "return_order_id": "bigint",
    "position": "int",
    "order_line_id": "bigint",
    "sku_id": "bigint",
    "code": "text",
    "description": "text",
    "quantity": "numeric",
    "unit_price": "numeric",
    "net": "numeric",
    "tax": "numeric",
    "account_role": "text",
    "received": "numeric",
    "disposition": "text",
    "issue_move_id": "bigint",
}


@transaction.atomic(savepoint=False)
def request_return(
    order_id: int,
    *,
    company_id: int,
    lines: Sequence[ReturnInput],
    reason: str,
    requested_at: datetime,
    actor: Actor,
    warehouse_id: int | None = None,
    external_id: str | None = None,
) -> int:
    """Open a return for shipped goods; its id. What was paid for the units is what their refund will be.

    A quantity that left in several moves makes a line for each, so that every unit comes back at its own cost; a
    kit makes one for each of its components, with its share of what was paid for the kit.

    Raises NotReturnable for more than was shipped and is not coming back already; nothing is written.
    Statements: 5.
    """
    order = lock_orders([order_id], company_id=company_id)[order_id]
    if not lines:
        raise NotReturnable(_("Say which lines come back, and how much."), order_id=order_id)
    present = returnable_lines([order_id])
    found = [
        (present.get(wanted.order_line_id), portion)
        for wanted in lines
        for portion in _portions(wanted, present.get(wanted.order_line_id))
    ]
    made = ReturnOrder.objects.create(
        company_id=company_id,
        channel_id=order.channel_id,
        order=order,
        contact_id=order.contact_id,
        warehouse_id=warehouse_id,
        external_id=external_id,
        reason=reason[:120],
        currency=order.currency,
        requested_at=requested_at,
    )
    insert_rows(
        "orders_returnline",
        _LINE_COLUMNS,
        [
            _line_row(made.pk, position, line, portion)
            for position, (line, portion) in enumerate(found, start=1)
            if line is not None
        ],
    )
    record(
        [
            Change(
                "orders.returnorder",
                made.pk,
                "requested",
                field="status",
                new=made.status,
                reason=reason,
                company_id=company_id,
            )
        ],
        actor=actor,
    )
    return made.pk


def _portions(wanted: ReturnInput, line: Returnable | None) -> list[Portion]:
    if line is None or wanted.quantity <= 0 or wanted.quantity > line.left or (line.parts and wanted.quantity % 1):
        raise NotReturnable(
            _("Of line %(line)s only %(left)s can come back.")
            % {"line": line.position if line else wanted.order_line_id, "left": f"{line.left:f}" if line else 0},
            order_line_id=wanted.order_line_id,
        )
    return portions(line, wanted.quantity, unit_refund=wanted.unit_refund)


def _line_row(return_order_id: int, position: int, line: Returnable, portion: Portion) -> tuple[object, ...]:
    return (
        return_order_id,
        position,
        line.order_line_id,
        portion.part.sku_id if portion.part else line.sku_id,
        portion.part.code if portion.part else line.code,
        line.description,
        portion.quantity,
        portion.unit_price,
        portion.net,
        portion.tax,
        "returns",
        ZERO,
        "",
        portion.issue_move_id,
    )


def lock_returns(return_order_ids: Sequence[int], *, company_id: int) -> dict[int, ReturnOrder]:
    """Returns locked in key order, then their orders. Statements: 2. Raises NotFound."""
    locked = {
        found.pk: found
        for found in ReturnOrder.objects.filter(pk__in=return_order_ids, company_id=company_id)
        .select_related("channel")
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    }
    for pk in return_order_ids:
        if pk not in locked:
            raise NotFound(_("There is no return %(id)s in this company.") % {"id": pk}, return_order_id=pk)
    lock_orders(sorted({r.order_id for r in locked.values() if r.order_id}), company_id=company_id)
    return locked


def move_returns(ids: Sequence[int], new: ReturnStatus, *, company_id: int, actor: Actor, reason: str) -> None:
    locked = lock_returns(ids, company_id=company_id)
    moves = [(pk, found.status, new.value) for pk, found in locked.items()]
    change_status("orders.returnorder", moves, company_id=company_id, actor=actor, reason=reason)


@transaction.atomic(savepoint=False)
def approve_returns(return_order_ids: Sequence[int], *, company_id: int, actor: Actor, reason: str = "") -> None:
    """requested -> approved. Raises IllegalTransition, NotFound. Statements: 4."""
    move_returns(return_order_ids, ReturnStatus.APPROVED, company_id=company_id, actor=actor, reason=reason)


@transaction.atomic(savepoint=False)
def reject_returns(return_order_ids: Sequence[int], *, company_id: int, actor: Actor, reason: str) -> None:
    """requested -> rejected. Raises IllegalTransition, NotFound. Statements: 4."""
    move_returns(return_order_ids, ReturnStatus.REJECTED, company_id=company_id, actor=actor, reason=reason)


@transaction.atomic(savepoint=False)
def cancel_returns(return_order_ids: Sequence[int], *, company_id: int, actor: Actor, reason: str) -> None:
    """requested or approved -> cancelled. Raises IllegalTransition, NotFound. Statements: 4."""
    move_returns(return_order_ids, ReturnStatus.CANCELLED, company_id=company_id, actor=actor, reason=reason)
