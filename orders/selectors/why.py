"""Why an order has not shipped yet, in plain words."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import F, Prefetch
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.core.db import database_now
from backoffice.core.show import show_number
from inventory.models import Demand
from inventory.selectors import Atp, atp
from orders.models import (
    CancelRequest,
    CancelRequestStatus,
    DropShipLine,
    Fulfilment,
    FulfilmentStatus,
    Hold,
    HoldKind,
    Order,
    OrderLine,
    OrderStatus,
    Shipment,
    ShipmentStatus,
)
from orders.selectors.release_dates import channel_releases
from orders.selectors.sites import is_past

ENDED = (FulfilmentStatus.SHIPPED, FulfilmentStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that an order waits for.

    code: cancelled, draft, held, unknown_sku, back_ordered, pre_order, drop_shipped, waiting_for_complete, not_released, ready,
    cut_off_passed, being_worked_on, packed, cancel_requested. warehouse: its code where it concerns one. expected: the
    day on which it should be over, where that is known.
    """

    code: str
    sentence: str
    warehouse: str = ""
    expected: datetime.date | None = None


@dataclass(slots=True)
class _Facts:
    """An order with what was read of it; promises, and its channel's own release dates, by SKU."""

    order: Order
    now: datetime.datetime
    lines: list[OrderLine]
    holds: list[Hold]
    work: list[Fulfilment]
    demands: list[Demand]
    promises: Mapping[int, Atp] = field(default_factory=dict)
    releases: Mapping[int, datetime.date] = field(default_factory=dict)

    @property
    def lacking(self) -> list[Demand]:
        return [demand for demand in self.demands if demand.unmet > 0]


def why_not_shipped(order_ids: Sequence[int]) -> dict[int, list[Reason]]:
    """What each order waits for, what stops it first; empty for one that has shipped.

    Dates of goods are promises: what is on its way, less what others wait for. Statements: at most 14, whatever
    the number of orders (of one company).
    """
    work = Fulfilment.objects.exclude(status__in=ENDED).select_related("warehouse").order_by("id")
    packed = Shipment.objects.filter(shipped_at__isnull=True).order_by("id")
    dropped = DropShipLine.objects.filter(quantity__gt=F("shipped") + F("cancelled")).select_related(
        "order_line__sku", "po_line__purchase_order__supplier__person"
    )
    asked = CancelRequest.objects.filter(status=CancelRequestStatus.OPEN).select_related(
        "fulfilment_line__allocation__sku", "fulfilment__warehouse"
    )
    lines = OrderLine.objects.select_related("sku", "promise").order_by("position")
    orders = list(
        Order.objects.filter(pk__in=order_ids)
        .select_related("channel__company")
        .prefetch_related(
            Prefetch("holds", Hold.objects.filter(released_at__isnull=True).order_by("id"), to_attr="open_holds"),
            Prefetch("fulfilments", work.prefetch_related(Prefetch("shipments", packed)), to_attr="open_work"),
            Prefetch("lines", lines.prefetch_related(Prefetch("drop_ships", dropped))),
            Prefetch("cancel_requests", asked, to_attr="open_requests"),
        )
        .order_by("pk")
    )
    now = database_now()
    demands = _demands([line.pk for order in orders for line in order.lines.all()])
    facts = [
        _Facts(
            o, now, list(o.lines.all()), o.open_holds, o.open_work,  # type: ignore[attr-defined]
            [demand for line in o.lines.all() for demand in demands.get(line.pk, [])],
        )
        for o in orders
    ]  # fmt: skip
    wanted: dict[int, set[int]] = {}
    for fact in facts:
        wanted.setdefault(fact.order.company_id, set()).update(demand.sku_id for demand in fact.lacking)
    promises = {company_id: atp(company_id, sorted(skus)) if skus else {} for company_id, skus in wanted.items()}
    releases = channel_releases(
        {fact.order.channel_id for fact in facts}, {pk for skus in wanted.values() for pk in skus}
    )
    for fact in facts:
        fact.promises, fact.releases = promises[fact.order.company_id], releases.get(fact.order.channel_id, {})
    return {fact.order.pk: list(_reasons(fact)) for fact in facts}


