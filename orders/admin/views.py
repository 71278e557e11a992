"""The order list's tabs, and what its columns are in an export."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin.lists import ListView
from orders.models import Order
from orders.selectors.desk import QUESTIONS, Orders, Question


def _today(question: Question) -> Callable[[Orders], Orders]:
    return lambda orders: question(orders, timezone.localdate())


LIST_VIEWS = (
    ListView("to_ship_today", _("To ship today"), _today(QUESTIONS["to_ship_today"])),
    ListView("late", _("Late"), _today(QUESTIONS["late"]), ("promise_date", "id")),
    ListView("held", _("Held"), _today(QUESTIONS["held"])),
    ListView("back_ordered", _("Back-ordered"), _today(QUESTIONS["back_ordered"])),
    ListView("unpaid", _("Unpaid"), _today(QUESTIONS["unpaid"])),
    ListView("all", _("All")),
)


def _buyer(order: Order) -> str:
    return str(order.contact) if order.contact_id else ""


PLAIN_COLUMNS: dict[str, Any] = {
    "show_number": ((_("Order"), lambda order: order.number),),
    "show_placed": ((_("Placed"), lambda order: order.placed_at),),
    "show_promise": ((_("Promised"), lambda order: order.promise_date),),
    "show_buyer": ((_("Buyer"), _buyer),),
    "show_total": ((_("Total"), lambda order: order.total), (_("Currency"), lambda order: order.currency)),
    "show_goods": ((_("Goods"), lambda order: order.goods_total),),
    "show_tax": ((_("Tax"), lambda order: order.tax_total),),
}
