"""What can be done to many orders at once, as background jobs: each action is calls of this app's services."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.core.actor import Actor
from backoffice.core.registry import BulkAction, BulkField, BulkTarget, RowResult
from inventory.models import Warehouse
from orders.automation.triggers import subject_of
from orders.models import AutomationRule, CancelRequest, Hold, HoldKind, Order, OrderStatus
from orders.selectors.desk import back_ordered
from orders.services.automation import add_tags, look_at
from orders.services.automation.looking import describe
from orders.services.cancelling import cancel_order
from orders.services.changing.edits import OrderEdit
from orders.services.changing.orders import OrderChange, change_orders
from orders.services.fulfilling import ReleaseResult, release_orders
from orders.services.holding import place_hold, release_hold
from orders.services.pinning import PinResult, pin_orders, source_again, unpin_orders

Params = Mapping[str, str]
ORDER = "orders.order"
REASON = BulkField("reason", _("Reason"))
# A mapping hold ends when its lines are mapped, order by order.
HOLDS = tuple((kind.value, kind.label) for kind in HoldKind if kind != HoldKind.MAPPING)


def _released(order_ids: Sequence[int], actor: Actor) -> dict[int, ReleaseResult]:
    """Release orders of any companies; what became of each that exists."""
    return {
        result.order_id: result
        for company_id, ids in sorted(_by_company(order_ids).items())
        for result in release_orders(ids, company_id=company_id, actor=actor)
    }


def release(order_ids: Sequence[int], params: Params, actor: Actor) -> list[RowResult]:
    found = _released(order_ids, actor)
    return [_release_result(found[pk]) if pk in found else _gone(pk) for pk in order_ids]


def _release_result(result: ReleaseResult) -> RowResult:
    if result.state == "refused":
        return RowResult(result.order_id, "refused", result.code, result.detail)
    said = gettext("What is not in stock still waits.") if result.back_ordered else ""
    return RowResult(result.order_id, "already" if result.state == "already" else "done", detail=said)


def retry_back_orders(order_ids: Sequence[int], params: Params, actor: Actor) -> list[RowResult]:
    """Claim again what released orders lack; an order that lacked nothing is already as wanted."""
    lacking = set(back_ordered(Order.objects.filter(pk__in=order_ids)).values_list("pk", flat=True))
    status = dict(Order.objects.filter(pk__in=order_ids).values_list("pk", "status"))
    going = [pk for pk in lacking if status[pk] in (OrderStatus.RELEASED, OrderStatus.PARTLY_SHIPPED)]
    found = _released(going, actor)

    def result(pk: int) -> RowResult:
        if pk not in status:
            return _gone(pk)
        if pk not in lacking:
            return RowResult(pk, "already", detail=gettext("Nothing of it waits for goods."))
        if pk not in found:
            return RowResult(pk, "refused", "not_released", gettext("Release it first: it is not with the warehouse."))
        if found[pk].state == "refused":
            return RowResult(pk, "refused", found[pk].code, found[pk].detail)
        if found[pk].back_ordered:
            return RowResult(pk, "refused", "out_of_stock", gettext("Some of its goods are still not in stock."))
        return RowResult(pk, "done")

    return [result(pk) for pk in order_ids]


def cancel(order_ids: Sequence[int], params: Params, actor: Actor) -> list[RowResult]:
    [pk] = order_ids
    order = Order.objects.filter(pk=pk).first()
    if order is None:
        return [_gone(pk)]
    if order.status == OrderStatus.CANCELLED:
        return [RowResult(pk, "already")]
    status = cancel_order(pk, company_id=order.company_id, actor=actor, reason=params["reason"], ask=True)
    said = ""
    if CancelRequest.objects.filter(order=order, status="open").exists():
        said = gettext("What nobody works on is cancelled; for what is being picked the warehouse is asked.")
    elif status != OrderStatus.CANCELLED:
        said = gettext("What had shipped stays shipped.")
    return [RowResult(pk, "done", detail=said)]


def change(order_ids: Sequence[int], params: Params, actor: Actor) -> list[RowResult]:
    """Another service or another promised day; what is refused of one is tried in halves by the job."""
    edit = OrderEdit(
        shipping_service=params["service"] or None,
        promise_date=parse_date(params["promise_date"]) if params["promise_date"] else None,
    )
    if edit == OrderEdit():
        said = gettext("Say what shall be changed.")
        return [RowResult(pk, "refused", "nothing_asked", said) for pk in order_ids]
    known: set[int] = set()
    changed: set[int] = set()
    for company_id, ids in sorted(_by_company(order_ids).items()):
        orders = Order.objects.filter(pk__in=ids).values_list("pk", "shipping_service", "promise_date")
        wanted = [
            OrderChange(pk, edit)
            for pk, service, day in orders.order_by("pk")
            if (edit.shipping_service or service, edit.promise_date or day) != (service, day)
        ]
        change_orders(wanted, company_id=company_id, actor=actor, reason=params["reason"], today=timezone.localdate())
        known.update(ids)
        changed.update(one.order_id for one in wanted)
    return [RowResult(pk, "done" if pk in changed else "already") if pk in known else _gone(pk) for pk in order_ids]


def hold(order_ids: Sequence[int], params: Params, actor: Actor) -> list[RowResult]:
    [pk] = order_ids
    order = Order.objects.filter(pk=pk).first()
    if order is None:
        return [_gone(pk)]
    if Hold.objects.filter(order=order, kind=params["kind"], released_at__isnull=True).exists():
        return [RowResult(pk, "already", detail=gettext("It has an open hold of this kind."))]
    place_hold(pk, company_id=order.company_id, kind=params["kind"], reason=params["reason"], actor=actor)
    return [RowResult(pk, "done")]


def free(order_ids: Sequence[int], params: Params, actor: Actor) -> list[RowResult]:
    """Release the open holds of one kind, or all that a person may simply release."""
    [pk] = order_ids
    company_id = Order.objects.filter(pk=pk).values_list("company_id", flat=True).first()
    if company_id is None:
        return [_gone(pk)]
    holds = Hold.objects.filter(order_id=pk, released_at__isnull=True).order_by("pk")
    if params["kind"]:
        holds = holds.filter(kind=params["kind"])
    ids = list(holds.values_list("pk", flat=True))
    if not ids:
        return [RowResult(pk, "already", detail=gettext("It has no such open hold."))]
    for hold_id in ids:
        freed = release_hold(hold_id, company_id=company_id, actor=actor, reason=params["reason"])
    return [RowResult(pk, "done", detail=gettext("Other holds are still open.") if freed.still_held else "")]


def pin(order_ids: Sequence[int], params: Params, actor: Actor) -> list[RowResult]:
    """Pin to the warehouse of that code; each order's company has its own."""

    def act(ids: Sequence[int], company_id: int) -> list[PinResult]:
        code = params["warehouse"].strip()
        house = Warehouse.objects.filter(company_id=company_id, code=code, is_active=True, is_transit=False).first()
        if house is None:
            said = gettext("There is no warehouse “%(code)s” that ships.") % {"code": code[:40]}
            return [PinResult(pk, "refused", "unknown_warehouse", said) for pk in ids]
        return pin_orders(ids, warehouse_id=house.pk, company_id=company_id, actor=actor, reason=params["reason"])

    return _sourced(order_ids, act)