def _demands(line_ids: Sequence[int]) -> dict[int, list[Demand]]:
    """What each line wants: its own demand, or one for each component of a kit."""
    found: dict[int, list[Demand]] = {}
    rows = Demand.objects.filter(source_type="orders.orderline", source_id__in=line_ids)
    for demand in rows.select_related("sku").order_by("id"):
        found.setdefault(demand.source_id, []).append(demand)
    return found


def _reasons(fact: _Facts) -> Iterator[Reason]:
    order = fact.order
    if order.status == OrderStatus.CANCELLED:
        yield Reason("cancelled", _("It was cancelled."))
    elif order.status == OrderStatus.DRAFT:
        yield Reason("draft", _("It is a draft: nothing is promised yet."))
    elif order.status in (OrderStatus.PLACED, OrderStatus.RELEASED, OrderStatus.PARTLY_SHIPPED):
        yield from _stopped(fact)
        yield from _missing(fact)
        yield from _pre_ordered(fact)
        yield from _dropped(fact)
        yield from _idle(fact)
        yield from _working(fact)
        yield from _asked(fact)


def _stopped(fact: _Facts) -> Iterator[Reason]:
    """Holds, each with its kind and reason."""
    for hold in fact.holds:
        if hold.kind == HoldKind.MAPPING:
            codes = ", ".join(line.channel_sku for line in fact.lines if line.sku_id is None)
            yield Reason("unknown_sku", _("Nobody knows which SKUs these codes are: %(codes)s.") % {"codes": codes})
        else:
            words = {
                "kind": hold.get_kind_display(),
                "who": hold.placed_by,
                "day": date_format(hold.placed_at, "SHORT_DATETIME_FORMAT"),
                "reason": hold.reason,
            }
            yield Reason("held", _("Held (%(kind)s) by %(who)s, %(day)s: %(reason)s") % words)


def _missing(fact: _Facts) -> Iterator[Reason]:
    """Goods that nobody has, each with its promise."""
    for demand in fact.lacking:
        words = {"quantity": show_number(demand.unmet), "sku": demand.sku.code}
        entry = fact.promises.get(demand.sku_id)
        released = fact.releases.get(demand.sku_id) or (entry.release_date if entry else None)
        promise = entry.demands[demand.pk].not_before(released) if entry and demand.pk in entry.demands else None
        if promise is None or not promise.parts:
            said = _("%(quantity)s × %(sku)s are not in stock, and none is known to come.")
            if entry and demand.min_expiry_date and any(entry.free.values()):
                words["day"] = date_format(demand.min_expiry_date, "SHORT_DATE_FORMAT")
                said = _("%(quantity)s × %(sku)s wait for fresher goods: what is in stock does not keep until %(day)s.")
            yield Reason("back_ordered", said % words)
            continue
        day = promise.date or promise.parts[-1].date
        words["day"] = date_format(day, "SHORT_DATE_FORMAT")
        if promise.short:
            words["short"] = show_number(promise.short)
            said = _("%(quantity)s × %(sku)s are not in stock: some come by %(day)s, %(short)s are not on their way.")
        elif entry and day <= entry.today:
            said = _("%(quantity)s × %(sku)s are there by now: claim the goods again.")
        elif entry and released and released > entry.today:
            said = _("%(quantity)s × %(sku)s are a pre-order: promised for %(day)s.")
        else:
            said = _("%(quantity)s × %(sku)s are not in stock: promised for %(day)s.")
        yield Reason("back_ordered", said % words, expected=promise.date)


