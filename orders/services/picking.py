"""What the warehouse reports of picking and packing. Called top-down, before stock is locked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from orders.errors import NotReady, OrderHeld, PickedTooMuch
from orders.models import FulfilmentStatus
from orders.services.changing import change_status
from orders.services.locking import LockedWork, lock_fulfilments

ZERO = Decimal(0)
STARTABLE = (FulfilmentStatus.READY, FulfilmentStatus.IN_WAVE)


@dataclass(frozen=True, slots=True)
class PickPlanLine:
    """A claimed quantity to be picked."""

    fulfilment_line_id: int
    order_line_id: int
    allocation_id: int
    sku_id: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class PickPlan:
    """What one fulfilment asks of its warehouse."""

    fulfilment_id: int
    order_id: int
    warehouse_id: int
    lines: list[PickPlanLine]


@dataclass(frozen=True, slots=True)
class PickRecord:
    """picked: taken now. short: not found, which lowers what the line asks for."""

    fulfilment_line_id: int
    picked: Decimal
    short: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class PackRecord:
    """A fulfilment to be packed. quantities by line: what the packer counted, which must be what was picked."""

    fulfilment_id: int
    quantities: Mapping[int, Decimal] | None = None


@dataclass(frozen=True, slots=True)
class PackedLine:
    """A line of a new shipment."""

    shipment_line_id: int
    fulfilment_line_id: int
    order_line_id: int
    sku_id: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Packed:
    """A new shipment, labelled."""

    shipment_id: int
    fulfilment_id: int
    lines: list[PackedLine]


_PLAN = """
SELECT fl.fulfilment_id, fl.id, fl.order_line_id, fl.allocation_id, l.sku_id, fl.quantity - fl.picked,
    EXISTS (SELECT 1 FROM orders_hold h WHERE h.order_id = l.order_id AND h.released_at IS NULL)
