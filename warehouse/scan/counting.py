"""The handheld's page of counts: which places, and which articles lie there, never how many."""

from collections import defaultdict
from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from inventory.models import Sku, StockQuant
from warehouse.models import COUNT_OPEN, CountEntry, CountResult, CountTask
from warehouse.scan.reads import codes_of

LIMIT = 300


def open_counts(warehouse_id: int, user_id: int | None = None) -> QuerySet[CountTask]:
    """What is to be counted: this person's first, then anybody's, by priority and walking order."""
    mine = Case(
        When(Q(assigned_to=user_id) | Q(counter=user_id), then=Value(0)),
        When(assigned_to=None, counter=None, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return (
        CountTask.objects.filter(warehouse_id=warehouse_id, status__in=COUNT_OPEN)
        .select_related("location", "sku", "stocktake", "assigned_to", "counter")
        .order_by(mine, "priority", "location__pick_sequence", "location__code", "pk")
    )


def counts_to_do(warehouse_id: int) -> int:
    return open_counts(warehouse_id).count()


def tasks_to_count(warehouse_id: int, user_id: int) -> list[dict[str, Any]]:
    """All that the handheld must know to count without Wi-Fi. No quantity is in it. Statements: 5."""
    tasks = list(open_counts(warehouse_id, user_id)[:LIMIT])
    before = set(CountEntry.objects.filter(task__in=tasks, actor=user_id).values_list("task_id", "round"))
    articles = _articles(tasks)
    skus = {sku.pk: sku for sku in Sku.objects.filter(pk__in={pk for pks in articles.values() for pk in pks})}
    codes = codes_of(skus)
    return [
        {
            "id": task.pk,
            "number": task.stocktake.number,
            "bin": task.location.code,
            "round": task.round,
            "only": task.sku.code if task.sku else "",
            "reason": task.reason,
            "by": str(task.counter or task.assigned_to or ""),
            "other": bool((task.counter_id or task.assigned_to_id or user_id) != user_id),
            "again": not task.stocktake.one_person and any(pk == task.pk and n < task.round for pk, n in before),
            "items": [_item(skus[pk], codes.get(pk, {})) for pk in articles[task.pk]],
        }
        for task in tasks
    ]


def _item(sku: Sku, codes: dict[str, str]) -> dict[str, Any]:
    return {
        "sku": sku.code,
        "name": sku.name,
        "lot": sku.lot_tracked,
        "serial": sku.serial_tracked,
        "codes": codes | {sku.code.upper(): "1"},
    }


def _articles(tasks: list[CountTask]) -> dict[int, list[int]]:
    """Which SKUs each place holds; of one that is counted again, those that differed. Statements: 2."""
    there: dict[int, list[int]] = defaultdict(list)
    rows = StockQuant.objects.filter(location__in={task.location_id for task in tasks}, quantity__gt=0)
    for location_id, sku_id in rows.order_by("sku__code").values_list("location_id", "sku_id").distinct():
        there[location_id].append(sku_id)
    differed: dict[int, set[int]] = defaultdict(set)
    again = [task.pk for task in tasks if task.round > 1]
    for task_id, sku_id in CountResult.objects.filter(task__in=again, beyond=True).values_list("task_id", "sku_id"):
        differed[task_id].add(sku_id)
    found = {}
    for task in tasks:
        if task.sku_id is not None:
            found[task.pk] = [task.sku_id]
        elif task.round > 1:
            found[task.pk] = sorted(differed[task.pk])
        else:
            found[task.pk] = there[task.location_id]
    return found
