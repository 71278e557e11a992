"""The end of a return: its money goes back by a credit note, and pays what the customer got in exchange."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounting.services import Issued, issue_invoices
from backoffice.core.actor import Actor
from orders.errors import NotReady
from orders.models import ReturnOrder, ReturnStatus
from orders.services.changing import change_status
from orders.services.crediting import credit_requests, refunds_of, remember_notes
from orders.services.exchange_ends import free_exchanges
from orders.services.locking import lock_returns
from orders.services.settling import hold_deposits, settle_orders


@transaction.atomic(savepoint=False)
def resolve_returns(
    return_order_ids: Sequence[int], *, company_id: int, effective_at: datetime, actor: Actor
) -> list[Issued | None]:
    """Refund: one credit note for each return, None where nothing is refunded. The last call of its transaction.

    Of an inspected return what came in is refunded; an approved one is refunded without goods. A return of
    which nothing came in is refused. The credit of an exchange pays the invoices of its new order at once.

    Raises NotReady, IllegalTransition, NotFound, and what issue_invoices raises; nothing is written.
    Statements: 10, issue_invoices' and, with exchanges, settle_orders'.
    """
    locked = lock_returns(return_order_ids, company_id=company_id)
    moves = [(pk, found.status, ReturnStatus.RESOLVED.value) for pk, found in locked.items()]
    without_goods = [pk for pk, found in locked.items() if found.status == ReturnStatus.APPROVED]
    change_status("orders.returnorder", moves, company_id=company_id, actor=actor)
    _check(locked, without_goods)
    if without_goods:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE orders_returnline SET disposition = 'no_goods' WHERE return_order_id = ANY(%s)",
                [without_goods],
            )
        free_exchanges(without_goods, company_id=company_id, actor=actor)
    refunds = refunds_of(list(locked), in_full=without_goods)
    exchanges = {
        found.exchange_order_id: effective_at
        for pk, found in locked.items()
        if pk in refunds and found.exchange_order_id
    }
    if exchanges:
        hold_deposits(exchanges, company_id=company_id)
    requests = credit_requests(refunds, effective_at=dict.fromkeys(locked, effective_at))
    issued = issue_invoices(list(requests.values()), company_id=company_id, actor=actor)
    notes = dict(zip(requests, issued, strict=True))
    remember_notes({pk: note.invoice_id for pk, note in notes.items()})
    settle_orders(exchanges, company_id=company_id, actor=actor)
    return [notes.get(pk) for pk in return_order_ids]


def _check(locked: Mapping[int, ReturnOrder], without_goods: Sequence[int]) -> None:
    """Money goes for something: goods that came, or none are wanted. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT return_order_id FROM orders_returnline WHERE return_order_id = ANY(%s) AND received > 0",
            [list(locked)],
        )
        came = {pk for (pk,) in cursor.fetchall()}
    for pk, found in locked.items():
        if pk in without_goods and not found.refunds:
            raise NotReady(
                _("Return RMA-%(id)06d refunds nothing: its goods are still to come.") % {"id": pk}, return_order_id=pk
            )
        if pk not in without_goods and pk not in came:
            raise NotReady(_("Nothing of return RMA-%(id)06d came in.") % {"id": pk}, return_order_id=pk)