def unpin(order_ids: Sequence[int], params: Params, actor: Actor) -> list[RowResult]:
    return _sourced(
        order_ids,
        lambda ids, company_id: unpin_orders(ids, company_id=company_id, actor=actor, reason=params["reason"]),
    )


def source(order_ids: Sequence[int], params: Params, actor: Actor) -> list[RowResult]:
    return _sourced(
        order_ids,
        lambda ids, company_id: source_again(ids, company_id=company_id, actor=actor, reason=params["reason"]),
    )


def _sourced(order_ids: Sequence[int], act: Callable[[Sequence[int], int], list[PinResult]]) -> list[RowResult]:
    found = {
        result.order_id: result
        for company_id, ids in sorted(_by_company(order_ids).items())
        for result in act(ids, company_id)
    }
    return [_sourced_result(found[pk]) if pk in found else _gone(pk) for pk in order_ids]


def _sourced_result(result: PinResult) -> RowResult:
    if result.state == "refused":
        return RowResult(result.order_id, "refused", result.code, result.detail)
    said = gettext("What is not in stock still waits.") if result.back_ordered else ""
    return RowResult(result.order_id, "already" if result.state == "already" else "done", detail=said)


def tag(order_ids: Sequence[int], params: Params, actor: Actor) -> list[RowResult]:
    fresh: set[int] = set()
    by_company = _by_company(order_ids)
    for company_id, ids in sorted(by_company.items()):
        fresh.update(add_tags(ids, tag=params["tag"], company_id=company_id, actor=actor))
    known = {pk for ids in by_company.values() for pk in ids}
    return [RowResult(pk, "done" if pk in fresh else "already") if pk in known else _gone(pk) for pk in order_ids]


