"""What people decide about a bill that does not agree: approve it, send it back, wait, ask for a credit, close short."""

from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.errors import BillRefused
from accounting.models import Bill, BillStatus
from accounting.selectors import books_of, exchange_rates
from accounting.services import lock_bill, set_bill_status
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.approving import check_approver
from backoffice.core.money import ZERO, round_money
from inventory.models import PurchaseOrder, PurchaseOrderStatus
from inventory.selectors.billing import line_matches
from inventory.services.billing.matching import close_exceptions, match_bill
from inventory.services.purchasing import close_purchase_order

ACTION = "bill_exception"


@transaction.atomic(savepoint=False)
def approve_bill(bill_id: int, *, company_id: int, actor: Actor, reason: str, credit_expected: Decimal = ZERO) -> Bill:
    """Accept a bill as it is. credit_expected: what the supplier was asked to credit (bill's currency, before tax).

    Raises NotFound, IllegalTransition, ApprovalRefused (above the company's threshold its author may not, and others
    up to their limits), BillRefused (no_reason, bad_amount); nothing changed. Statements: about 9.
    """
    bill = _exception(bill_id, company_id, reason)
    if credit_expected < 0 or credit_expected > bill.net:
        raise BillRefused(
            _("Ask for a credit of no more than the bill’s net, %(net)s.") % {"net": f"{bill.net:f}"}, code="bad_amount"
        )
    check_approver(ACTION, actor=actor, creator_id=bill.made_by_id, amount=base_total(bill), company_id=company_id)
    close_exceptions(bill, actor, "credit_expected" if credit_expected else "approved")
    bill.credit_expected, bill.waits_for_goods = credit_expected, False
    return set_bill_status(
        bill, status=BillStatus.APPROVED, actor=actor, reason=reason, fields=["credit_expected", "waits_for_goods"]
    )


@transaction.atomic(savepoint=False)
def send_bill_back(bill_id: int, *, company_id: int, actor: Actor, reason: str) -> Bill:
    """A draft again, from an exception or approved, to be corrected. Raises NotFound, IllegalTransition, BillRefused
    (no_reason). Statements: 4."""
    bill = lock_bill(bill_id, company_id=company_id)
    _need_reason(reason)
    close_exceptions(bill, actor, "sent_back")
    bill.waits_for_goods = False
    return set_bill_status(bill, status=BillStatus.DRAFT, actor=actor, reason=reason, fields=["waits_for_goods"])


@transaction.atomic(savepoint=False)
def wait_for_goods(bill_id: int, *, company_id: int, actor: Actor, reason: str) -> Bill:
    """Leave an exception until goods of its orders arrive; it is matched again then. Statements: 3."""
    bill = _exception(bill_id, company_id, reason)
    bill.waits_for_goods = True
    bill.version += 1
    bill.save(update_fields=["waits_for_goods", "version"])
    change = audit.Change(
        "accounting.bill", bill.pk, "waits_for_goods", "", "", "", reason[:300], company_id=company_id
    )
    audit.record([change], actor=actor)
    return bill


@transaction.atomic(savepoint=False)
def close_orders_short(bill_id: int, *, company_id: int, actor: Actor, reason: str) -> Bill:
    """The rest of the bill's orders will never come: partly received orders are closed, and the bill is matched again.

    Raises NotFound, IllegalTransition, BillRefused (no_reason, nothing_to_close). Statements: about 30.
    """
    bill = _exception(bill_id, company_id, reason)
    orders = {match.po_line.purchase_order_id for match in line_matches(bill) if match.po_line}
    partly = PurchaseOrder.objects.filter(pk__in=orders, status=PurchaseOrderStatus.PARTLY_RECEIVED).order_by("pk")
    if not partly:
        raise BillRefused(_("None of its orders is partly received."), code="nothing_to_close")
    for order in partly:
        close_purchase_order(order.pk, company_id=company_id, actor=actor, reason=reason)
    return match_bill(bill_id, company_id=company_id, actor=actor)


def _exception(bill_id: int, company_id: int, reason: str) -> Bill:
    bill = lock_bill(bill_id, company_id=company_id)
    if bill.status != BillStatus.EXCEPTION:
        raise BillRefused(
            _("%(number)s is %(state)s: there is no exception to decide.")
            % {"number": bill.number, "state": bill.state_display},
            code="no_exception",
        )
    _need_reason(reason)
    return bill


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise BillRefused(_("Say why: the reason is kept with the bill."), code="no_reason", field="reason")


def base_total(bill: Bill) -> Decimal:
    """What a bill comes to in the company's currency. Raises ExchangeRateMissing."""
    books = books_of(bill.company_id, currencies={bill.currency})
    if bill.currency == books.base_currency:
        return bill.total
    key = (bill.currency, bill.bill_date)
    rate = bill.exchange_rate or exchange_rates(bill.company_id, {key})[key]
    return round_money(bill.total * rate, books.exponents[books.base_currency])
