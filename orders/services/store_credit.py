"""What a return owes, given as store credit instead of money."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.models import StoredValueKind
from accounting.services import IssuedValue, IssueRequest, Paid, UseRequest, apply_items, issue_stored_value
from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from orders.errors import RefundTooHigh
from orders.selectors.exchanges import return_money
from orders.services.locking import lock_returns

ZERO = Decimal(0)


@transaction.atomic(savepoint=False)
def give_store_credit(
    return_order_id: int,
    *,
    company_id: int,
    effective_at: datetime,
    actor: Actor,
    amount: Decimal | None = None,
) -> IssuedValue:
    """Issue store credit for what a credit note still owes, and settle the note with it. The code is told this once.

    amount: None: all that is free. What an exchange's new order still needs of the credit is not free.
    Raises RefundTooHigh where less is owed, NotFound, and what accounting raises; nothing is written then.
    Statements: about 20.
    """
    lock_returns([return_order_id], company_id=company_id)
    money = return_money([return_order_id])[return_order_id]
    wanted = money.free if amount is None else amount
    if not 0 < wanted <= money.free or money.open_item_id is None:
        left = f"{money.free.normalize():f}"
        raise RefundTooHigh(
            _("Only %(left)s %(currency)s of this return is free to be given back.")
            % {"left": left, "currency": money.currency},
            return_order_id=return_order_id,
            left=left,
        )
    key = f"return:{return_order_id}:store-credit:{money.open.normalize():f}"
    [issued] = issue_stored_value(
        [
            IssueRequest(
                kind=StoredValueKind.STORE_CREDIT,
                currency=money.currency,
                paid=[Paid(wanted, party_id=money.party_id)],
                effective_at=effective_at,
                source_key=key,
                source_type="orders.returnorder",
                source_id=return_order_id,
            )
        ],
        company_id=company_id,
        actor=actor,
    )
    use = UseRequest(issued.open_item_ids[0], money.open_item_id, wanted, key)
    apply_items([use], company_id=company_id, date=effective_at.date(), actor=actor)
    shown = f"{wanted.normalize():f} {money.currency}"
    record(
        [Change("orders.returnorder", return_order_id, "store_credit", "refund", "", shown, "", company_id)],
        actor=actor,
    )
    return issued
