"""What every change of a purchase order needs: its lock, its worth, its trail."""

from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.selectors import books_of, exchange_rates
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.db import database_now
from inventory.errors import NotFound
from inventory.models import PurchaseOrder

OBJECT = "inventory.purchaseorder"
NOTES = {"mail": "mail", "phone": "phone", "note": "note"}


def lock_purchase_order(order_id: int, *, company_id: int) -> PurchaseOrder:
    """The order, locked. Raises NotFound. Statements: 1."""
    order = (
        PurchaseOrder.objects.select_for_update(of=("self",), no_key=True)
        .filter(company_id=company_id, pk=order_id)
        .first()
    )
    if order is None:
        raise NotFound(_("There is no such purchase order."), purchase_order_id=order_id)
    return order


def total_of(order: PurchaseOrder) -> Decimal:
    """What is ordered and not called off, in the order's currency, before tax. Statements: 1."""
    return sum(
        ((line.quantity - line.cancelled) * line.unit_cost for line in order.lines.all()),
        Decimal(0),
    )


def in_base(order: PurchaseOrder, amount: Decimal) -> Decimal:
    """An amount of the order in the company's currency at today's rate. Raises ExchangeRateMissing. Statements: 1-3."""
    books = books_of(order.company_id)
    if order.currency == books.base_currency:
        return amount
    key = (order.currency, books.local_date(database_now()))
    return amount * exchange_rates(order.company_id, {key})[key]


def record_status(
    order: PurchaseOrder, old: str, new: str, *, actor: Actor, reason: str = "", action: str = "status"
) -> None:
    change = audit.Change(
        OBJECT, order.pk, action, field="status", old=old, new=new, reason=reason, company_id=order.company_id
    )
    audit.record([change], actor=actor)


def record_created(orders: Sequence[PurchaseOrder], *, actor: Actor) -> None:
    """Orders that begin their life in the state that they have. Statements: 1, or 0 for none."""
    if orders:
        audit.record(
            [
                audit.Change(OBJECT, order.pk, "created", field="status", new=order.status, company_id=order.company_id)
                for order in orders
            ],
            actor=actor,
        )


@transaction.atomic(savepoint=False)
def note_on_purchase_order(order_id: int, *, company_id: int, kind: str, text: str, actor: Actor) -> None:
    """Keep that the supplier was asked, by mail or phone, or a note, in the order's trail. Statements: 2.

    Raises NotFound; ValueError without a text or for another kind.
    """
    if not text.strip() or kind not in NOTES:
        raise ValueError("a note has a kind and says something")
    order = lock_purchase_order(order_id, company_id=company_id)
    change = audit.Change(
        OBJECT, order.pk, "chased" if kind != "note" else "noted", kind, reason=text[:300], company_id=company_id
    )
    audit.record([change], actor=actor)
