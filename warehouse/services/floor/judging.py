"""What speaks against putting goods somewhere, in words that say what to do."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.models import Location
from warehouse.models import FLOOR_OPEN, FloorTask
from warehouse.placing import ZERO, Bin, Load, misfit, room, unit_misfit
from warehouse.services.floor.looking import Key, key_of
from warehouse.services.floor.requests import Put


def task_problem(
    put: Put,
    task: FloorTask | None,
    places: Mapping[int, Location],
    bins: Mapping[int, Bin],
    articles: Mapping[int, Any],
    free: Mapping[Key, Decimal],
    expired: set[int],
    faces: Mapping[int, Mapping[int, Decimal]],
) -> tuple[str, str]:
    """What speaks against it, and what to do; ("", "") if nothing does."""
    if task is None:
        return "unknown", _("This task does not exist in this warehouse: load the list again.")
    source = task.from_location.code
    if task.status not in FLOOR_OPEN:
        return "over", _("This task is over: put what you took back to %(bin)s, and load the list again.") % {
            "bin": source
        }
    left = task.quantity - task.done
    if put.quantity > left:
        return "more_than_asked", _("More than asked: %(quantity)s are to be moved.") % {"quantity": plain(left)}
    if put.quantity < 0 or (put.quantity == 0 and not put.short):
        return "no_quantity", _("How many? Give a quantity above zero.")
    if put.quantity == 0:
        return "", ""
    if put.quantity > free[key_of(task)]:
        return "not_there", _("%(bin)s has only %(free)s that are free: take these, and say that the rest is not there.") % {
            "bin": source, "free": plain(max(free[key_of(task)], ZERO))
        }  # fmt: skip
    if task.lot_id in expired:
        lot = task.lot.code if task.lot else ""
        return "expired_lot", _("Lot %(lot)s has expired: bring it to quarantine and ask your lead.") % {"lot": lot}
    place = places.get(put.location_id or 0)
    if place is None or place.warehouse_id != task.warehouse_id:
        return "no_place", _("This is no bin of this warehouse: scan the label of the shelf.")
    if place.pk == task.from_location_id:
        return "same_bin", _("This is the bin you took it from: scan where it goes.")
    return place_problem(
        place, bins[place.pk], articles[task.sku_id], task.lot_id, put.quantity, faces.get(place.pk, {})
    )


def place_problem(
    place: Location, there: Bin, article: Any, lot_id: int | None, quantity: Decimal, face: Mapping[int, Decimal]
) -> tuple[str, str]:
    """Why goods may not be put there; ("", "") if they may. face: the most of each SKU, of a pick face."""
    code = {"code": place.code}
    if place.kind != "bin" or not place.is_active:
        return "not_a_bin", _("%(code)s is no bin that is used: take another.") % code
    if place.blocked_at is not None:
        words = code | {"reason": place.blocked_reason}
        return "blocked_bin", _("%(code)s is blocked (%(reason)s): take another bin.") % words
    wrong = misfit(there, article, lot_id)
    if wrong == "wrong_class":
        return wrong, _("%(code)s is not fit for these goods (cold, hazard or such): take a bin of their class.") % code
    if wrong == "too_big":
        return wrong, _("It is bigger than %(code)s: take a bigger bin.") % code
    if wrong:
        return wrong, _("%(code)s holds other goods, and takes one kind at a time: take another bin.") % code
    fits = room(there, article, lot_id)
    if article.id in face:
        held = sum((q for (sku, _lot), q in there.contents.items() if sku == article.id), ZERO)
        fits = min(fits, max(face[article.id] - held, ZERO))
    if quantity > fits:
        words = code | {"fits": plain(fits)}
        return "full", _("%(code)s is full: %(fits)s more fit. Put these there, and the rest into another bin.") % words
    return "", ""


_UNIT_WORDS = {
    "wrong_class": gettext_lazy(
        "%(code)s is not fit for what is in %(unit)s (cold, hazard or such): take a bin of its class."
    ),
    "too_big": gettext_lazy("What is in %(unit)s is bigger than %(code)s: take a bigger bin."),
    "mixed": gettext_lazy("%(code)s holds other goods, and takes one kind at a time: take another bin."),
    "no_pallets": gettext_lazy("%(code)s has no free pallet place: take another bin, or move what stands there first."),
    "too_much": gettext_lazy("%(unit)s takes more room than %(code)s has left: take another bin, or part it."),
    "too_heavy": gettext_lazy("%(unit)s is heavier than %(code)s still carries: take another bin, or part it."),
}


def unit_problem(place: Location, there: Bin, unit: str, goods: Sequence[Load], pallets: Decimal) -> tuple[str, str]:
    """Why a handling unit may not stand there, its code and what to do; ("", "") if it may. Only bins are limited."""
    code = unit_misfit(there, goods, pallets) if place.kind == "bin" else ""
    return (code, str(_UNIT_WORDS[code]) % {"code": place.code, "unit": unit}) if code else ("", "")


def plain(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"
