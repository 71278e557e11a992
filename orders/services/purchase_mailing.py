"""Purchase orders by mail to their suppliers."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from inventory.errors import NotFound, PurchaseRefused
from inventory.models import PurchaseOrder, PurchaseOrderStatus
from inventory.services import send_purchase_order
from orders.errors import NoMailAddress
from orders.models import DocumentMail
from orders.selectors.documents import documents_on
from orders.services.mailing import ask_for_mails

UNSENT = (PurchaseOrderStatus.DRAFT, PurchaseOrderStatus.SUBMITTED)
OVER = (PurchaseOrderStatus.CLOSED, PurchaseOrderStatus.CANCELLED)


@transaction.atomic
def mail_purchase_orders(order_ids: Sequence[int], *, company_id: int, actor: Actor) -> list[DocumentMail]:
    """Send orders, or their newest revisions, to their suppliers by mail; a worker hands each over at most once.
    What the supplier has already is mailed again as a copy.

    Raises NotFound, PurchaseRefused (not_approved, revision_pending), NoMailAddress, MailUnderWay; nothing is
    written. Statements: 5, and 7 for each that was not sent before.
    """
    orders = PurchaseOrder.objects.filter(pk__in=order_ids, company_id=company_id).in_bulk()
    documents = {found.id: found for found in documents_on("inventory.purchaseorder", order_ids)}
    for pk in order_ids:
        if pk not in orders:
            raise NotFound(_("There is no such purchase order."), purchase_order_id=pk)
        order = orders[pk]
        if order.status in (*UNSENT, *OVER):
            raise PurchaseRefused(
                _("%(order)s is %(status)s: only an approved order is sent.")
                % {"order": order.number, "status": order.get_status_display()},
                code="not_approved",
                purchase_order_id=pk,
            )
        if documents[pk].person_id is None:
            raise NoMailAddress(
                _("%(order)s: the supplier has no mail address. Enter one with the party, or print it.")
                % {"order": order.number}
            )
    mails = ask_for_mails([documents[pk] for pk in order_ids], actor=actor)
    for pk in order_ids:
        order = orders[pk]
        if order.sent_revision is None or order.sent_revision < order.revision:
            send_purchase_order(pk, company_id=company_id, actor=actor, reason=_("By mail"))
    return mails
