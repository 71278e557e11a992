"""Making stocktakes: which places, whole or for one SKU, and who counts them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows
from inventory.models import INTERNAL_KINDS, Location, Sku, Warehouse
from warehouse.errors import CountRefused
from warehouse.models import COUNT_OPEN, CountTask, Stocktake, StocktakeOrigin

OBJECT = "warehouse.stocktake"
COUNTABLE = tuple(kind for kind in INTERNAL_KINDS if kind not in ("missing", "transit"))
MAX_TASKS = 20_000
_TASK = {
    "stocktake_id": "bigint",
    "warehouse_id": "bigint",
    "location_id": "bigint",
    "sku_id": "bigint",
    "status": "text",
    "round": "bigint",
    "priority": "bigint",
    "assigned_to_id": "bigint",
    "device": "text",
    "reason": "text",
    "not_found": "numeric",
}


@dataclass(frozen=True, slots=True)
class CountScope:
    """A place to count: whole, or one SKU of it. not_found: what a picker missed there of that SKU."""

    location_id: int
    sku_id: int | None = None
    priority: int = 100
    reason: str = ""
    not_found: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Rules:
    """See Stocktake."""

    tolerance_percent: Decimal = Decimal(0)
    tolerance_value: Decimal = Decimal(0)
    one_person: bool = False


@transaction.atomic(savepoint=False)
def create_stocktake(
    scopes: Sequence[CountScope],
    *,
    company_id: int,
    warehouse_id: int,
    actor: Actor,
    rules: Rules | None = None,
    note: str = "",
    due_date: date | None = None,
    origin: str = StocktakeOrigin.MANUAL,
    assigned_to_id: int | None = None,
    skip_open: bool = False,
) -> Stocktake | None:
    """A stocktake of these places, planned; nothing is frozen by it.

    skip_open: leave out what is being counted already (None if nothing is left), else it is refused.
    Raises CountRefused (no_places, too_many, unknown_place, unknown_sku, bad_tolerance, counted_elsewhere); nothing is
    written then. Statements: 8, whatever the number of places.
    """
    rules = rules or Rules()
    if not (0 <= rules.tolerance_percent <= 1000 and 0 <= rules.tolerance_value < 10**12):
        raise CountRefused("bad_tolerance", _("A tolerance is 0 or more, and at most 1000 per cent."))
    # One plans at a time for a warehouse: two counts of one place would each think it is theirs.
    if not Warehouse.objects.select_for_update(of=("self",), no_key=True).filter(
        pk=warehouse_id, company_id=company_id, is_transit=False
    ):
        raise CountRefused("unknown_place", _("There is no such warehouse."))
    wanted = list({(scope.location_id, scope.sku_id): scope for scope in scopes}.values())
    _check_scopes(wanted, company_id, warehouse_id)
    wanted = _free_of_others(wanted, skip_open=skip_open)
    if not wanted and skip_open:
        return None
    stocktake = Stocktake.objects.create(
        company_id=company_id,
        warehouse_id=warehouse_id,
        origin=origin,
        note=note[:500],
        due_date=due_date,
        tolerance_percent=rules.tolerance_percent,
        tolerance_value=rules.tolerance_value,
        one_person=rules.one_person,
        created_by_id=actor.user_id,
        created_label=actor.label,
    )
    insert_rows(
        "warehouse_counttask",
        _TASK,
        [
            (stocktake.pk, warehouse_id, s.location_id, s.sku_id, "open", 1, s.priority, assigned_to_id, "",
             s.reason[:200], s.not_found)
            for s in wanted
        ],
    )  # fmt: skip
    change = audit.Change(
        OBJECT, stocktake.pk, "created", field="status", new=stocktake.status, reason=note[:300], company_id=company_id
    )
    audit.record([change], actor=actor)
    return stocktake


def _check_scopes(scopes: Sequence[CountScope], company_id: int, warehouse_id: int) -> None:
    if not scopes:
        raise CountRefused("no_places", _("There is nothing to count: choose places that hold goods."))
    if len(scopes) > MAX_TASKS:
        raise CountRefused("too_many", _("That is too much for one stocktake: make several, by zone or by bins."))
    places = set(
        Location.objects.filter(
            company_id=company_id, warehouse_id=warehouse_id, kind__in=COUNTABLE, is_active=True,
            pk__in={scope.location_id for scope in scopes},
        ).values_list("pk", flat=True)
    )  # fmt: skip
    named = {scope.sku_id for scope in scopes if scope.sku_id is not None}
    skus = set(Sku.objects.filter(company_id=company_id, kit=None, pk__in=named).values_list("pk", flat=True))
    for row, scope in enumerate(scopes, start=1):
        if scope.location_id not in places:
            raise CountRefused(
                "unknown_place", _("Place %(row)s cannot be counted: choose an active place of this warehouse.") % {"row": row},
                row=row,
            )  # fmt: skip
        if scope.sku_id is not None and scope.sku_id not in skus:
            raise CountRefused(
                "unknown_sku", _("Place %(row)s: unknown SKU, or a kit: count its components.") % {"row": row}, row=row
            )


def _free_of_others(scopes: Sequence[CountScope], *, skip_open: bool) -> list[CountScope]:
    """What no open task of another stocktake covers; a whole place and a SKU of it exclude one another."""
    places = {scope.location_id for scope in scopes}
    taken: dict[int, dict[int | None, CountTask]] = {}
    for task in CountTask.objects.filter(location_id__in=places, status__in=COUNT_OPEN).select_related(
        "location", "stocktake"
    ):
        taken.setdefault(task.location_id, {})[task.sku_id] = task
    whole = {scope.location_id for scope in scopes if scope.sku_id is None}
    left = []
    for scope in scopes:
        others = taken.get(scope.location_id, {})
        clash = others.get(scope.sku_id) or others.get(None)
        if clash is None and scope.sku_id is None and others:
            clash = next(iter(others.values()))
        if clash is None:
            if scope.sku_id is None or scope.location_id not in whole:  # a SKU of a place that is counted whole
                left.append(scope)
        elif not skip_open:
            raise CountRefused(
                "counted_elsewhere",
                _("%(place)s is being counted in %(number)s: finish or cancel that first.")
                % {"place": clash.location.code, "number": clash.stocktake.number},
                stocktake=clash.stocktake_id,
            )
    return left
