"""The purchasing desk: what a buyer has to do now."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin.pages import filled_panels, render_page, require
from backoffice.core.scopes import visible
from inventory.models import PurchaseOrder
from inventory.selectors import purchase_desk

WHY = {
    "submitted": _("waits for approval"),
    "revision": _("a change waits for a decision"),
    "approved": _("approved"),
    "changed": _("changed since it was sent"),
    "unconfirmed": _("not confirmed"),
    "overdue": _("not all there"),
    "expected": _("expected"),
    "received": _("all there: match its bill, then close it"),
}


def desk_view(request: HttpRequest) -> HttpResponse:
    """Every step of purchasing with the orders that wait for it."""
    require(request, "inventory.view_purchaseorder")
    today = timezone.localdate()
    sections: list[tuple[str, Any, Any, list[purchase_desk.DeskRow]]] = [
        ("approve", _("To approve"), _("Nothing waits for approval."), purchase_desk.to_approve()),
        ("send", _("To send"), _("Every approved order has been sent."), purchase_desk.to_send()),
        ("chase", _("To chase"), _("Nothing is late."), purchase_desk.to_chase(today)),
        ("receive", _("To receive"), _("Nothing is expected."), purchase_desk.to_receive(today)),
        ("match", _("To match"), _("No order waits for its bill."), purchase_desk.to_match()),
    ]
    named = {row.order.pk for _name, _title, _empty, rows in sections for row in rows}
    seen = set(visible(PurchaseOrder.objects.filter(pk__in=named), request.user).values_list("pk", flat=True))
    return render_page(
        request,
        admin.site,
        "inventory/purchasing_desk.html",
        title=_("Purchasing desk"),
        opts=PurchaseOrder._meta,
        sections=[
            (name, title, empty, [(row, WHY[row.why]) for row in rows if row.order.pk in seen])
            for name, title, empty, rows in sections
        ],
        panels=filled_panels("inventory.purchasing_desk", 0),
    )
