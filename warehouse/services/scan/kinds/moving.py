"""Moving goods from one bin to another."""

from typing import Any

from django.utils.translation import gettext as _

from inventory.models import StockQuant
from inventory.services import MoveRequest, post_moves
from warehouse.errors import ScanRefused
from warehouse.models import COUNT_OPEN, CountTask
from warehouse.services.scan.kinds.base import Kind, Scan, item_of, place_of, plain, refuse_blocked

PLACES = ("bin", "dock")  # what makes goods unsellable is decided elsewhere


def move(scan: Scan) -> dict[str, Any]:
    """body: from, to (scanned places), code (scanned article), quantity, lot where the bin holds several."""
    source, target = place_of(scan, scan.text("from"), *PLACES), place_of(scan, scan.text("to"), *PLACES)
    item, quantity = item_of(scan, scan.text("code")), scan.quantity()
    if source.pk == target.pk:
        raise ScanRefused("same_bin", _("This is the bin you took it from: scan where it goes."))
    if quantity <= 0:
        raise ScanRefused("no_quantity", _("How many? Give a quantity above zero."))
    refuse_blocked(target)
    quant = _quant(scan, item.sku_id, item.sku, source.pk, source.code)
    free = quant.quantity - quant.claimed
    if quantity > free and CountTask.objects.filter(location=source, status__in=COUNT_OPEN).exists():
        raise ScanRefused(
            "more_than_there",
            _("%(bin)s holds less of %(sku)s by the books: finish its count first.")
            % {"bin": source.code, "sku": item.sku},
        )
    if quantity > free:
        raise ScanRefused(
            "more_than_there",
            _("%(bin)s holds %(there)s of %(sku)s, %(claimed)s of them for picking: at most %(free)s can be moved.")
            % {
                "bin": source.code,
                "sku": item.sku,
                "there": plain(quant.quantity),
                "claimed": plain(quant.claimed),
                "free": plain(free),
            },
        )
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
                reason="moved",
            )
        ],
        company_id=scan.company_id,
        actor=scan.actor,
    )
    return {
        "move": posted.move_id,
        "sku": item.sku,
        "quantity": plain(quantity),
        "from": source.code,
        "to": target.code,
    }


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
