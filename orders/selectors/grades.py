"""What a grade costs."""

from decimal import Decimal

from orders.models import GradeWriteDown


def write_down_percents(company_id: int) -> dict[str, Decimal]:
    """How much of its cost a thing of each grade loses, in percent. Statements: 1."""
    return dict(GradeWriteDown.objects.filter(company_id=company_id).values_list("grade", "percent"))
