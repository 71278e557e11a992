"""Packing: each unit was scanned on the bench."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models import Fulfilment, FulfilmentLine
from warehouse.errors import ScanRefused
from warehouse.services.merged import packed_with
from warehouse.services.packing import Pack, pack
from warehouse.services.scan.kinds.base import Kind, Scan, as_quantity, plain

REFUSALS = {
    "not_picked": gettext_lazy(
        "It is not picked whole, was cancelled, or has left: put the goods aside and ask your lead."
    ),
    "parcels_do_not_match": gettext_lazy("What you scanned is not what was picked: count the parcel again."),
    "merged_apart": gettext_lazy("It shares its parcel with other orders that are not picked yet: wait for them."),
}


def pack_parcel(scan: Scan) -> dict[str, Any]:
    """body: fulfilment, lines {line: quantity scanned}, weight_g. What shares the parcel is packed with it."""
    fulfilment = Fulfilment.objects.filter(
        pk=scan.key("fulfilment"), company_id=scan.company_id, warehouse_id=scan.warehouse_id
    ).first()
    if fulfilment is None:
        raise ScanRefused("unknown_fulfilment", _("There is no such work in this warehouse: load the list again."))
    scanned = _scanned(scan)
    _check(fulfilment.pk, scanned)
    others = packed_with([fulfilment.pk])
    weight = scan.key("weight_g") if scan.body.get("weight_g") else None
    parcels = None if others else [(weight, scanned)]
    [result, *_others] = pack(
        [Pack(fulfilment.pk, parcels), *(Pack(pk) for pk in others)],
        company_id=scan.company_id,
        effective_at=scan.effective_at,
        actor=scan.actor,
        device=scan.device,
    )
    if result.state == "already":
        raise ScanRefused("packed_already", _("Somebody has packed this already: look for its parcel."))
    if result.state == "refused":
        raise ScanRefused(result.code, str(REFUSALS.get(result.code, result.code)))
    return {"fulfilment": fulfilment.pk, "shipment": result.shipment_id}


def _scanned(scan: Scan) -> dict[int, Any]:
    lines = scan.body.get("lines")
    if not isinstance(lines, dict) or not lines or len(lines) > 500 or not all(key.isdecimal() for key in lines):
        raise ScanRefused("bad_field", _("“%(name)s” is missing or cannot be read: scan it again.") % {"name": "lines"})
    return {int(key): as_quantity(value, "lines") for key, value in lines.items()}


def _check(fulfilment_id: int, scanned: dict[int, Any]) -> None:
    """Says which article is too many or too few."""
    rows = FulfilmentLine.objects.filter(fulfilment_id=fulfilment_id, picked__gt=0).select_related("allocation__sku")
    picked = {row.pk: row for row in rows}
    for pk, row in picked.items():
        if scanned.get(pk, 0) != row.picked:
            raise ScanRefused(
                "parcels_do_not_match",
                _("%(sku)s: %(scanned)s scanned, %(picked)s picked. Count the parcel again.")
                % {
                    "sku": row.allocation.sku.code,
                    "scanned": plain(scanned.get(pk, as_quantity(0, ""))),
                    "picked": plain(row.picked),
                },
            )


KINDS = (Kind("pack", "warehouse.add_parcel", pack_parcel),)
