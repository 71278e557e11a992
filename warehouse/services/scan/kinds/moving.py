"""Moving goods from one bin to another, out of a handling unit, or into one."""

from typing import Any

from django.utils.translation import gettext as _

from inventory.errors import StockRefused
from inventory.models import Location, StockQuant
from inventory.services import MoveRequest, post_moves
from warehouse.errors import ScanRefused, UnitRefused
from warehouse.models import COUNT_OPEN, CountTask, HandlingUnit
from warehouse.services.floor.fitting import goods_problem
from warehouse.services.floor.looking import expired_of
from warehouse.services.scan.kinds.base import Kind, Scan, item_of, place_of, plain, refuse_blocked, said_again
from warehouse.services.standing import check_room_for, follow, keeps_stock
from warehouse.services.units import lock_units
from warehouse.sscc import read_plate

PLACES = ("bin", "dock")  # what makes goods unsellable is decided elsewhere, but for what has expired


def move(scan: Scan) -> dict[str, Any]:
    """body: from, to (scanned places, or plates of handling units), code (scanned article), quantity, lot where the
    place holds several. What has expired goes into quarantine, and nowhere else."""
    (source, out_of), (target, into) = _end(scan, "from"), _end(scan, "to")
    item, quantity = item_of(scan, scan.text("code")), scan.quantity()
    if source.pk == target.pk:
        raise ScanRefused("same_bin", _("This is the bin you took it from: scan where it goes."))
    if quantity <= 0:
        raise ScanRefused("no_quantity", _("How many? Give a quantity above zero."))
    refuse_blocked(target)
    _lock(scan, [unit for unit in (out_of, into) if unit is not None])
    quant = _quant(scan, item.sku_id, item.sku, source.pk, source.code)
    _check_there(scan, quant, source, item.sku)
    _check_expiry(scan, quant, target)
    _check_room(scan, quant, target, into)
    if into is not None and keeps_stock(into):
        follow([into.pk], stock=[into.pk])
    try:
        [posted] = post_moves(
            [
                MoveRequest(
                    sku_id=item.sku_id,
                    quantity=quantity,
                    from_location_id=source.pk,
                    to_location_id=target.pk,
                    effective_at=scan.effective_at,
                    source_type="warehouse.scancommand",
                    source_id=scan.command_id,
                    source_key=f"scan:{scan.client_id}",
                    lot_id=quant.lot_id,
                    owner_id=quant.owner_id,
                    reason="into_unit" if into else "out_of_unit" if out_of else "moved",
                )
            ],
            company_id=scan.company_id,
            actor=scan.actor,
        )
    except StockRefused as refusal:
        raise said_again(refusal) from refusal
    return {
        "move": posted.move_id,
        "sku": item.sku,
        "quantity": plain(quantity),
        "from": source.code,
        "to": target.code,
    }


def _end(scan: Scan, name: str) -> tuple[Location, HandlingUnit | None]:
    """A scanned place, or the place of a handling unit by its plate. Raises ScanRefused."""
    code = read_plate(scan.text(name))
    unit = (
        HandlingUnit.objects.select_related("location")
        .filter(company_id=scan.company_id, warehouse_id=scan.warehouse_id, code__iexact=code)
        .first()
    )
    if unit is not None:
        return unit.location, unit
    return place_of(scan, code, *PLACES, *(("quarantine",) if name == "to" else ())), None


def _lock(scan: Scan, units: list[HandlingUnit]) -> None:
    try:
        lock_units([unit.pk for unit in units], scan.company_id)
    except UnitRefused as refusal:
        raise ScanRefused(refusal.code, refusal.detail) from refusal


def _check_there(scan: Scan, quant: StockQuant, source: Location, sku: str) -> None:
    quantity, free = scan.quantity(), quant.quantity - quant.claimed
    if quantity <= free:
        return
    if CountTask.objects.filter(location=source, status__in=COUNT_OPEN).exists():
        raise ScanRefused(
            "more_than_there",
            _("%(bin)s holds less of %(sku)s by the books: finish its count first.") % {"bin": source.code, "sku": sku},
        )
    raise ScanRefused(
        "more_than_there",
        _("%(bin)s holds %(there)s of %(sku)s, %(claimed)s of them for picking: at most %(free)s can be moved.")
        % {
            "bin": source.code,
            "sku": sku,
            "there": plain(quant.quantity),
            "claimed": plain(quant.claimed),
            "free": plain(free),
        },
    )


def _check_expiry(scan: Scan, quant: StockQuant, target: Location) -> None:
    expired = quant.lot_id is not None and bool(expired_of([quant.lot_id], scan.company_id))
    if expired and target.kind != "quarantine":
        lot = quant.lot.code if quant.lot else ""
        raise ScanRefused(
            "expired_lot", _("Lot %(lot)s has expired: bring it to quarantine and ask your lead.") % {"lot": lot}
        )
    if target.kind == "quarantine" and not expired:
        place_of(scan, target.code, *PLACES)  # refused in its words


def _check_room(scan: Scan, quant: StockQuant, target: Location, into: HandlingUnit | None) -> None:
    """What no bin may hold is refused, and says what to do."""
    quantity = scan.quantity()
    if into is not None:
        try:
            check_room_for(into, [(quant.sku_id, quant.lot_id, quantity)])
        except UnitRefused as refusal:
            raise ScanRefused(refusal.code, refusal.detail) from refusal
        return
    code, detail = goods_problem(
        target.pk, sku_id=quant.sku_id, lot_id=quant.lot_id, quantity=quantity, company_id=scan.company_id
    )
    if code:
        raise ScanRefused(code, detail)


def _quant(scan: Scan, sku_id: int, sku: str, location_id: int, bin_code: str) -> StockQuant:
    """The one stock that is meant: the bin may hold several lots and owners of a SKU."""
    rows = StockQuant.objects.filter(sku_id=sku_id, location_id=location_id, quantity__gt=0).select_related("lot")
    lot = scan.text("lot", empty=True)
    found = [row for row in rows if not lot or (row.lot and row.lot.code.upper() == lot.upper())]
    if not found:
        raise ScanRefused("not_there", _("%(bin)s holds no %(sku)s.") % {"bin": bin_code, "sku": sku})
    if len(found) > 1:
        lots = ", ".join(sorted(row.lot.code for row in found if row.lot))
        raise ScanRefused(
            "lot_needed", _("%(bin)s holds several lots (%(lots)s): scan the lot.") % {"bin": bin_code, "lots": lots}
        )
    return found[0]


KINDS = (Kind("move", "warehouse.change_picktask", move),)
