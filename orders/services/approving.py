"""Returns on their way before the goods are in: approved, rejected, sent back, cancelled, closed."""

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core import outbox
from backoffice.core.actor import Actor
from orders.errors import ApproverNeeded
from orders.models import ReturnOrder, ReturnStatus
from orders.services.changing import change_status
from orders.services.exchange_ends import drop_exchanges
from orders.services.locking import lock_returns


def move_returns(
    ids: Sequence[int], new: ReturnStatus, *, company_id: int, actor: Actor, reason: str
) -> dict[int, ReturnOrder]:
    """Lock returns and change their status. Raises IllegalTransition, NotFound. Statements: 4."""
    locked = lock_returns(ids, company_id=company_id)
    moves = [(pk, found.status, new.value) for pk, found in locked.items()]
    change_status("orders.returnorder", moves, company_id=company_id, actor=actor, reason=reason)
    return locked


@transaction.atomic(savepoint=False)
def approve_returns(return_order_ids: Sequence[int], *, company_id: int, actor: Actor, reason: str = "") -> None:
    """requested -> approved. One asked for outside the channel's window needs a named user and a reason.

    Topic published: ReturnApproved. Raises ApproverNeeded, IllegalTransition, NotFound; nothing is written.
    Statements: 5.
    """
    locked = lock_returns(return_order_ids, company_id=company_id)
    for pk, found in locked.items():
        if found.outside_window and (actor.user_id is None or not reason.strip()):
            raise ApproverNeeded(
                _("Return %(number)s was asked for too late: a named user approves it and says why.")
                % {"number": found.number},
                return_order_id=pk,
            )
    moves = [(pk, found.status, ReturnStatus.APPROVED.value) for pk, found in locked.items()]
    change_status("orders.returnorder", moves, company_id=company_id, actor=actor, reason=reason)
    publish_approved(locked.values())


def publish_approved(returns: Iterable[ReturnOrder]) -> None:
    """Tell that goods of returns may be sent. Statements: 1, 0 where none are expected."""
    outbox.publish(
        [
            outbox.Event("ReturnApproved", f"return:{found.pk}", {"return_id": found.pk}, found.company_id)
            for found in returns
            if found.goods_expected
        ]
    )


@transaction.atomic(savepoint=False)
def reject_returns(return_order_ids: Sequence[int], *, company_id: int, actor: Actor, reason: str) -> None:
    """requested -> rejected, and the order exchanged for is cancelled.

    Raises ExchangeUnderWay, IllegalTransition, NotFound. Statements: 4, and cancel_order's for each exchange.
    """
    locked = move_returns(return_order_ids, ReturnStatus.REJECTED, company_id=company_id, actor=actor, reason=reason)
    drop_exchanges(locked.values(), company_id=company_id, actor=actor, reason=reason)


@transaction.atomic(savepoint=False)
def cancel_returns(return_order_ids: Sequence[int], *, company_id: int, actor: Actor, reason: str) -> None:
    """requested or approved -> cancelled, and the order exchanged for is cancelled.

    Raises ExchangeUnderWay, IllegalTransition, NotFound. Statements: 4, and cancel_order's for each exchange.
    """
    locked = move_returns(return_order_ids, ReturnStatus.CANCELLED, company_id=company_id, actor=actor, reason=reason)
    drop_exchanges(locked.values(), company_id=company_id, actor=actor, reason=reason)


@transaction.atomic(savepoint=False)
def send_return(
    return_order_id: int, *, company_id: int, actor: Actor, carrier: str = "", tracking_number: str = ""
) -> None:
    """approved -> in_transit: the customer has handed the parcel over. Raises IllegalTransition. Statements: 5."""
    move_returns([return_order_id], ReturnStatus.IN_TRANSIT, company_id=company_id, actor=actor, reason=tracking_number)
    ReturnOrder.objects.filter(pk=return_order_id).update(carrier=carrier[:60], tracking_number=tracking_number[:120])


@transaction.atomic(savepoint=False)
def close_returns(return_order_ids: Sequence[int], *, company_id: int, actor: Actor, reason: str = "") -> None:
    """in_transit -> closed (it never arrived: nothing is refunded, the goods may be asked back again), or
    resolved -> closed. What an exchange still waited to send is cancelled when the old goods never came.

    Raises IllegalTransition, NotFound. Statements: 4, and cancel_order's for each exchange that had not left.
    """
    locked = lock_returns(return_order_ids, company_id=company_id)
    lost = [found for found in locked.values() if found.status == ReturnStatus.IN_TRANSIT]
    moves = [(pk, found.status, ReturnStatus.CLOSED.value) for pk, found in locked.items()]
    change_status("orders.returnorder", moves, company_id=company_id, actor=actor, reason=reason)
    drop_exchanges(lost, company_id=company_id, actor=actor, reason=reason, strict=False)
