"""Cancelling what a warehouse works on: what has to be asked, and the requests."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from backoffice.core import outbox
from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from orders.errors import NothingToCancel
from orders.models import CancelRequest, OrderLine

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Ask:
    """A quantity that a warehouse works on, to be cancelled if it agrees.

    Of a kit line each component in hand is asked for. The first one carries the number of kits, and the answer to
    one is the answer to all of the same line.
    """

    line_id: int
    fulfilment_id: int
    fulfilment_line_id: int
    quantity: Decimal
    kits: Decimal | None = None
    first: bool = True


@dataclass(frozen=True, slots=True)
class Begun:
    """A fulfilment line that a warehouse works on: what it is not asked for yet, and what it is."""

    fulfilment_id: int
    fulfilment_line_id: int
    unasked: Decimal
    asked: Decimal


# What of each demand a warehouse has begun, newest first, less what it is asked to give up already.
_BEGUN = """
SELECT a.demand_id, f.id, fl.id, fl.quantity - fl.shipped - coalesce(r.asked, 0), coalesce(r.asked, 0)
FROM orders_fulfilmentline fl
JOIN orders_fulfilment f ON f.id = fl.fulfilment_id
    AND f.status IN ('in_wave', 'picking', 'picked', 'packing', 'packed')
JOIN inventory_allocation a ON a.id = fl.allocation_id
LEFT JOIN LATERAL (
    SELECT sum(quantity) AS asked FROM orders_cancelrequest
    WHERE fulfilment_line_id = fl.id AND status = 'open'
) r ON true
WHERE fl.order_line_id = ANY(%s) AND fl.quantity > fl.shipped ORDER BY a.demand_id, fl.id DESC
"""


def split_wanted(
    wanted: Mapping[int, Decimal],
    present: Mapping[int, OrderLine],
    *,
    with_suppliers: Mapping[int, Decimal],
    whole: bool,
    give_up_parts: bool = False,
) -> tuple[dict[int, Decimal], list[Ask]]:
    """Part what is to be cancelled of locked orders' lines: what nobody works on, and what has to be asked.

    with_suppliers: what of each line suppliers ship, which no warehouse has. whole: all that is open, so what is
    asked for already is left out; else more than is left is refused. Of a kit whose parts are given up nothing is
    asked.

    Raises NothingToCancel. Statements: 1, 1 more with kits.
    """
    begun = _begun(list(wanted))
    kits = kit_parts([pk for pk in wanted if present[pk].kit_id is not None and not give_up_parts])
    now: dict[int, Decimal] = {}
    asks: list[Ask] = []
    for line_id, quantity in wanted.items():
        line = present[line_id]
        if line.kit_id is None:
            open_quantity = line.open_quantity - with_suppliers.get(line_id, ZERO)
            direct, more = _split_line(line, quantity, open_quantity, begun.get(line.demand_id or 0, []))
        elif give_up_parts:
            direct, more = quantity, []
        else:
            direct, more = split_kit(line, quantity, kits[line_id], begun)
        asked = sum((ask.quantity if ask.kits is None else ask.kits for ask in more if ask.first), ZERO)
        if direct:
            now[line_id] = direct
        asks += more
        if direct + asked < quantity and not whole:
            raise NothingToCancel(
                _("Of line %(line)s only %(open)s can be cancelled: the warehouse is asked for the rest already.")
                % {"line": line.position, "open": f"{(direct + asked).normalize():f}"},
                line_id=line_id,
            )
    return now, asks


def _begun(line_ids: Sequence[int]) -> dict[int, list[Begun]]:
    """By demand. Statements: 1."""
    found: dict[int, list[Begun]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_BEGUN, [list(line_ids)])
        for demand_id, *work in cursor.fetchall():
            found.setdefault(demand_id, []).append(Begun(*work))
    return found


def _split_line(
    line: OrderLine, quantity: Decimal, open_quantity: Decimal, work: Sequence[Begun]
) -> tuple[Decimal, list[Ask]]:
    free = open_quantity - sum((part.unasked + part.asked for part in work), ZERO)
    direct = min(quantity, max(free, ZERO))
    taken = take(work, quantity - direct)
    return direct, [Ask(line.pk, part.fulfilment_id, part.fulfilment_line_id, much) for part, much in taken]


def take(work: Iterable[Begun], quantity: Decimal) -> list[tuple[Begun, Decimal]]:
    """So much of what is not asked for yet, in the given order; less if there is less."""
    taken = []
    for part in work:
        if (much := min(quantity, max(part.unasked, ZERO))) > 0:
            taken.append((part, much))
            quantity -= much
    return taken


class KitPart(NamedTuple):
    """A component of an ordered kit. open: not gone; begun_kits: kits that it left with and that are not complete;
    asked: kits of the line that a warehouse is asked for already.
    """

    demand_id: int
    per_kit: Decimal
    open: Decimal
    begun_kits: Decimal
    asked: Decimal


_KIT_PARTS = """
SELECT l.id, c.demand_id, c.per_kit, d.quantity - d.used,
    ceil((d.used - c.given_up - l.shipped * c.per_kit) / c.per_kit),
    coalesce((SELECT sum(r.kits) FROM orders_cancelrequest r WHERE r.order_line_id = l.id AND r.status = 'open'), 0)
