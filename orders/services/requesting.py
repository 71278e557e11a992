"""Returns asked for: what comes back, what is refunded for it, and whether that needs a person."""

import datetime
from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.db import insert_rows
from orders.errors import NotReturnable
from orders.models import ReturnOrder, ReturnStatus
from orders.return_terms import Terms
from orders.selectors.return_terms import terms_of
from orders.services.approving import publish_approved
from orders.services.changing import change_status
from orders.services.locking import lock_orders
from orders.services.return_plans import Asked, ChargeRefund, ReturnInput, asked_of

ZERO = Decimal(0)


@transaction.atomic(savepoint=False)
def request_return(
    order_id: int,
    *,
    company_id: int,
    lines: Sequence[ReturnInput],
    reason: str,
    requested_at: datetime.datetime,
    actor: Actor,
    warehouse_id: int | None = None,
    external_id: str | None = None,
    content_hash: str = "",
    reason_code: str = "",
    goods: bool = True,
    refund: bool = True,
    charges: Sequence[ChargeRefund] | None = None,
    fee: bool = True,
) -> int:
    """Open a return for shipped goods; its id. What was billed for the units is what their refund will be.

    A quantity that left in several moves makes a line for each, so that every unit comes back at its own cost; a
    kit makes one for each of its components, with its share of what was paid for the kit.
    goods=False: the customer keeps the goods and gets money. refund=False: goods come back and no money goes.
    charges: what of the order's charges is refunded; None: its shipping, as the channel's policy says.
    fee=False: the policy's restocking fee is waived. A return within the policy's window and limit is approved at
    once; one outside the window waits for a named approver.

    Raises NotReturnable for more than was shipped and is not coming back already, RefundTooHigh for more than was
    billed and not refunded, UnknownReason; nothing is written. Statements: 7, 3 more when it is
    approved at once (topic published: ReturnApproved).
    """
    order = lock_orders([order_id], company_id=company_id)[order_id]
    if not (lines or charges) or not (goods or refund):
        raise NotReturnable(_("Say which lines come back, and how much."), order_id=order_id)
    terms, reason_id, day = terms_of(order.channel_id, reason_code, at=requested_at)
    asked = asked_of(
        order_id,
        lines,
        terms,
        goods=goods,
        refund=refund,
        charges=charges,
        fee=fee,
        day=day,
    )
    made = ReturnOrder.objects.create(
        company_id=company_id,
        channel_id=order.channel_id,
        order=order,
        contact_id=order.contact_id,
        warehouse_id=warehouse_id,
        external_id=external_id,
        content_hash=content_hash,
        reason=reason[:120],
        return_reason_id=reason_id,
        goods_expected=goods and bool(lines),
        refunds=refund,
        outside_window=asked.outside_window,
        currency=order.currency,
        requested_at=requested_at,
    )
    _insert_lines(made.pk, asked)
    change = Change(
        "orders.returnorder", made.pk, "requested", "status", new=made.status, reason=reason, company_id=company_id
    )
    record([change], actor=actor)
    if made.goods_expected and _within(asked, terms):
        _approve(made, actor)
    return made.pk


def _within(asked: Asked, terms: Terms) -> bool:
    limit = terms.auto_approve_limit
    return limit is not None and not asked.outside_window and asked.total <= limit


def _approve(made: ReturnOrder, actor: Actor) -> None:
    move = (made.pk, made.status, ReturnStatus.APPROVED.value)
    reason = _("Within the channel's window and limit.")
    change_status("orders.returnorder", [move], company_id=made.company_id, actor=actor, reason=reason)
    publish_approved([made])


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
    "charge_id": "bigint",
    "tax_code_id": "bigint",
    "is_fee": "boolean",
    "in_full": "boolean",
}


def _insert_lines(return_order_id: int, asked: Asked) -> None:
    """Goods first, then charges, then what is kept. Statements: 1."""
    goods = [
        (
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
            None,
            line.tax_code_id,
            False,
            False,
        )
        for line, portion in asked.lines
    ]
    extras = [
        (
            None,
            None,
            extra.code,
            extra.description,
            Decimal(1),
            extra.net,
            extra.net,
            extra.tax,
            extra.account_role,
            ZERO,
            "",
            None,
            extra.charge_id,
            extra.tax_code_id,
            extra.is_fee,
            extra.in_full,
        )
        for extra in asked.extras
    ]
    rows = [(return_order_id, position, *row) for position, row in enumerate([*goods, *extras], start=1)]
    insert_rows("orders_returnline", _LINE_COLUMNS, rows)
