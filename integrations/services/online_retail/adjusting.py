"""Write-offs and write-ons of a file as stock moves; never below zero."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from integrations.importing.online_retail import Refused, Row, raw_of
from integrations.services.online_retail.pending import NO_STOCK, Pending
from integrations.services.online_retail.records import SOURCE, move_key
from integrations.services.online_retail.setup import Place
from inventory.models import StockLevel, StockQuant
from inventory.services import MoveRequest, post_moves

ZERO = Decimal(0)


def post_adjustments(
    documents: Sequence[Pending],
    *,
    place: Place,
    sku_id_of: Callable[[str], int],
    cost_of: Callable[[str], Decimal | None],
    actor: Actor,
) -> tuple[list[Row], list[tuple[Pending, Refused]]]:
    """Post them, goods leaving first; the rows posted, and those for which nobody's free stock was enough.

    cost_of: what one unit of a found SKU is worth; None: today's cost.
    Statements: 2 and those of post_moves, whatever the number.
    """
    rows = [(pending, row) for pending in documents for row in pending.rows.adjustments]
    rows.sort(key=lambda pair: pair[1].quantity > 0)
    if not rows:
        return [], []
    free, bins = _free({sku_id_of(row.code) for _pending, row in rows}, place)
    posted: list[Row] = []
    moves: list[MoveRequest] = []
    lacking: list[tuple[Pending, Refused]] = []
    for pending, row in rows:
        sku_id, units = sku_id_of(row.code), Decimal(abs(row.quantity))
        source = place.bin_id
        if row.quantity < 0:
            source = next((at for at, there in bins[sku_id].items() if there >= units), 0)
            if not source or free[sku_id] < units:
                lacking.append((pending, _lacking(pending, row, free[sku_id])))
                continue
            free[sku_id] -= units
            bins[sku_id][source] -= units
        posted.append(row)
        cost = cost_of(row.code) if row.quantity > 0 else None
        moves.append(_move(pending, row, sku_id, source, place, cost))
    post_moves(moves, company_id=place.company_id, actor=actor)
    return posted, lacking


def _move(pending: Pending, row: Row, sku_id: int, bin_id: int, place: Place, cost: Decimal | None) -> MoveRequest:
    off = row.quantity < 0
    return MoveRequest(
        sku_id=sku_id,
        quantity=Decimal(abs(row.quantity)),
        from_location_id=bin_id if off else place.adjustment_id,
        to_location_id=place.adjustment_id if off else bin_id,
        effective_at=pending.document.at,
        value=None if cost is None else cost * row.quantity,
        source_type=SOURCE,
        source_id=place.channel_id,
        source_key=move_key(place.channel_id, pending.keys[row.number]),
        entry_key=f"import:{place.channel_id}:adjustment:{pending.document.number}:{pending.keys[row.number][:8]}",
        reason=f"{pending.document.number} {row.description}".strip()[:40],
    )


def _lacking(pending: Pending, row: Row, free: Decimal) -> Refused:
    reason = _("{units} units of {code} are to be written off, {free} are free").format(
        units=-row.quantity, code=row.code, free=f"{free.normalize():f}"
    )
    return Refused(row.number, NO_STOCK, reason, raw_of(pending.document, row), row.value)


def _free(sku_ids: set[int], place: Place) -> tuple[dict[int, Decimal], dict[int, dict[int, Decimal]]]:
    """Units that nobody has claimed: by SKU, and by SKU and bin."""
    free: dict[int, Decimal] = defaultdict(Decimal)
    levels = StockLevel.objects.filter(warehouse_id=place.warehouse_id, owner__isnull=True, sku_id__in=sku_ids)
    free.update(levels.values_list("sku_id", "available"))
    bins: dict[int, dict[int, Decimal]] = defaultdict(dict)
    quants = StockQuant.objects.filter(
        location__warehouse_id=place.warehouse_id,
        location__kind="bin",
        owner__isnull=True,
        lot__isnull=True,
        sku_id__in=sku_ids,
        quantity__gt=0,
    )
    for sku_id, bin_id, quantity, claimed in quants.order_by("location_id").values_list(
        "sku_id", "location_id", "quantity", "claimed"
    ):
        bins[sku_id][bin_id] = quantity - claimed
    return free, bins
