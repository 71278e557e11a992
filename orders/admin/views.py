"""The order list's tabs, and what its columns are in an export."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin.lists import ListView
from orders.models import Order
from orders.selectors.desk import FEW_SQL, QUESTIONS, Orders, few_params


def _view(name: str, title: Any, *ordering: str) -> ListView:
    """A question of the desk as a tab."""

    def narrow(orders: Orders) -> Orders:
        return QUESTIONS[name](orders, timezone.localdate())

    def few(limit: int) -> tuple[str, dict[str, Any]]:
        return FEW_SQL[name], few_params(timezone.localdate(), limit)

    return ListView(name, title, narrow, ordering, few)


LIST_VIEWS = (
    _view("to_ship_today", _("To ship today"), "promise_date", "id"),  # what is due first stands first
    _view("late", _("Late"), "promise_date", "id"),
    _view("held", _("Held")),
    _view("back_ordered", _("Back-ordered")),
    _view("unpaid", _("Unpaid")),
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