def _pre_ordered(fact: _Facts) -> Iterator[Reason]:
    """Goods that are there and wait for their release date."""
    for line in fact.lines:
        promise = getattr(line, "promise", None)
        if promise is None or not promise.is_open or promise.waiting or promise.release_date is None:
            continue
        words = {
            "quantity": show_number(line.quantity - line.cancelled - line.shipped),
            "sku": line.sku.code if line.sku else line.channel_sku,
            "day": date_format(promise.release_date, "SHORT_DATE_FORMAT"),
        }
        said = _("%(quantity)s × %(sku)s are a pre-order: they are there and go to the warehouse on %(day)s.")
        yield Reason("pre_order", said % words, expected=promise.release_date)


def _dropped(fact: _Facts) -> Iterator[Reason]:
    """What a supplier ships straight to the buyer."""
    for line in fact.lines:
        for part in line.drop_ships.all():
            purchase = part.po_line.purchase_order
            words = {
                "quantity": show_number(part.open_quantity),
                "sku": part.order_line.sku.code if part.order_line.sku else part.order_line.channel_sku,
                "supplier": str(purchase.supplier),
                "purchase": purchase.number,
            }
            said = _("%(quantity)s × %(sku)s come straight from %(supplier)s (%(purchase)s).") % words
            yield Reason("drop_shipped", said, expected=purchase.expected_date)


def _asked(fact: _Facts) -> Iterator[Reason]:
    """Cancellations that a warehouse has not answered."""
    for asked in fact.order.open_requests:  # type: ignore[attr-defined]
        words = {
            "quantity": show_number(asked.quantity),
            "sku": asked.goods,
            "warehouse": asked.fulfilment.warehouse.code,
        }
        said = _("%(warehouse)s has been asked not to ship %(quantity)s × %(sku)s and has not answered yet.") % words
        yield Reason("cancel_requested", said, asked.fulfilment.warehouse.code)


def _idle(fact: _Facts) -> Iterator[Reason]:
    """Goods are claimed, yet no warehouse has been asked for them."""
    order = fact.order
    claimed = sum((demand.claimed for demand in fact.demands), Decimal(0))
    if order.status == OrderStatus.PLACED and not fact.holds:
        yield Reason("not_released", _("Nobody has released it to the warehouse yet."))
    elif order.ship_complete and fact.lacking and claimed and not fact.holds:
        said = ngettext(
            "The rest (%(claimed)s unit claimed) waits: this order ships only when it is complete.",
            "The rest (%(claimed)s units claimed) waits: this order ships only when it is complete.",
            int(claimed),
        )
        yield Reason("waiting_for_complete", said % {"claimed": show_number(claimed)})


def _working(fact: _Facts) -> Iterator[Reason]:
    """What each warehouse does with it."""
    zone = fact.order.channel.company.time_zone
    for work in fact.work:
        house = work.warehouse
        words = {"fulfilment": work.number, "warehouse": house.code, "status": work.get_status_display()}
        if work.status in (FulfilmentStatus.READY, FulfilmentStatus.PENDING):
            yield Reason("ready", _("%(fulfilment)s waits in %(warehouse)s for a picker.") % words, house.code)
        elif work.status == FulfilmentStatus.PACKED:
            said = (
                _("%(fulfilment)s is packed and labelled in %(warehouse)s and waits for the carrier.")
                if any(shipment.status == ShipmentStatus.LABELLED for shipment in work.shipments.all())
                else _("%(fulfilment)s is packed in %(warehouse)s and waits to be handed over.")
            )
            yield Reason("packed", said % words, house.code)
        elif work.status != FulfilmentStatus.ON_HOLD:
            said = _("%(fulfilment)s is being worked on in %(warehouse)s: %(status)s.")
            yield Reason("being_worked_on", said % words, house.code)
        held = work.status == FulfilmentStatus.ON_HOLD
        if not held and house.cut_off and is_past(house.cut_off, house.time_zone or zone, fact.now):
            words["time"] = time_format(house.cut_off, "TIME_FORMAT")
            said = _("Today's cut-off of %(warehouse)s (%(time)s) has passed: it leaves on its next working day.")
            yield Reason("cut_off_passed", said % words, house.code)
