"""Values that a rule's form offers to choose from, by source. They are offered, not demanded: texts are compared as texts."""

from accounting.models import Party
from backoffice.core.scopes import offered
from inventory.models import Brand, Category, Warehouse
from orders.models import Channel, CustomerGroup, HoldKind, OrderStatus, OrderTag

MOST = 500


def rule_choices(company_id: int) -> dict[str, list[str]]:
    """Statements: 7."""
    own = {"company": company_id}
    return {
        "channels": list(offered(Channel.objects.filter(**own)).order_by("code").values_list("code", flat=True)[:MOST]),
        "statuses": [status.value for status in OrderStatus],
        "holds": [kind.value for kind in HoldKind],
        "tags": list(
            OrderTag.objects.filter(order__company=company_id)
            .order_by("name")
            .values_list("name", flat=True)
            .distinct()[:MOST]
        ),
        "warehouses": list(
            offered(Warehouse.objects.filter(**own, is_transit=False))
            .order_by("code")
            .values_list("code", flat=True)[:MOST]
        ),
        "categories": list(Category.objects.filter(**own).order_by("name").values_list("name", flat=True)[:MOST]),
        "brands": list(Brand.objects.filter(**own).order_by("name").values_list("name", flat=True)[:MOST]),
        "groups": list(CustomerGroup.objects.filter(**own).order_by("code").values_list("code", flat=True)[:MOST]),
        "suppliers": list(
            Party.objects.filter(**own, is_supplier=True).order_by("code").values_list("code", flat=True)[:MOST]
        ),
    }