FROM orders_fulfilmentline fl JOIN orders_orderline l ON l.id = fl.order_line_id
WHERE fl.fulfilment_id = ANY(%s) AND fl.quantity > fl.picked ORDER BY fl.fulfilment_id, l.position, fl.id
"""


@transaction.atomic(savepoint=False)
def begin_picking(fulfilment_ids: Sequence[int], *, company_id: int, actor: Actor) -> list[PickPlan]:
    """Start work on fulfilments: ready (or in a wave) -> picking. Plans in the order asked for.

    Raises NotReady for one in another state or of an order that is not released, OrderHeld, NotFound;
    nothing is written then. Statements: 4.
    """
    locked = lock_fulfilments(fulfilment_ids, company_id=company_id)
    for work in locked.values():
        if work.status not in STARTABLE or work.order_status not in ("released", "partly_shipped"):
            raise _not_ready(work, _("to be picked"))
    plans = {pk: PickPlan(pk, work.order_id, work.warehouse_id, []) for pk, work in locked.items()}
    with connection.cursor() as cursor:
        cursor.execute(_PLAN, [list(locked)])
        for fulfilment_id, *line, held in cursor.fetchall():
            if held:
                raise OrderHeld(
                    _("The order of fulfilment FO-%(id)06d is held; release its holds first.") % {"id": fulfilment_id},
                    fulfilment_id=fulfilment_id,
                )
            plans[fulfilment_id].lines.append(PickPlanLine(*line))
    moves = [(pk, work.status, FulfilmentStatus.PICKING.value) for pk, work in locked.items()]
    change_status("orders.fulfilment", moves, company_id=company_id, actor=actor)
    return [plans[pk] for pk in fulfilment_ids]


def _not_ready(work: LockedWork, what: str) -> NotReady:
    return NotReady(
        _("Fulfilment FO-%(id)06d is %(status)s (its order %(order_status)s): it is not ready %(what)s.")
        % {"id": work.fulfilment_id, "status": work.status, "order_status": work.order_status, "what": what},
        fulfilment_id=work.fulfilment_id,
        status=work.status,
        order_status=work.order_status,
    )


@transaction.atomic(savepoint=False)
def return_to_ready(fulfilment_ids: Sequence[int], *, company_id: int, actor: Actor, reason: str) -> None:
    """Give up picking before anything was picked: picking -> ready. The warehouse has freed the bins.

    Raises NotReady if something was picked, IllegalTransition; nothing is written then. Statements: 4.
    """
    locked = lock_fulfilments(fulfilment_ids, company_id=company_id)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT fulfilment_id FROM orders_fulfilmentline WHERE fulfilment_id = ANY(%s) AND picked > 0 LIMIT 1",
            [list(locked)],
        )
        picked = cursor.fetchone()
    if picked:
        raise _not_ready(locked[picked[0]], _("to be given back: something was picked"))
    moves = [(pk, work.status, FulfilmentStatus.READY.value) for pk, work in locked.items()]
    change_status("orders.fulfilment", moves, company_id=company_id, actor=actor, reason=reason)


def begin_recording(fulfilment_ids: Sequence[int], *, company_id: int) -> dict[int, LockedWork]:
    """Lock fulfilments that are being picked, before the warehouse moves their goods. Statements: 1.

    Raises NotReady, NotFound.
    """
    locked = lock_fulfilments(fulfilment_ids, company_id=company_id)
    for work in locked.values():
        if work.status != FulfilmentStatus.PICKING:
            raise _not_ready(work, _("to record picks"))
    return locked


_RECORD = """
UPDATE orders_fulfilmentline fl SET picked = fl.picked + n.picked, quantity = fl.quantity - n.short
FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[]) AS n(id, picked, short)
WHERE fl.id = n.id AND n.picked >= 0 AND n.short >= 0 AND fl.picked + n.picked <= fl.quantity - n.short
RETURNING fl.fulfilment_id, fl.id
"""
_STATE = """
SELECT fl.fulfilment_id, f.status, bool_and(fl.picked = fl.quantity), sum(fl.quantity) FROM orders_fulfilmentline fl
JOIN orders_fulfilment f ON f.id = fl.fulfilment_id
WHERE fl.fulfilment_id = ANY(%s) GROUP BY fl.fulfilment_id, f.status ORDER BY fl.fulfilment_id
"""


@transaction.atomic(savepoint=False)
def record_picks(picks: Sequence[PickRecord], *, company_id: int, actor: Actor) -> list[int]:
    """Say what was picked and what was not found, after the goods moved; the fulfilments now fully picked.

    A fulfilment is picked when all its lines are, cancelled when everything came up short. The caller has
    the locks (begin_recording) and gives the short claims back to inventory.

    Raises PickedTooMuch, nothing written. Statements: 2, 4 when a fulfilment is done.
    """
    sums: dict[int, tuple[Decimal, Decimal]] = {}
    for pick in picks:
        picked, short = sums.get(pick.fulfilment_line_id, (ZERO, ZERO))
        sums[pick.fulfilment_line_id] = (picked + pick.picked, short + pick.short)
    if not sums:
        return []
    ids = sorted(sums)
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, [ids, [sums[i][0] for i in ids], [sums[i][1] for i in ids]])
        written = cursor.fetchall()
        if len(written) < len(ids):
            wrong = sorted(set(ids) - {line_id for _fulfilment, line_id in written})
            raise PickedTooMuch(
                _("More was recorded as picked than the fulfilment asks for."), fulfilment_line_ids=wrong
            )
        touched = sorted({fulfilment_id for fulfilment_id, _line in written})
        cursor.execute(_STATE, [touched])
        states = cursor.fetchall()
    done = [
        (pk, status, (FulfilmentStatus.PICKED if quantity else FulfilmentStatus.CANCELLED).value)
        for pk, status, complete, quantity in states
        if complete and status == FulfilmentStatus.PICKING
    ]
    change_status("orders.fulfilment", done, company_id=company_id, actor=actor)
    return [pk for pk, _old, new in done if new == FulfilmentStatus.PICKED]


_PICKED = """
SELECT fl.fulfilment_id, fl.id, fl.order_line_id, l.sku_id, fl.picked - fl.shipped - coalesce((
        SELECT sum(sl.quantity) FROM orders_shipmentline sl JOIN orders_shipment s ON s.id = sl.shipment_id
        WHERE s.fulfilment_id = fl.fulfilment_id AND sl.fulfilment_line_id = fl.id
            AND s.status IN ('draft', 'labelled', 'manifested')), 0)
