"""A plan of cycle counts and its first day: some bins are counted, one of them otherwise than the books say."""

from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from backoffice.core.actor import Actor
from backoffice.core.models import User
from backoffice.demo.company import Demo
from inventory.models import StockQuant
from warehouse.models import CountPlan
from warehouse.services import counting

COUNTED, A_DAY = 4, 12


def count_cycle(demo: Demo, *, today: datetime) -> None:
    """The plan of the first warehouse, a day's count of it, and what the picker has counted so far."""
    actor, warehouse = Actor.job("demo"), demo.warehouses[0]
    plan = CountPlan.objects.create(
        company=demo.company, warehouse=warehouse, name="Cycle count", daily_limit=A_DAY, tolerance_percent=Decimal(2)
    )
    made = counting.run_plan(plan.pk, company_id=demo.company.pk, now=today, today=today.date(), actor=actor)
    picker = User.objects.filter(username="picker").first()
    if made is None or picker is None:
        return
    tasks = list(made.tasks.order_by("pk")[:COUNTED])
    for number, task in enumerate(tasks):
        quants = list(StockQuant.objects.filter(location=task.location_id, quantity__gt=0, sku__serial_tracked=False))
        if len(quants) == 0 or any(quant.sku.serial_tracked for quant in quants):
            continue
        counts = [
            counting.CountInput(
                task.pk, quant.sku_id, quant.quantity - (2 if number == 1 and quant.quantity > 2 else 0), quant.lot_id
            )
            for quant in quants
        ]
        common = {"company_id": demo.company.pk, "actor": Actor.of(picker), "device": "Scanner 1"}
        counting.record_counts(counts, counted_at=timezone.now(), **common)  # type: ignore[arg-type]
        counting.finish_counts([task.pk], at=timezone.now(), **common)  # type: ignore[arg-type]
