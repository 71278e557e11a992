"""The credit limit of customers, kept on the order that would cross it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from backoffice.core.db import prepared_cursor
from backoffice.core.show import show_number
from orders.errors import ChangeRefused
from orders.models import HoldKind, Order, OrderStatus
from orders.selectors.credit import credit_of, in_currency
from orders.services.drafts import Draft


def hold_over_limit(drafts: Sequence[tuple[Draft, int]]) -> None:
    """Hold each order that, with all before it, takes its customer over their limit; a smaller one may still pass.

    drafts: inserted orders, without their lines yet, each with its customer's party. Parties are locked in key
    order until commit, so of two orders at once the second sees the first.
    Statements: 2, 1 more if some are held, 1 more for each order in another currency than its customer's account.
    """
    order_ids = [draft.order_id for draft, _party in drafts]
    parties = sorted({party for _draft, party in drafts})
    with prepared_cursor() as cursor:
        cursor.execute("SELECT id FROM accounting_party WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [parties])
        cursor.fetchall()
    day = max(draft.order.placed_at for draft, _party in drafts).date()
    credits = credit_of(parties, on=day, without=order_ids)
    used = {party: credits[party].used for party in parties}
    for draft, party in drafts:
        credit = credits[party]
        limit = credit.limit if credit.limit is not None else Decimal("Infinity")  # lifted before the lock was taken
        value = in_currency(draft.sums.total, draft.order.currency, credit.currency, party_id=party, on=day)
        if value > 0 and used[party] + value > limit:
            draft.holds[HoldKind.CREDIT.value] = _(
                "The limit is %(limit)s, %(used)s are owed or ordered; this order of %(value)s goes %(over)s over it."
            ) % {
                "limit": _text(limit, credit.currency),
                "used": _text(used[party], credit.currency),
                "value": _text(value, credit.currency),
                "over": _text(used[party] + value - limit, credit.currency),
            }
            continue
        used[party] += value
    _stop([draft for draft, _party in drafts if HoldKind.CREDIT in draft.holds])


def lock_customer(order: Order) -> int | None:
    """The party of an order's buyer, locked, if they have a credit limit; taken before the order is edited.

    Statements: 1, or 0 for a guest.
    """
    if order.contact_id is None:
        return None
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT p.id FROM orders_contact c JOIN accounting_party p ON p.id = c.party_id"
            " WHERE c.id = %s AND p.credit_limit IS NOT NULL FOR NO KEY UPDATE OF p",
            [order.contact_id],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def refuse_over_limit(order: Order, party_id: int, *, on: date) -> None:
    """An edit may not take a customer over their limit; an order that is held for credit may grow until it is looked at.

    The order as it stands is counted. Raises ChangeRefused. Statements: 1, 1 more for other currencies.
    """
    credit = credit_of([party_id], on=on)[party_id]
    if credit.left is None or credit.left >= 0 or credit.limit is None:
        return
    raise ChangeRefused(
        _("The limit is %(limit)s; with this change %(used)s are owed or ordered, %(over)s over it.")
        % {
            "limit": _text(credit.limit, credit.currency),
            "used": _text(credit.used, credit.currency),
            "over": _text(-credit.left, credit.currency),
        },
        field="lines",
        over=f"{-credit.left.normalize():f}",
    )


def _text(amount: Decimal, currency: str) -> str:
    return f"{show_number(amount, 2)} {currency}"


def _stop(held: Sequence[Draft]) -> None:
    """Nobody has seen these orders released: it is the status they are born with that is put right."""
    released = [draft for draft in held if draft.status == OrderStatus.RELEASED]
    if not released:
        return
    for draft in released:
        draft.status = OrderStatus.PLACED
    with prepared_cursor() as cursor:
        cursor.execute(
            "UPDATE orders_order SET status = 'placed' WHERE id = ANY(%s)", [[draft.order_id for draft in released]]
        )
