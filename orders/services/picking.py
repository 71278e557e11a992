"""What the warehouse reports of picking and packing. Called top-down, before stock is locked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.db import prepared_cursor
from backoffice.core.show import in_words
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
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Packed:
    """A new shipment, a draft until it has its labels."""

    shipment_id: int
    fulfilment_id: int
    lines: list[PackedLine]


_PLAN = """
SELECT fl.fulfilment_id, fl.id, fl.order_line_id, fl.allocation_id, a.sku_id, fl.quantity - fl.picked,
    EXISTS (SELECT 1 FROM orders_hold h WHERE h.order_id = l.order_id AND h.released_at IS NULL)
FROM orders_fulfilmentline fl JOIN orders_orderline l ON l.id = fl.order_line_id
JOIN inventory_allocation a ON a.id = fl.allocation_id
WHERE fl.fulfilment_id = ANY(%s) AND fl.quantity > fl.picked ORDER BY fl.fulfilment_id, l.position, fl.id
"""


@transaction.atomic(savepoint=False)
def begin_picking(fulfilment_ids: Sequence[int], *, company_id: int, actor: Actor) -> list[PickPlan]:
    """Start work on fulfilments: ready (or in a wave) -> picking. Plans in the order asked for.

    Raises NotReady for one in another state or of an order that is not released, OrderHeld, NotFound;
    nothing is written then. Statements: 3.
    """
    locked = lock_fulfilments(fulfilment_ids, company_id=company_id)
    for work in locked.values():
        if work.status not in STARTABLE or work.order_status not in ("released", "partly_shipped"):
            raise _not_ready(work, _("to be picked"))
    plans = {pk: PickPlan(pk, work.order_id, work.warehouse_id, []) for pk, work in locked.items()}
    with prepared_cursor() as cursor:
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
        % {
            "id": work.fulfilment_id,
            "status": in_words(work.status),
            "order_status": in_words(work.order_status),
            "what": what,
        },
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
    with prepared_cursor() as cursor:
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


# Updated lines as the UPDATE returns them, the others of their fulfilments as they were.
_RECORD = """
WITH done AS (
    UPDATE orders_fulfilmentline fl SET picked = fl.picked + n.picked, quantity = fl.quantity - n.short
    FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[]) AS n(id, picked, short)
    WHERE fl.id = n.id AND n.picked >= 0 AND n.short >= 0 AND fl.picked + n.picked <= fl.quantity - n.short
    RETURNING fl.id, fl.fulfilment_id, fl.picked, fl.quantity
)
SELECT fl.fulfilment_id, bool_and(coalesce(done.picked, fl.picked) = coalesce(done.quantity, fl.quantity)),
    sum(coalesce(done.quantity, fl.quantity)), count(done.id)
