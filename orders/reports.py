"""Reports of orders by what stands in an address; pages and API ask the same."""

from django.utils.translation import gettext as _

from accounting.models import Company
from accounting.reports import question
from accounting.statements.asking import Asked
from accounting.statements.tables import Report
from inventory.models import Warehouse
from orders.selectors.margin import BY, margin_report


def margin(asked: Asked, company: Company, limit: int | None = None, *, chart: bool = False) -> Report:
    """Raises InvalidInput with all that is wrong."""
    by = asked.choice("by", BY, "channel")
    if by == "sku" and (asked.text("channel") or asked.text("category")):
        asked.wrong("by", _("By SKU, margin is known of all or of one warehouse only."), "warehouse_only")
    places = Warehouse.objects.filter(company=company)
    if (code := asked.text("warehouse")) and not places.filter(code=code).exists():
        asked.wrong("warehouse", _("There is no such warehouse."), "unknown_warehouse")
    return margin_report(question(asked, company), by=by, limit=limit, chart=chart)
