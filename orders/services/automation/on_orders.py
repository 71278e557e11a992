"""What rules change of orders where no other service does just that."""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.core.audit import Change, record
from inventory.services import set_demand_priority
from orders.models import Fulfilment, FulfilmentLine, Order, OrderLine, OrderLineComponent, OrderStatus
from orders.selectors.documents import documents_on
from orders.selectors.merges import mergeable_with
from orders.services.asking import raise_versions
from orders.services.automation.doing import ActionRefused, Doing
from orders.services.changing.edits import OrderEdit
from orders.services.changing.orders import change_order
from orders.services.fulfilling import fulfil_allocated
from orders.services.locking import lock_orders
from orders.services.mailing import ask_for_mails
from orders.services.merging import merge_fulfilments
from orders.services.splitting import NOT_BEGUN, split_fulfilment

Action = Mapping[str, str]


def set_service(action: Action, doing: Doing) -> str:
    if Order.objects.filter(pk=doing.order_id, shipping_service=action["service"]).exists():
        return _("It was so before.")
    change_order(
        doing.order_id,
        edit=OrderEdit(shipping_service=action["service"]),
        company_id=doing.company_id,
        actor=doing.actor,
        reason=doing.reason,
        today=timezone.localdate(),
    )
    return ""


def set_priority(action: Action, doing: Doing) -> str:
    """Also of the goods that it waits for. Statements: 7."""
    new = int(action["priority"])
    order = lock_orders([doing.order_id], company_id=doing.company_id)[doing.order_id]
    if order.priority == new:
        return _("It was so before.")
    demands = OrderLine.objects.filter(order=order, demand__isnull=False).values_list("demand_id", flat=True)
    parts = OrderLineComponent.objects.filter(order_line__order=order).values_list("demand_id", flat=True)
    Order.objects.filter(pk=order.pk).update(priority=new)
    set_demand_priority([pk for pk in (*demands, *parts) if pk is not None], priority=new, company_id=doing.company_id)
    _record(doing, "edited", "priority", str(order.priority), str(new))
    raise_versions([order.pk])
    return ""


def split_category(action: Action, doing: Doing) -> str:
    """The goods of one category leave apart from the rest, wherever a warehouse has not begun."""
    lock_orders([doing.order_id], company_id=doing.company_id)
    apart: defaultdict[int, dict[int, Decimal]] = defaultdict(dict)
    kept: set[int] = set()
    lines = FulfilmentLine.objects.filter(
        fulfilment__order=doing.order_id, fulfilment__status__in=NOT_BEGUN, quantity__gt=0
    )
    for fulfilment_id, pk, quantity, category in lines.order_by("pk").values_list(
        "fulfilment_id", "pk", "quantity", "allocation__sku__product__category__name"
    ):
        if (category or "").casefold() == action["category"].casefold():
            apart[fulfilment_id][pk] = quantity
        else:
            kept.add(fulfilment_id)
    made = [
        Fulfilment(pk=split_fulfilment(
            pk, lines=parts, company_id=doing.company_id, actor=doing.actor, reason=doing.reason
        )).number
        for pk, parts in sorted(apart.items())
        if pk in kept
    ]  # fmt: skip
    return ", ".join(made) if made else _("There was nothing to split.")


def ship_parts(action: Action, doing: Doing) -> str:
    """An order that was to leave whole leaves in parts: what is claimed for it is given to the warehouses now."""
    order = lock_orders([doing.order_id], company_id=doing.company_id)[doing.order_id]
    if not order.ship_complete:
        return _("It was so before.")
    Order.objects.filter(pk=order.pk).update(ship_complete=False)
    _record(doing, "edited", "ship_complete", "yes", "no")
    raise_versions([order.pk])
    made = fulfil_allocated(company_id=doing.company_id, actor=doing.actor, order_ids=[order.pk])
    return ", ".join(Fulfilment(pk=pk).number for pk in made) or _("Nothing of it is there yet.")


def merge_open(action: Action, doing: Doing) -> str:
    """With every open fulfilment that could share a parcel: same buyer, address, service and warehouse."""
    merged = []
    for mine, others in mergeable_with(doing.order_id):
        free = [other for other in others if not other.held]
        if free and not mine.held:
            merge_fulfilments(
                [mine.fulfilment_id, *(other.fulfilment_id for other in free)],
                company_id=doing.company_id,
                actor=doing.actor,
                reason=doing.reason,
            )
            merged += [f"SO-{other.order_id:06d}" for other in free]
    return ", ".join(sorted(set(merged))) if merged else _("There was nothing to merge it with.")


def write_note(action: Action, doing: Doing) -> str:
    _record(doing, "noted", "", "", action["text"])
    return ""


def mail_buyer(action: Action, doing: Doing) -> str:
    status = Order.objects.values_list("status", flat=True).get(pk=doing.order_id)
    if status == OrderStatus.CANCELLED:
        raise ActionRefused(_("The order is cancelled."))
    ask_for_mails(documents_on("orders.order", [doing.order_id]), actor=doing.actor)
    return ""


def _record(doing: Doing, action: str, field: str, old: str, new: str) -> None:
    change = Change("orders.order", doing.order_id, action, field, old, new, doing.reason, doing.company_id)
    record([change], actor=doing.actor)
