"""What all checks of catalogue files share beside the ground's: barcodes."""

from collections.abc import Callable, Mapping, Sequence

from django.utils.translation import gettext as _

from backoffice.core.tabular import Row
from backoffice.core.tabular.work import Twins, Work, known, outcome_of, shown
from inventory.barcodes import gtin14, is_gtin
from inventory.services.packs import barcode_problem

__all__ = ["Twins", "Work", "barcode_key", "check_barcodes", "known", "look_at_barcodes", "outcome_of", "shown"]


def barcode_key(code: str) -> str:
    """One key for all the ways in which the same GTIN is printed."""
    return gtin14(code) if is_gtin(code) else code


def check_barcodes(
    work: Work,
    twins: Twins,
    taken: Mapping[str, tuple[int, int | None, str]],
    is_own: Callable[[int, int | None], bool],
) -> list[str]:
    """The row's barcodes that are new; wrong ones are told. taken: SKU, pack and SKU code by barcode key."""
    fresh = []
    for code in work.row.values.get("barcodes") or ():
        kind, said = barcode_problem(code)
        key = barcode_key(code)
        if kind:
            work.wrong("barcodes", said, kind)
        elif key in taken:
            sku_id, pack_id, sku = taken[key]
            if not is_own(sku_id, pack_id):
                message = _("%(code)s is the code of %(sku)s already.") % {"code": code, "sku": sku}
                work.wrong("barcodes", message, "unique")
        else:
            fresh.append(code)
        twins.check(work, "barcodes", key)
    return fresh


def look_at_barcodes(rows: Sequence[Row], twins: Twins) -> None:
    for row in rows:
        for code in row.values.get("barcodes") or ():
            twins.look(barcode_key(code), row.number)