def run_rule(order_ids: Sequence[int], params: Params, actor: Actor) -> list[RowResult]:
    """Have one rule look at these orders, whenever they came; it acts within seconds."""
    found: dict[int, str] = {}
    for company_id, ids in sorted(_by_company(order_ids).items()):
        rule = AutomationRule.objects.filter(company=company_id, name=params["rule"].strip()).first()
        if rule is None or not rule.is_active or subject_of(rule.trigger) != "order":
            said = gettext("There is no rule “%(name)s” about orders that is switched on.") % {
                "name": params["rule"][:80]
            }
            return [RowResult(pk, "refused", "unknown_rule", said) for pk in order_ids]
        found |= look_at(rule, ids)
    states = {"fired": "done", "already": "already", "no_match": "already"}
    return [
        RowResult(pk, states[found[pk]], detail=describe(found[pk])) if pk in found else _gone(pk) for pk in order_ids
    ]


def _by_company(order_ids: Sequence[int]) -> dict[int, list[int]]:
    by_company: dict[int, list[int]] = {}
    for pk, company_id in Order.objects.filter(pk__in=order_ids).order_by("pk").values_list("pk", "company_id"):
        by_company.setdefault(company_id, []).append(pk)
    return by_company


def _gone(pk: int) -> RowResult:
    return RowResult(pk, "refused", "not_found", gettext("There is no such order."))


def _visible(request: Any, given: Mapping[str, Sequence[str]]) -> Any:
    """Orders of the key's channel, filtered as the API's list is. Raises ValidationError."""
    from backoffice.core.api.actions import own_rows
    from backoffice.core.api.filters import chosen
    from orders.api.filters import OrderFilter

    rows = own_rows(request, Order.objects.order_by("-placed_at", "-pk"), channel="channel_id")
    return chosen(OrderFilter, given, rows)


ENTRIES = (
    BulkTarget(ORDER, _visible),
    BulkAction(
        "orders.release", _("Release to warehouse"), "orders.change_order", ORDER, release, 50,
        scope="orders:release", order=10,
    ),
    BulkAction(
        "orders.retry_back_orders", _("Claim missing goods again"), "orders.change_order", ORDER, retry_back_orders, 50,
        scope="orders:release", order=20,
    ),
    BulkAction(
        "orders.hold", _("Hold"), "orders.add_hold", ORDER, hold, 1,
        fields=(BulkField("kind", _("Kind"), choices=HOLDS), REASON), scope="orders:write", order=30,
    ),
    BulkAction(
        "orders.release_hold", _("Release holds"), "orders.change_hold", ORDER, free, 1,
        fields=(BulkField("kind", _("Kind (empty: all)"), required=False, choices=HOLDS), REASON),
        scope="orders:release", order=40,
    ),
    BulkAction(
        "orders.source", _("Source again"), "orders.change_order", ORDER, source, 50,
        fields=(REASON,), scope="orders:write", order=50,
    ),
    BulkAction(
        "orders.pin", _("Pin to a warehouse"), "orders.change_order", ORDER, pin, 50,
        fields=(BulkField("warehouse", _("Warehouse")), REASON), scope="orders:write", order=60,
    ),
    BulkAction(
        "orders.unpin", _("Take pins off"), "orders.change_order", ORDER, unpin, 50,
        fields=(REASON,), scope="orders:write", order=70,
    ),
    BulkAction(
        "orders.change", _("Change service or promised day"), "orders.change_order", ORDER, change, 50,
        fields=(
            BulkField("service", _("Service (empty: as it is)"), required=False, max_length=60),
            BulkField("promise_date", _("Promised for (empty: as it is)"), required=False, is_date=True),
            REASON,
        ),
        scope="orders:write", order=72,
    ),
    BulkAction(
        "orders.tag", _("Tag"), "orders.change_order", ORDER, tag, 50,
        fields=(BulkField("tag", _("Tag"), max_length=40),), scope="orders:write", order=75,
    ),
    BulkAction(
        "orders.run_rule", _("Run a rule"), "orders.change_automationrule", ORDER, run_rule, 50,
        fields=(BulkField("rule", _("Name of the rule"), max_length=80),), scope="rules:write", order=80,
    ),
    BulkAction(
        "orders.cancel", _("Cancel what is open"), "orders.change_order", ORDER, cancel, 1, fields=(REASON,), order=90,
    ),
)  # fmt: skip
