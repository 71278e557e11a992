"""Whether an order of this worth needs a second person, and whether this is one who may."""

from decimal import Decimal

from backoffice.core.actor import Actor
from backoffice.core.approving import approval_terms, check_approver
from inventory.models import PurchaseOrder
from inventory.services.purchasing.records import in_base

ACTION = "purchase_order"


def needs_approval(order: PurchaseOrder, total: Decimal) -> bool:
    """total: in the order's currency; a rate is only needed where four eyes are on. Raises ExchangeRateMissing.

    Statements: 1 without four eyes, else at most 5.
    """
    terms = approval_terms(ACTION, company_id=order.company_id)
    return terms.free_up_to is not None and terms.needs_approval(in_base(order, total))


def check_approval(order: PurchaseOrder, total: Decimal, *, author_id: int | None, actor: Actor) -> None:
    """Raises ApprovalRefused, ExchangeRateMissing. Statements: 1 without four eyes, else at most 7."""
    if approval_terms(ACTION, company_id=order.company_id).free_up_to is not None:
        amount = in_base(order, total)
        check_approver(ACTION, actor=actor, creator_id=author_id, amount=amount, company_id=order.company_id)
