"""The credit limit of customers, kept on the order that would cross it."""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from backoffice.core.db import prepared_cursor
from backoffice.core.show import show_number
from orders.errors import ChangeRefused
from orders.models import HoldKind, Order, OrderStatus
from orders.selectors.credit import Credit, credit_of, in_currency
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


def lock_customers(orders: Collection[Order]) -> dict[int, int]:
    """The parties, locked in key order, of the buyers who have a credit limit, by order; taken before orders are edited.

    Statements: 1, or 0 for guests alone.
    """
    contacts = {order.contact_id for order in orders if order.contact_id is not None}
    if not contacts:
        return {}
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT c.id, p.id FROM orders_contact c JOIN accounting_party p ON p.id = c.party_id"
            " WHERE c.id = ANY(%s) AND p.credit_limit IS NOT NULL ORDER BY p.id FOR NO KEY UPDATE OF p",
            [sorted(contacts)],
        )
        parties = dict(cursor.fetchall())
    return {order.pk: parties[order.contact_id] for order in orders if order.contact_id in parties}


def refuse_over_limits(party_ids: Collection[int], *, on: date) -> None:
    """Edits may not take customers over their limit; an order that is held for credit may grow until it is looked at.

    The orders as they stand are counted. Raises ChangeRefused. Statements: 1, 1 more for other currencies; 0 for none.
    """
    for credit in credit_of(sorted(party_ids), on=on).values() if party_ids else ():
        if credit.left is not None and credit.left < 0 and credit.limit is not None:
            raise _over_limit(credit, credit.limit, credit.left)


def _over_limit(credit: Credit, limit: Decimal, left: Decimal) -> ChangeRefused:
    return ChangeRefused(
        _("The limit is %(limit)s; with this change %(used)s are owed or ordered, %(over)s over it.")
        % {
            "limit": _text(limit, credit.currency),
            "used": _text(credit.used, credit.currency),
            "over": _text(-left, credit.currency),
        },
        field="lines",
        over=f"{-left.normalize():f}",
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
