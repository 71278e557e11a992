"""What may be shown of a stocktake, and to whom. While it is counted nobody sees what the ledger has."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from inventory.models import Barcode, StockQuant
from warehouse.models import COUNT_OPEN, CountResult, CountTask, Stocktake

REVIEW, COUNT = "warehouse.review_stocktake", "warehouse.add_countentry"
LINE_COLUMNS = (
    _("Place"), _("SKU"), _("Name"), _("Lot"), _("Counted"), _("Expected"), _("Variance"), _("Not found by pickers"),
    _("Value"), _("Count number"), _("Counted at"), _("Counted by"), _("Posted"), _("Waits"), _("A later count counts"),
)  # fmt: skip
TASK_COLUMNS = (_("Place"), _("SKU"), _("Name"), _("Status"), _("Count number"), _("Counted by"), _("Counted at"))


class Progress(NamedTuple):
    """places: to be counted in all; done: counted in their present round."""

    places: int
    done: int

    @property
    def percent(self) -> int:
        return 100 * self.done // self.places if self.places else 100


def may_see_figures(user: Any, stocktake: Stocktake) -> bool:
    """Whether this person may be told what the ledger has, now."""
    return not stocktake.is_blind and (user.has_perm(REVIEW) or user.has_perm("inventory.audit_shrinkage"))


def with_progress(rows: QuerySet[Stocktake]) -> QuerySet[Stocktake]:
    """Stocktakes with `places` and `done`. Statements: those of the list."""
    live = ~Q(tasks__status="cancelled")
    return rows.annotate(places=Count("tasks", filter=live), done=Count("tasks", filter=Q(tasks__status="counted")))


def progress_of(stocktake: Stocktake) -> Progress:
    """Statements: 1."""
    found = CountTask.objects.filter(stocktake=stocktake).exclude(status="cancelled")
    return Progress(**found.aggregate(places=Count("pk"), done=Count("pk", filter=Q(status="counted"))))


def tasks_of(stocktake: Stocktake) -> QuerySet[CountTask]:
    """Its places in walking order."""
    return (
        CountTask.objects.filter(stocktake=stocktake)
        .select_related("location", "sku", "counter", "assigned_to")
        .order_by("location__pick_sequence", "location__code", "pk")
    )


def lines_of(stocktake: Stocktake) -> QuerySet[CountResult]:
    """What was counted, the dearest differences first. Not for whoever counts: see may_see_figures."""
    return (
        CountResult.objects.filter(stocktake=stocktake)
        .select_related("location", "sku", "lot", "task")
        .extra(
            order_by=["-abs_value", "location_id", "sku_id"], select={"abs_value": "abs(warehouse_countresult.value)"}
        )
    )


def file_rows(stocktake: Stocktake, *, figures: bool) -> tuple[Sequence[Any], Iterator[Sequence[Any]]]:
    """(headings, rows) of the export: the lines with their figures, or only what is counted by whom."""
    if figures:
        return LINE_COLUMNS, (
            (
                line.location.code, line.sku.code, line.sku.name, line.lot.code if line.lot else "", line.counted,
                line.expected, line.variance, line.gone, line.value, line.round, line.counted_at, line.counter_label,
                line.posted, line.waits, gettext("yes") if line.superseded else "",
            )
            for line in lines_of(stocktake).iterator(chunk_size=2000)
        )  # fmt: skip
    return TASK_COLUMNS, (
        (
            task.location.code, task.sku.code if task.sku else "", task.sku.name if task.sku else "",
            task.get_status_display(), task.round, str(task.counter or ""), task.finished_at,
        )
        for task in tasks_of(stocktake).iterator(chunk_size=2000)
    )  # fmt: skip


class SheetRow(NamedTuple):
    """A line of the paper to count on: never a quantity."""

    place: str
    sku: str
    name: str
    lot: str
    barcode: str


def sheet_rows(stocktake: Stocktake) -> list[SheetRow]:
    """What lies in the open places, in walking order, without how much of it; empty places have a line too.

    Statements: 3.
    """
    tasks = [task for task in tasks_of(stocktake) if task.status in COUNT_OPEN]
    quants = StockQuant.objects.filter(location__in={task.location_id for task in tasks}, quantity__gt=0)
    there: dict[int, list[StockQuant]] = {}
    for quant in quants.select_related("sku", "lot").order_by("sku__code", "lot__expiry_date", "lot__code"):
        there.setdefault(quant.location_id, []).append(quant)
    codes = dict(
        Barcode.objects.filter(sku__in={q.sku_id for rows in there.values() for q in rows}, pack=None)
        .order_by("-pk")
        .values_list("sku_id", "code")
    )
    rows = []
    for task in tasks:
        named: dict[tuple[str, str, str, str], None] = {}
        for quant in there.get(task.location_id, []):
            if task.sku_id in (None, quant.sku_id):
                lot = quant.lot.code if quant.lot and quant.sku.lot_tracked else ""
                named[quant.sku.code, quant.sku.name, lot, codes.get(quant.sku_id, "")] = None
        if not named and task.sku is not None:
            named[task.sku.code, task.sku.name, "", ""] = None
        rows += [SheetRow(task.location.code, *each) for each in named] or [
            SheetRow(task.location.code, "", "", "", "")
        ]
    return rows