FROM orders_orderline l
JOIN orders_orderlinecomponent c ON c.order_line_id = l.id
JOIN inventory_demand d ON d.id = c.demand_id
WHERE l.id = ANY(%s) ORDER BY l.id, c.position
"""


def kit_parts(line_ids: Sequence[int]) -> dict[int, list[KitPart]]:
    """By kit line. Statements: 1, or 0 without."""
    found: dict[int, list[KitPart]] = {pk: [] for pk in line_ids}
    if line_ids:
        with connection.cursor() as cursor:
            cursor.execute(_KIT_PARTS, [list(line_ids)])
            for line_id, *part in cursor.fetchall():
                found[line_id].append(KitPart(*part))
    return found


def split_kit(
    line: OrderLine, quantity: Decimal, parts: Sequence[KitPart], begun: Mapping[int, Sequence[Begun]]
) -> tuple[Decimal, list[Ask]]:
    """Whole kits that nobody works on, and for the rest each component in hand: a kit is given up with all of it.

    Kits of which a part has left are left to the cancellation itself, which refuses them.
    """
    if not parts or quantity > line.open_quantity - max(part.begun_kits for part in parts):
        return quantity, []
    quantity = min(quantity, line.open_quantity - parts[0].asked - max(part.begun_kits for part in parts))
    free = [
        part.open - part.asked * part.per_kit - sum((work.unasked for work in begun.get(part.demand_id, [])), ZERO)
        for part in parts
    ]
    untouched = min(loose // part.per_kit for loose, part in zip(free, parts, strict=True))
    direct = max(min(quantity, untouched), ZERO)
    kits = quantity - direct
    asks: list[Ask] = []
    for loose, part in zip(free, parts, strict=True):
        missing = kits * part.per_kit - max(loose - direct * part.per_kit, ZERO)
        for work, much in take(begun.get(part.demand_id, []), missing):
            first = not asks
            asks.append(Ask(line.pk, work.fulfilment_id, work.fulfilment_line_id, much, kits if first else None, first))
    return direct, asks


def ask_warehouse(
    asks: Sequence[Ask], present: Mapping[int, OrderLine], *, company_id: int, actor: Actor, reason: str
) -> list[CancelRequest]:
    """Open the requests of locked orders. present: their lines. Topic published: CancelRequested. Statements: 3, or 0 without asks."""
    if not asks:
        return []
    made = CancelRequest.objects.bulk_create(
        CancelRequest(
            company_id=company_id,
            order_id=present[ask.line_id].order_id,
            order_line_id=ask.line_id,
            fulfilment_id=ask.fulfilment_id,
            fulfilment_line_id=ask.fulfilment_line_id,
            quantity=ask.quantity,
            kits=ask.kits,
            reason=reason[:300],
            requested_by=actor.label,
        )
        for ask in asks
    )
    record(
        [
            Change(
                "orders.order",
                item.order_id,
                "cancel_requested",
                field=f"FO-{item.fulfilment_id:06d}",
                new=f"{item.quantity.normalize():f}",
                reason=reason,
                company_id=company_id,
            )
            for item in made
        ],
        actor=actor,
    )
    outbox.publish(
        [
            outbox.Event(
                "CancelRequested",
                f"fulfilment:{item.fulfilment_id}",
                {"cancel_request_id": item.pk, "order_id": item.order_id, "fulfilment_id": item.fulfilment_id},
                company_id,
            )
            for item in made
        ]
    )
    return made


def raise_versions(order_ids: Sequence[int]) -> None:
    """Locked orders were changed without a change of status. Statements: 1, or 0."""
    if order_ids:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE orders_order SET version = version + 1 WHERE id = ANY(%s)", [list(order_ids)])
