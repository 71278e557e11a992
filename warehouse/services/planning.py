"""Planning waves: which ready fulfilments go to the floor together."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.db import insert_rows, pipelined, prepared_cursor
from orders.models import FulfilmentStatus
from orders.services.changing import change_status
from orders.services.locking import lock_fulfilments
from warehouse.errors import WaveRefused
from warehouse.models import OrderSize, PickMethod, Wave

READY, IN_WAVE = FulfilmentStatus.READY.value, FulfilmentStatus.IN_WAVE.value


@dataclass(frozen=True, slots=True)
class WaveRequest:
    """What a wave takes. fulfilment_ids: just these; else what is ready and fits, the most urgent first.

    max_orders, max_lines: at most so many (a single order is taken however many lines it has). round_orders: how
    many orders one person picks on one walk. services: names of shipping services, in any letter case; none: all.
    """

    warehouse_id: int
    method: str = PickMethod.SINGLE
    fulfilment_ids: tuple[int, ...] | None = None
    services: tuple[str, ...] = ()
    channel_id: int | None = None
    order_size: str = OrderSize.ANY
    max_orders: int = 200
    max_lines: int | None = None
    round_orders: int = 12
    template_id: int | None = None
    cut_off_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A ready fulfilment that a wave would take, and how many lines it has."""

    fulfilment_id: int
    lines: int


@dataclass(frozen=True, slots=True)
class PlannedWave:
    """refused: (fulfilment, code) of what was asked for by id and is not ready or not of the warehouse."""

    wave_id: int
    fulfilment_ids: tuple[int, ...]
    lines: int
    refused: tuple[tuple[int, str], ...] = ()


# The first order is taken however long it is: else it would wait for ever.
_CANDIDATES = """
SELECT id, lines FROM (
    SELECT f.id, n.lines, row_number() OVER urgent AS rank, sum(n.lines) OVER urgent AS total
    FROM orders_fulfilment f
    JOIN orders_order o ON o.id = f.order_id AND o.status IN ('released', 'partly_shipped')
    CROSS JOIN LATERAL (
        SELECT count(*) AS lines FROM orders_fulfilmentline l WHERE l.fulfilment_id = f.id AND l.quantity > l.picked
    ) n
    WHERE f.company_id = %(company)s AND f.warehouse_id = %(warehouse)s AND f.status = 'ready' AND n.lines > 0
        AND (%(ids)s::bigint[] IS NULL OR f.id = ANY(%(ids)s::bigint[]))
        AND (%(services)s::text[] = '{}' OR lower(o.shipping_service) = ANY(%(services)s::text[]))
        AND (%(channel)s::bigint IS NULL OR o.channel_id = %(channel)s::bigint)
        AND CASE %(size)s::text WHEN 'one_line' THEN n.lines = 1 WHEN 'many_lines' THEN n.lines > 1 ELSE true END
        AND NOT EXISTS (SELECT FROM orders_hold h WHERE h.order_id = o.id AND h.released_at IS NULL)
        AND NOT EXISTS (
            SELECT FROM warehouse_pickup p WHERE p.order_id = o.id AND p.status IN ('waiting', 'ready'))
    WINDOW urgent AS (ORDER BY f.ship_by NULLS LAST, o.priority, f.id)
) x WHERE rank <= %(orders)s AND (%(lines)s::int IS NULL OR total <= %(lines)s::int OR rank = 1) ORDER BY rank
"""


def wave_candidates(request: WaveRequest, *, company_id: int) -> list[Candidate]:
    """What the wave would take now, in the order of urgency: ship-by date, priority, age. Statements: 1.

    Passed over: held orders, and what is set aside in a shop for pickup.
    """
    ids = request.fulfilment_ids
    with prepared_cursor() as cursor:
        cursor.execute(
            _CANDIDATES,
            {
                "company": company_id,
                "warehouse": request.warehouse_id,
                "ids": None if ids is None else list(ids),
                "services": [name.strip().lower() for name in request.services if name.strip()],
                "channel": request.channel_id,
                "size": request.order_size,
                "orders": request.max_orders if ids is None else max(len(ids), 1),
                "lines": request.max_lines,
            },
        )
        return [Candidate(*row) for row in cursor.fetchall()]


@transaction.atomic(savepoint=False)
@pipelined()
def plan_wave(request: WaveRequest, *, company_id: int, actor: Actor) -> PlannedWave:
    """Put ready fulfilments into a draft wave: ready -> in_wave.

    Of fulfilments that two planners want, the first one's wave gets them. Raises WaveRefused (nothing is ready, or
    the cut-off has its wave already), ValueError; nothing is written then. Statements: 6, whatever the number.
    """
    PickMethod(request.method)
    found = {each.fulfilment_id: each.lines for each in wave_candidates(request, company_id=company_id)}
    locked = lock_fulfilments(sorted(found), company_id=company_id)
    taken = [pk for pk in found if locked[pk].status == READY]
    if not taken:
        raise WaveRefused(
            _("Nothing is ready that such a wave could take: orders are held, being picked, or have left."),
            code="nothing_ready",
        )
    wave_id = _insert(request, company_id, actor)
    insert_rows(
        "warehouse_waveitem",
        {"wave_id": "bigint", "fulfilment_id": "bigint", "state": "text", "code": "text"},
        [(wave_id, pk, "planned", "") for pk in taken],
    )
    moves = [(pk, READY, IN_WAVE) for pk in taken]
    change_status("orders.fulfilment", moves, company_id=company_id, actor=actor)
    record([Change("warehouse.wave", wave_id, "planned", new=str(len(taken)), company_id=company_id)], actor=actor)
    refused = tuple((pk, "not_ready") for pk in request.fulfilment_ids or () if pk not in set(taken))
    return PlannedWave(wave_id, tuple(taken), sum(found[pk] for pk in taken), refused)


_WAVE = {
    "company_id": "bigint",
    "warehouse_id": "bigint",
    "template_id": "bigint",
    "method": "text",
    "round_orders": "int",
    "status": "text",
    "cut_off_at": "timestamptz",
    "note": "text",
    "created_by": "text",
}


def _insert(request: WaveRequest, company_id: int, actor: Actor) -> int:
    rows = insert_rows(
        "warehouse_wave",
        _WAVE,
        [
            (
                company_id,
                request.warehouse_id,
                request.template_id,
                str(request.method),
                request.round_orders,
                "draft",
                request.cut_off_at,
                request.note[:200],
                actor.label,
            )
        ],
        suffix="ON CONFLICT DO NOTHING RETURNING id",
    )
    if not rows:
        raise WaveRefused(_("This cut-off has its wave already."), code="planned_already")
    return int(rows[0][0])


def lock_waves(wave_ids: Collection[int], *, company_id: int) -> dict[int, Wave]:
    """The waves, locked in key order, after the pick lists and rounds of theirs that the caller wants. Statements: 1."""
    return {
        wave.pk: wave
        for wave in Wave.objects.filter(pk__in=wave_ids, company_id=company_id)
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    }


def items_of(wave_ids: Sequence[int], state: str) -> dict[int, int]:
    """The wave of each fulfilment that stands on one of them in this state. Statements: 1."""
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT fulfilment_id, wave_id FROM warehouse_waveitem WHERE wave_id = ANY(%s) AND state = %s::text"
            " ORDER BY wave_id, id",
            [list(wave_ids), state],
        )
        return dict(cursor.fetchall())
