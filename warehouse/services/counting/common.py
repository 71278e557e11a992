"""What the services of stocktakes share: rows held, changes of status, who counted."""

from collections.abc import Collection

from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.states import check_transition
from warehouse.errors import NotFound
from warehouse.models import COUNT_OPEN, CountEntry, CountTask, Stocktake
from warehouse.services.counting.creating import OBJECT
from warehouse.states import STOCKTAKE


def hold_stocktake(stocktake_id: int, *, company_id: int) -> Stocktake:
    """The stocktake, locked, before its tasks. Raises NotFound. Statements: 1."""
    found = (
        Stocktake.objects.select_for_update(of=("self",), no_key=True)
        .filter(company_id=company_id, pk=stocktake_id)
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such stocktake."), stocktake_id=stocktake_id)
    return found


def hold_tasks(stocktake: Stocktake, task_ids: Collection[int] | None = None) -> list[CountTask]:
    """Its tasks, or these of them, locked in key order. Statements: 1."""
    rows = CountTask.objects.select_for_update(of=("self",), no_key=True).filter(stocktake=stocktake)
    if task_ids is not None:
        rows = rows.filter(pk__in=task_ids)
    return list(rows.order_by("pk"))


def set_status(
    stocktake: Stocktake, status: str, *, actor: Actor, reason: str = "", fields: tuple[str, ...] = ()
) -> None:
    """Move on along the table of states, with its line in the audit trail. Statements: 2."""
    check_transition(STOCKTAKE, "stocktake", stocktake.status, status)
    old, stocktake.status = stocktake.status, status
    stocktake.version += 1
    stocktake.save(update_fields=["status", "version", *fields])
    change = audit.Change(
        OBJECT, stocktake.pk, "status", field="status", old=old, new=status, reason=reason[:300],
        company_id=stocktake.company_id,
    )  # fmt: skip
    audit.record([change], actor=actor)


def counters_of(stocktake: Stocktake) -> set[int]:
    """Everybody whose figures of this stocktake count, or counted in a round before. Statements: 1."""
    rows = CountEntry.objects.filter(task__stocktake=stocktake)
    return set(rows.order_by().values_list("actor_id", flat=True).distinct()) | set(
        CountTask.objects.filter(stocktake=stocktake, counter__isnull=False).values_list("counter_id", flat=True)
    )


def blind_places(location_ids: set[int]) -> set[int]:
    """Those of these places that are being counted: nobody on the floor is told what lies there. Statements: 1, or 0."""
    if not location_ids:
        return set()
    rows = CountTask.objects.filter(location__in=location_ids, status__in=COUNT_OPEN)
    return set(rows.order_by().values_list("location_id", flat=True).distinct())
