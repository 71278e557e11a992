"""Reports that can be scheduled: their pages, whose own view makes the file."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

TABLE, PAPER = ("csv", "xlsx"), ("csv", "xlsx", "pdf")
SPAN, DAY = "span", "day"


@dataclass(frozen=True, slots=True)
class SchedulablePage:
    """permission: what one needs to see it (its view asks again). dates: start and end (span), end only (day), none."""

    url_name: str
    title: Any
    permission: str
    formats: tuple[str, ...] = TABLE
    dates: str = ""


PAGES: dict[str, SchedulablePage] = {
    "sales": SchedulablePage("sales_report", _("Sales by month"), "accounting.view_invoice", ("csv",)),
    "trial_balance": SchedulablePage("trial_balance", _("Trial balance"), "accounting.view_journalentry", PAPER, SPAN),
    "profit_and_loss": SchedulablePage(
        "profit_and_loss", _("Profit and loss"), "accounting.view_journalentry", PAPER, SPAN
    ),
    "balance_sheet": SchedulablePage("balance_sheet", _("Balance sheet"), "accounting.view_journalentry", PAPER, DAY),
    "cash_flow": SchedulablePage("cash_flow", _("Cash flow"), "accounting.view_journalentry", PAPER, SPAN),
    "receivables": SchedulablePage(
        "receivables_by_age", _("Receivables by age"), "accounting.view_openitem", PAPER, DAY
    ),
    "payables": SchedulablePage("payables_by_age", _("Payables by age"), "accounting.view_openitem", PAPER, DAY),
    "margin": SchedulablePage("margin_report", _("Margin"), "accounting.view_journalentry", PAPER, SPAN),
    "valuation": SchedulablePage("valuation_report", _("Stock valuation"), "accounting.view_journalentry"),
    "stock_ageing": SchedulablePage("ageing_report", _("Stock by age"), "inventory.view_skucost"),
    "stock_figures": SchedulablePage("stock_figures_report", _("Stock figures"), "inventory.view_skucost", TABLE, SPAN),
    "movers": SchedulablePage("movers_report", _("Movers (ABC)"), "inventory.view_skucost", TABLE, SPAN),
    "quality": SchedulablePage("quality_report", _("Quality"), "orders.view_returnorder", TABLE, SPAN),
    "expiry": SchedulablePage("expiry_report", _("Expiry"), "inventory.view_lot"),
    "shrinkage": SchedulablePage("shrinkage_report", _("Shrinkage"), "inventory.audit_shrinkage"),
    "floor": SchedulablePage("floor_report", _("How the floor does"), "warehouse.view_picklist", TABLE, SPAN),
}
