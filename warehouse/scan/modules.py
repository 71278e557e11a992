"""What the handheld's home shows: one tile for each kind of work. New work is one more line and its module."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from warehouse.scan import counting, reads, returns


@dataclass(frozen=True, slots=True)
class Module:
    """count: warehouse id -> how much waits; None where nothing does."""

    name: str  # its address is scan:<name>, its picture stands in scan/icon.html
    title: Any
    permission: str
    count: Callable[[int], int] | None = None


MODULES = (
    Module("pick", _("Pick"), "warehouse.change_picktask", reads.lists_to_pick),
    Module("pack", _("Pack"), "warehouse.add_parcel", reads.parcels_to_pack),
    Module("receive", _("Receive"), "warehouse.add_receipt", reads.deliveries_to_come),
    Module("returns", _("Returns"), "warehouse.add_receipt", returns.returns_to_come),
    Module("put_away", pgettext_lazy("work", "Put away"), "warehouse.change_floortask", reads.goods_to_put_away),
    Module("put_back", _("Put back"), "warehouse.change_floortask", reads.goods_to_put_back),
    Module("refill", _("Refill"), "warehouse.change_floortask", reads.faces_to_refill),
    Module("move", _("Move goods"), "warehouse.change_picktask"),
    Module("count", _("Count"), "warehouse.add_countentry", counting.counts_to_do),
    Module("lookup", _("Look up"), "inventory.view_sku"),
)