FROM orders_fulfilmentline fl LEFT JOIN done ON done.id = fl.id
WHERE fl.fulfilment_id IN (SELECT fulfilment_id FROM done) GROUP BY fl.fulfilment_id ORDER BY fl.fulfilment_id
"""


@transaction.atomic(savepoint=False)
def record_picks(picks: Sequence[PickRecord], *, company_id: int, actor: Actor) -> list[int]:
    """Say what was picked and what was not found, after the goods moved; the fulfilments now fully picked.

    A fulfilment is picked when all its lines are, cancelled when everything came up short. The caller has the
    locks of fulfilments that are being picked (begin_recording) and gives the short claims back to inventory.

    Raises PickedTooMuch, nothing written. Statements: 1, 2 when a fulfilment is done.
    """
    sums: dict[int, tuple[Decimal, Decimal]] = {}
    for pick in picks:
        picked, short = sums.get(pick.fulfilment_line_id, (ZERO, ZERO))
        sums[pick.fulfilment_line_id] = (picked + pick.picked, short + pick.short)
    if not sums:
        return []
    ids = sorted(sums)
    with prepared_cursor() as cursor:
        cursor.execute(_RECORD, [ids, [sums[i][0] for i in ids], [sums[i][1] for i in ids]])
        states = cursor.fetchall()
    if sum(row[3] for row in states) < len(ids):
        raise PickedTooMuch(_("More was recorded as picked than the fulfilment asks for."), fulfilment_line_ids=ids)
    done = [
        (
            pk,
            FulfilmentStatus.PICKING.value,
            (FulfilmentStatus.PICKED if quantity else FulfilmentStatus.CANCELLED).value,
        )
        for pk, complete, quantity, _lines in states
        if complete
    ]
    change_status("orders.fulfilment", done, company_id=company_id, actor=actor)
    return [pk for pk, _old, new in done if new == FulfilmentStatus.PICKED]


# All that is picked, or all that is asked for, unless a live shipment of the fulfilment holds it already.
_PACK = """
WITH work AS MATERIALIZED (
    SELECT nextval(pg_get_serial_sequence('orders_shipment', 'id')) AS id, f.*
    FROM (
        SELECT f.id AS fulfilment_id, f.order_id, f.warehouse_id FROM orders_fulfilment f WHERE f.id = ANY(%s)
            AND NOT EXISTS (SELECT 1 FROM orders_shipment s WHERE s.fulfilment_id = f.id AND s.status <> 'voided')
        ORDER BY f.id
    ) f
), {picked}made AS (
    INSERT INTO orders_shipment (id, company_id, order_id, fulfilment_id, warehouse_id, status, carrier, service,
        tracking_number, tracking_url, not_billable_reason)
    SELECT id, %s, order_id, fulfilment_id, warehouse_id, 'draft', '', '', '', '', CASE WHEN EXISTS (
        SELECT FROM orders_order o JOIN orders_channel c ON c.id = o.channel_id
        WHERE o.id = work.order_id AND c.goods_owner_id IS NOT NULL) THEN %s ELSE '' END
    FROM work ORDER BY id
), packed AS (
    INSERT INTO orders_shipmentline (shipment_id, order_line_id, fulfilment_line_id, quantity)
    SELECT work.id, fl.order_line_id, fl.id, fl.{quantity}
    FROM work JOIN orders_fulfilmentline fl ON fl.fulfilment_id = work.fulfilment_id AND fl.{quantity} > 0
    ORDER BY work.id, fl.id
    RETURNING id, shipment_id, order_line_id, fulfilment_line_id, quantity
)
SELECT work.fulfilment_id, p.shipment_id, p.id, p.fulfilment_line_id, p.order_line_id, p.quantity
FROM packed p JOIN work ON work.id = p.shipment_id ORDER BY p.id
"""
_PACK_PICKED = _PACK.format(picked="", quantity="picked")
_PICK_AND_PACK = _PACK.format(
    picked="""picked AS (
    UPDATE orders_fulfilmentline fl SET picked = fl.quantity
    FROM work WHERE fl.fulfilment_id = work.fulfilment_id AND fl.picked < fl.quantity
), """,
    quantity="quantity",
)


@transaction.atomic(savepoint=False)
def record_packs(
    packs: Sequence[PackRecord],
    *,
    company_id: int,
    actor: Actor,
    locked: Mapping[int, LockedWork] | None = None,
    unpicked: bool = False,
) -> list[Packed]:
    """Make a shipment of what is picked: picked -> packed. One for each pack, in order.

    locked: what lock_fulfilments gave in this transaction, where the caller has the locks. unpicked: everything that
    is asked for counts as picked with this, where nobody reports picks.

    Raises NotReady (not picked, or nothing to pack), PickedTooMuch (another quantity than was picked), NotFound;
    nothing is written then. Statements: 2, 1 more without `locked`.
    """
    ids = [pack.fulfilment_id for pack in packs]
    if len(set(ids)) < len(ids):
        raise ValueError("a fulfilment is packed once")
    work = locked or lock_fulfilments(ids, company_id=company_id)
    for pk in ids:
        if work[pk].status not in (FulfilmentStatus.PICKED, FulfilmentStatus.PACKING):
            raise _not_ready(work[pk], _("to be packed"))
    with prepared_cursor() as cursor:
        cursor.execute(
            _PICK_AND_PACK if unpicked else _PACK_PICKED, [ids, company_id, _("Goods of a client: not ours to bill.")]
        )
        rows = cursor.fetchall()
    made: dict[int, Packed] = {}
    for fulfilment_id, shipment_id, *line in rows:
        made.setdefault(fulfilment_id, Packed(shipment_id, fulfilment_id, [])).lines.append(PackedLine(*line))
    for pack in packs:
        if pack.fulfilment_id not in made:
            raise _not_ready(work[pack.fulfilment_id], _("to be packed: nothing is picked"))
        _check_count(pack, made[pack.fulfilment_id])
    moves = [(pk, work[pk].status, FulfilmentStatus.PACKED.value) for pk in ids]
    change_status("orders.fulfilment", moves, company_id=company_id, actor=actor)
    return [made[pk] for pk in ids]


def _check_count(pack: PackRecord, packed: Packed) -> None:
    """What the packer counted must be what was picked."""
    if pack.quantities is None:
        return
    picked = {line.fulfilment_line_id: line.quantity for line in packed.lines}
    for line_id in picked.keys() | pack.quantities.keys():
        counted = pack.quantities.get(line_id, ZERO)
        if counted != picked.get(line_id, ZERO):
            raise PickedTooMuch(
                _("What is packed (%(packed)s) must be what was picked (%(picked)s).")
                % {"packed": f"{counted:f}", "picked": f"{picked.get(line_id, ZERO):f}"},
                fulfilment_line_id=line_id,
            )