FROM orders_fulfilmentline fl JOIN orders_orderline l ON l.id = fl.order_line_id
WHERE fl.fulfilment_id = ANY(%s) ORDER BY fl.fulfilment_id, l.position, fl.id
"""
_PACK = """
WITH given AS MATERIALIZED (
    SELECT * FROM unnest(%s::int[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::numeric[])
        WITH ORDINALITY AS t(parcel, order_id, fulfilment_id, warehouse_id, fulfilment_line_id, order_line_id, quantity, place)
), numbered AS MATERIALIZED (
    SELECT nextval(pg_get_serial_sequence('orders_shipment', 'id')) AS id, p.*
    FROM (SELECT DISTINCT parcel, order_id, fulfilment_id, warehouse_id FROM given ORDER BY parcel) p
), made AS (
    INSERT INTO orders_shipment (id, company_id, order_id, fulfilment_id, warehouse_id, status, carrier, service,
        tracking_number, tracking_url, not_billable_reason)
    SELECT id, %s, order_id, fulfilment_id, warehouse_id, 'labelled', '', '', '', '', '' FROM numbered ORDER BY id
)
INSERT INTO orders_shipmentline (shipment_id, order_line_id, fulfilment_line_id, quantity)
SELECT n.id, g.order_line_id, g.fulfilment_line_id, g.quantity FROM given g JOIN numbered n USING (parcel) ORDER BY g.place
RETURNING shipment_id, id, fulfilment_line_id, order_line_id, quantity
"""


@transaction.atomic(savepoint=False)
def record_packs(packs: Sequence[PackRecord], *, company_id: int, actor: Actor) -> list[Packed]:
    """Make a shipment of what is picked: picked -> packed. One for each pack, in order.

    Raises NotReady (not picked, or nothing to pack), PickedTooMuch (another quantity than was picked), NotFound;
    nothing is written then. Statements: 5.
    """
    locked = lock_fulfilments([pack.fulfilment_id for pack in packs], company_id=company_id)
    if len(locked) < len(packs):
        raise ValueError("a fulfilment is packed once")
    for work in locked.values():
        if work.status not in (FulfilmentStatus.PICKED, FulfilmentStatus.PACKING):
            raise _not_ready(work, _("to be packed"))
    with connection.cursor() as cursor:
        cursor.execute(_PICKED, [list(locked)])
        picked = {row[1]: row for row in cursor.fetchall()}
    rows = [row for place, pack in enumerate(packs) for row in _pack_rows(place, pack, locked, picked)]
    with connection.cursor() as cursor:
        cursor.execute(_PACK, [*(list(column) for column in zip(*rows, strict=True)), company_id])
        made = cursor.fetchall()
    moves = [(pk, work.status, FulfilmentStatus.PACKED.value) for pk, work in locked.items()]
    change_status("orders.fulfilment", moves, company_id=company_id, actor=actor)
    results: dict[int, Packed] = {}
    for (place, _order, fulfilment_id, *_rest), (shipment_id, line_id, fl_id, order_line_id, quantity) in zip(
        rows, made, strict=True
    ):
        packed = results.setdefault(place, Packed(shipment_id, fulfilment_id, []))
        packed.lines.append(PackedLine(line_id, fl_id, order_line_id, picked[fl_id][3], quantity))
    return [results[place] for place in range(len(packs))]


def _pack_rows(
    place: int, pack: PackRecord, locked: Mapping[int, LockedWork], picked: Mapping[int, tuple]
) -> list[tuple]:
    work = locked[pack.fulfilment_id]
    there = {row[1]: row[4] for row in picked.values() if row[0] == pack.fulfilment_id}
    packed = there if pack.quantities is None else pack.quantities
    for line_id in there.keys() | packed.keys():
        if packed.get(line_id, ZERO) != there.get(line_id, ZERO):
            raise PickedTooMuch(
                _("What is packed (%(packed)s) must be what was picked (%(picked)s).")
                % {"packed": f"{packed.get(line_id, ZERO):f}", "picked": f"{there.get(line_id, ZERO):f}"},
                fulfilment_line_id=line_id,
            )
    rows = [
        (place, work.order_id, pack.fulfilment_id, work.warehouse_id, line_id, picked[line_id][2], quantity)
        for line_id, quantity in there.items()
        if quantity > 0
    ]
    if not rows:
        raise _not_ready(work, _("to be packed: nothing is picked"))
    return rows
