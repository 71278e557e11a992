"""Reports of orders by what stands in an address; pages and API ask the same."""

from accounting.models import Company
from accounting.reports import question
from accounting.statements.asking import Asked
from accounting.statements.tables import Report
from orders.selectors.margin import BY, margin_report


def margin(asked: Asked, company: Company, limit: int | None = None, *, chart: bool = False) -> Report:
    """Raises InvalidInput with all that is wrong."""
    by = asked.choice("by", BY, "channel")
    return margin_report(question(asked, company), by=by, limit=limit, chart=chart)
