"""What is known of tasks, goods and places before goods are put: locked, then read. Each is one statement at most."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.db import connection

from inventory.models import Location
from warehouse.models import FloorTask


def lock_tasks(ids: Sequence[int], company_id: int) -> dict[int, FloorTask]:
    rows = FloorTask.objects.filter(pk__in=ids, company_id=company_id).select_related("lot", "from_location")
    return {row.pk: row for row in rows.order_by("pk").select_for_update(of=("self",), no_key=True)}


def lock_places(ids: Sequence[int], company_id: int) -> dict[int, Location]:
    """Locked, so that two people do not fill the same bin, and nobody blocks it between look and move."""
    rows = Location.objects.filter(pk__in=ids, company_id=company_id).order_by("pk")
    return {row.pk: row for row in rows.select_for_update(of=("self",), no_key=True)}


Key = tuple[int, int, int | None, int | None]


def key_of(task: FloorTask) -> Key:
    return (task.from_location_id, task.sku_id, task.lot_id, task.owner_id)


def free_of(tasks: Sequence[FloorTask]) -> defaultdict[Key, Decimal]:
    found: defaultdict[Key, Decimal] = defaultdict(Decimal)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT location_id, sku_id, lot_id, owner_id, quantity - claimed FROM inventory_stockquant"
            " WHERE location_id = ANY(%s) AND sku_id = ANY(%s)",
            [[task.from_location_id for task in tasks], [task.sku_id for task in tasks]],
        )
        for *key, quantity in cursor.fetchall():
            found[key[0], key[1], key[2], key[3]] = quantity
    return found


def expired_of(lot_ids: Sequence[int], company_id: int) -> set[int]:
    if not lot_ids:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.id FROM inventory_lot o JOIN accounting_company c ON c.id = o.company_id WHERE o.id = ANY(%s)"
            " AND o.expiry_date < (clock_timestamp() AT TIME ZONE c.time_zone)::date AND c.id = %s",
            [list(lot_ids), company_id],
        )
        return {pk for (pk,) in cursor.fetchall()}


def moved_by(keys: Sequence[str], company_id: int) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT source_key, id FROM inventory_stockmove WHERE company_id = %s AND source_key = ANY(%s)",
            [company_id, list(keys)],
        )
        return dict(cursor.fetchall())


def limits_of(places: Mapping[int, Location]) -> dict[int, list[tuple[int, Decimal]]]:
    """Of pick faces: the most of each SKU, by place."""
    found: dict[int, list[tuple[int, Decimal]]] = {pk: [] for pk in places}
    faces = [pk for pk, place in places.items() if place.is_pick_face]
    if not faces:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT location_id, sku_id, maximum FROM inventory_pickface WHERE location_id = ANY(%s)", [faces]
        )
        for place, sku, most in cursor.fetchall():
            found[place].append((sku, most))
    return found
