"""What a newcomer asks of an order: what was promised, how far it is, and the one next step."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from backoffice.core.show import show_number, show_time
from inventory.models import PurchaseOrder, PurchaseOrderStatus
from orders.models import Fulfilment, FulfilmentStatus, Hold, HoldKind, Order, Shipment, ShipmentStatus
from orders.selectors.axes import Axes

BUSY = ("ready", "in_wave", "picking", "picked", "packing", "packed")
ENDED = ("shipped", "completed")
NOT_SENT = (PurchaseOrderStatus.DRAFT, PurchaseOrderStatus.SUBMITTED, PurchaseOrderStatus.APPROVED)


@dataclass(frozen=True, slots=True)
class Step:
    """A stage of an order. state: done, part (under way), none, or off (does not apply any more)."""

    name: str
    state: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class NextStep:
    """One sentence, and at most one button. tone: "" (nothing to do), "moving", "act" or "bad"."""

    sentence: str
    tone: str = ""
    action: str = ""  # release or claim
    link: str = ""
    link_text: str = ""


def promise_of(order: Order, today: datetime.date) -> str:
    """The promised day in words; empty where none was given."""
    if order.promise_date is None:
        return ""
    day = date_format(order.promise_date, "SHORT_DATE_FORMAT")
    if order.status in ("placed", "released", "partly_shipped") and order.promise_date < today:
        late = (today - order.promise_date).days
        return ngettext("promised for %(day)s: %(late)s day late", "promised for %(day)s: %(late)s days late", late) % {
            "day": day,
            "late": late,
        }
    return gettext("promised for %(day)s") % {"day": day}


def steps_of(
    order: Order,
    axes: Axes,
    *,
    held: bool,
    claimed: Decimal,
    wanted: Decimal,
    fulfilments: Sequence[Fulfilment],
    shipments: Sequence[Shipment],
) -> list[Step]:
    """Placed, goods, warehouse, shipped, billed, paid."""
    gone = [shipment for shipment in shipments if shipment.shipped_at]
    work = [fulfilment for fulfilment in fulfilments if fulfilment.status in BUSY]
    over = order.status == "cancelled"
    found = gettext("%(claimed)s of %(wanted)s claimed") % {
        "claimed": show_number(claimed),
        "wanted": show_number(wanted),
    }
    steps = [
        Step(gettext("Placed"), "part" if order.status == "draft" else "done", show_time(order.placed_at)),
        Step(gettext("Goods found"), _goods(axes), found if wanted > 0 else ""),
        Step(gettext("In the warehouse"), _warehouse(axes, work, held=held), ", ".join(_stages(work))),
        Step(gettext("Shipped"), _level(axes.shipped), show_time(gone[-1].shipped_at) if gone else ""),
        Step(gettext("Billed"), _level(axes.billed)),
        Step(gettext("Paid"), _level(axes.paid)),
    ]
    return [Step(s.name, "off", s.said) if over and s.state != "done" else s for s in steps]


def _level(level: str) -> str:
    return {"full": "done", "part": "part"}.get(level, "none")


def _goods(axes: Axes) -> str:
    return "done" if axes.shipped == "full" else _level(axes.allocated)


def _warehouse(axes: Axes, work: Sequence[Fulfilment], *, held: bool) -> str:
    if axes.shipped == "full":
        return "done"
    return "part" if work and not held else "none"


def _stages(work: Sequence[Fulfilment]) -> list[str]:
    return list(dict.fromkeys(f"{fulfilment.warehouse.code}: {fulfilment.get_status_display()}" for fulfilment in work))


def next_step(
    order: Order,
    axes: Axes,
    *,
    holds: Sequence[Hold],
    waiting: Decimal,
    expected: datetime.date | None,
    fulfilments: Sequence[Fulfilment],
    shipments: Sequence[Shipment],
    owed: Any,
    released_on: datetime.date | None = None,
    purchases: Sequence[PurchaseOrder] = (),
) -> NextStep:
    """What this order waits for. waiting: units that nobody has; expected: when a purchase order brings some;
    owed: what is billed and not paid, as text, or empty. released_on: the day that its pre-orders wait for.
    purchases: of suppliers who have still to ship to the buyer.
    """
    if order.status == "cancelled":
        return NextStep(gettext("Cancelled: nothing more to do."))
    if order.status == "draft":
        return NextStep(gettext("A draft: nothing is promised and nothing is claimed yet."), "act")
    if holds:
        return _held(holds)
    if order.status in ENDED:
        return _gone(owed)
    if order.status == "placed" and not waiting:
        return NextStep(gettext("Ready to be released to the warehouse."), "act", "release")
    if waiting:
        return _waiting(order, waiting, expected)
    work = [fulfilment for fulfilment in fulfilments if fulfilment.status in BUSY]
    if released_on and not work:
        day = date_format(released_on, "SHORT_DATE_FORMAT")
        return NextStep(gettext("A pre-order: it goes to the warehouse on %(day)s.") % {"day": day}, "moving")
    if purchases and not work:
        return _with_suppliers(purchases)
    return _in_hands(work, shipments)


def _with_suppliers(purchases: Sequence[PurchaseOrder]) -> NextStep:
    """Our warehouses have nothing to do: suppliers ship what is left."""
    unsent = [purchase for purchase in purchases if purchase.status in NOT_SENT]
    said = (
        gettext("Send %(number)s to the supplier, who ships straight to the buyer.")
        if unsent
        else gettext("%(number)s is with the supplier, who ships straight to the buyer: record what has left.")
    ) % {"number": ", ".join(purchase.number for purchase in unsent or purchases)}
    return NextStep(
        said, "act" if unsent else "moving", link="#suppliers", link_text=gettext("See what suppliers ship")
    )


def _held(holds: Sequence[Hold]) -> NextStep:
    if any(hold.kind == HoldKind.MAPPING for hold in holds):
        return NextStep(
            gettext("Held: it has codes that nobody knows. Say which SKUs they are, and it goes on by itself."),
            "bad",
            link="#codes",
            link_text=gettext("Map the codes"),
        )
    kinds = ", ".join(str(hold.get_kind_display()) for hold in holds)
    sentence = ngettext(
        "Held (%(kinds)s): look into it, then release the hold with your reason.",
        "Held (%(kinds)s): look into each, then release the holds with your reason.",
        len(holds),
    )
    return NextStep(sentence % {"kinds": kinds}, "bad", link="#holds", link_text=gettext("See the holds"))


def _gone(owed: Any) -> NextStep:
    said = gettext("Everything has left the building.")
    if not owed:
        return NextStep(said)
    paid = gettext("%(amount)s is still to be paid.") % {"amount": owed}
    return NextStep(f"{said} {paid}", "moving", link="#money", link_text=gettext("See the money"))


def _waiting(order: Order, waiting: Decimal, expected: datetime.date | None) -> NextStep:
    said = gettext("Some goods are not in stock yet: %(quantity)s wait for a delivery.") % {
        "quantity": show_number(waiting)
    }
    if expected:
        said += " " + gettext("The next one is expected on %(day)s.") % {
            "day": date_format(expected, "SHORT_DATE_FORMAT")
        }
    if order.status == "placed":
        return NextStep(said, "act", "release")
    return NextStep(said, "act", "claim")


def _in_hands(work: Sequence[Fulfilment], shipments: Sequence[Shipment]) -> NextStep:
    if not work:
        return NextStep(gettext("Released: it waits until the whole of it can leave."), "moving")
    labelled = {shipment.fulfilment_id for shipment in shipments if shipment.status == ShipmentStatus.LABELLED}
    if any(fulfilment.status != FulfilmentStatus.PACKED for fulfilment in work):
        said = gettext("In the warehouse: pick, pack, ship.")
    elif all(fulfilment.pk in labelled for fulfilment in work):
        said = gettext("Packed and labelled: it waits for the carrier.")
    else:
        said = gettext("Packed: it waits to be handed over.")
    return NextStep(f"{said} ({', '.join(_stages(work))})", "moving", link="#work", link_text=gettext("See the work"))


def today() -> datetime.date:
    return timezone.localdate()
