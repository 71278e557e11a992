"""In which order the places of a warehouse are walked to: numbered by the way through it, or one by one."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.errors import InvalidInput
from inventory.models import Location, LocationKind, Warehouse, Zone
from inventory.walking import Stand, walking_order

STEP = 10  # a bin that comes later fits between two
MOST = 2**31 - 1
MAX_PLACES = 20_000


@dataclass(frozen=True, slots=True)
class WalkPlan:
    """Which bins are numbered, and how. zone_id: its bins only. start: the first number."""

    zone_id: int | None = None
    serpentine: bool = True
    from_far: bool = False
    start: int = STEP


@dataclass(frozen=True, slots=True)
class NumberedPlace:
    """A bin with the number that it has in the walk, and the one it had."""

    location_id: int
    code: str
    zone: str
    aisle: str
    old: int
    new: int


def plan_walk(plan: WalkPlan, *, warehouse: Warehouse) -> list[NumberedPlace]:
    """The bins in their new order; nothing is written. Statements: 1, 2 with a zone. Raises InvalidInput."""
    if plan.zone_id is not None and not Zone.objects.filter(pk=plan.zone_id, warehouse=warehouse).exists():
        message = _("This warehouse has no such %(what)s.") % {"what": "zone"}
        raise InvalidInput(message, errors=[{"field": "zone", "message": message, "code": "unknown"}])
    rows = Location.objects.filter(warehouse=warehouse, kind=LocationKind.BIN, is_active=True).select_related("zone")
    if plan.zone_id is not None:
        rows = rows.filter(zone_id=plan.zone_id)
    places = list(rows.order_by("pk")[: MAX_PLACES + 1])
    if len(places) > MAX_PLACES:
        raise InvalidInput(_("At most %(most)s bins at once: choose a zone.") % {"most": MAX_PLACES})
    if plan.start < 0 or plan.start + STEP * len(places) > MOST:
        raise InvalidInput(_("The pick sequence is a whole number from 0 up."), errors=[{"field": "start"}])
    order = walking_order([_stand(place) for place in places], serpentine=plan.serpentine, from_far=plan.from_far)
    zones = {place.pk: place.zone.code if place.zone else "" for place in places}
    return [
        NumberedPlace(stand.pk, stand.code, zones[stand.pk], stand.aisle, stand.sequence, plan.start + STEP * number)
        for number, stand in enumerate(order)
    ]


def _stand(place: Location) -> Stand:
    """Zones as the pickers meet them; what stands in none comes last."""
    zone = (0, place.zone.position, place.zone.code) if place.zone else (1, 0, "")
    return Stand(place.pk, place.code, zone, place.aisle, place.rack, place.level, place.position, place.pick_sequence)


@transaction.atomic(savepoint=False)
def set_walk(plan: WalkPlan, *, warehouse: Warehouse, actor: Actor) -> list[NumberedPlace]:
    """Number the bins as plan_walk shows; lists on the floor are walked so from now on. Statements: 4, 5 with a zone."""
    planned = plan_walk(plan, warehouse=warehouse)
    set_sequences(
        {row.location_id: row.new for row in planned},
        warehouse=warehouse,
        actor=actor,
        reason=_("Walking order") if not plan.serpentine else _("Walking order, every second aisle back"),
    )
    return planned


@transaction.atomic(savepoint=False)
def set_sequences(numbers: Mapping[int, int], *, warehouse: Warehouse, actor: Actor, reason: str = "") -> int:
    """Give places of a warehouse their numbers in the walk; how many changed. Statements: 3.

    Raises InvalidInput (a place of elsewhere, no such number); nothing is written then.
    """
    if len(numbers) > MAX_PLACES:
        raise InvalidInput(_("At most %(most)s bins at once.") % {"most": MAX_PLACES})
    if any(not 0 <= number <= MOST for number in numbers.values()):
        raise InvalidInput(_("The pick sequence is a whole number from 0 up."), errors=[{"field": "pick_sequence"}])
    rows = Location.objects.filter(pk__in=list(numbers), warehouse=warehouse).order_by("pk")
    found = {row.pk: row for row in rows.select_for_update(of=("self",), no_key=True)}
    if foreign := sorted(set(numbers) - set(found)):
        message = _("This warehouse has no place %(id)s.") % {"id": foreign[0]}
        raise InvalidInput(message, errors=[{"field": "location", "message": message, "code": "unknown_location"}])
    changed = {pk: number for pk, number in numbers.items() if found[pk].pick_sequence != number}
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE inventory_location l SET pick_sequence = g.number"
            " FROM unnest(%s::bigint[], %s::int[]) AS g(id, number) WHERE l.id = g.id",
            [list(changed), list(changed.values())],
        )
    audit.record(
        [
            audit.Change(
                "inventory.location", pk, "changed", "pick_sequence", str(found[pk].pick_sequence), str(number), reason,
                warehouse.company_id,
            )
            for pk, number in changed.items()
        ],
        actor=actor,
    )  # fmt: skip
    return len(changed)
