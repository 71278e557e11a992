"""Which places a stocktake covers, as people say it: a zone, bins from–to, some bins, some SKUs, everything."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.db.models.functions import Upper
from django.utils.translation import gettext as _

from inventory.models import Location, StockQuant
from warehouse.errors import CountRefused
from warehouse.services.counting.creating import COUNTABLE, MAX_TASKS, CountScope


@dataclass(frozen=True, slots=True)
class Choice:
    """bins: codes. first, last: codes, both included. sku_ids: only these, wherever they lie. everything: every place
    that holds goods. empty_too: bins without goods as well."""

    bins: Collection[str] = ()
    first: str = ""
    last: str = ""
    zone_id: int | None = None
    sku_ids: Collection[int] = ()
    everything: bool = False
    empty_too: bool = False


def scopes_of(choice: Choice, *, warehouse_id: int, priority: int = 100, reason: str = "") -> list[CountScope]:
    """The places, in walking order. Raises CountRefused (unknown_place, no_places, too_many). Statements: 2."""
    places = Location.objects.filter(warehouse=warehouse_id, kind__in=COUNTABLE, is_active=True)
    if choice.bins:
        places = _named(places, choice.bins)
    if choice.first or choice.last:
        places = places.filter(code__gte=choice.first.upper()) if choice.first else places
        places = places.filter(code__lte=choice.last.upper()) if choice.last else places
    if choice.zone_id is not None:
        places = places.filter(zone=choice.zone_id)
    stocked = StockQuant.objects.filter(quantity__gt=0, location__in=places)
    if choice.sku_ids:
        rows = stocked.filter(sku__in=choice.sku_ids).values_list("location_id", "sku_id").distinct()
        found = [
            (location, sku) for location, sku in rows.order_by("location__pick_sequence", "location__code", "sku_id")
        ]
    else:
        if not (choice.empty_too or choice.bins):
            places = places.filter(pk__in=stocked.values("location"))
        elif not choice.bins:
            places = places.filter(Q(kind="bin") | Q(pk__in=stocked.values("location")))
        found = [
            (pk, None) for pk in places.order_by("pick_sequence", "code").values_list("pk", flat=True)[: MAX_TASKS + 1]
        ]
    if not found:
        raise CountRefused("no_places", _("There is nothing to count: choose places that hold goods."))
    return [CountScope(location, sku, priority=priority, reason=reason) for location, sku in found]


def _named(places: QuerySet[Location], codes: Collection[str]) -> QuerySet[Location]:
    wanted = {code.strip().upper() for code in codes if code.strip()}
    rows = places.annotate(upper=Upper("code")).filter(upper__in=wanted)
    known = {code.upper() for code in rows.values_list("code", flat=True)}
    for code in sorted(wanted - known):
        raise CountRefused(
            "unknown_place", _("%(code)s is no place of this warehouse that can be counted.") % {"code": code}
        )
    return rows
