"""What a SKU is tracked by, its lots, and what has expired."""

import datetime
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows, prepared_cursor
from inventory.errors import LotRefused, NotFound
from inventory.models import LocationKind, Lot, Sku
from inventory.services.moves import post_moves
from inventory.services.requests import MoveRequest
from inventory.services.setup import ensure_places


@dataclass(frozen=True, slots=True)
class Tracking:
    """What nothing of a SKU comes in without."""

    lot: bool = False
    expiry: bool = False
    shelf_life_days: int | None = None
    serial: bool = False


@transaction.atomic(savepoint=False)
def set_tracking(sku_id: int, *, tracking: Tracking, company_id: int, actor: Actor) -> Sku:
    """Say what a SKU is tracked by.

    Raises NotFound, LotRefused (expiry_without_lot; stock_without_lot, stock_without_expiry: what lies in stock
    lacks it; serials_while_stocked: numbers are switched on or off only while there is no stock; kit). Nothing is
    changed then. Statements: up to 5.
    """
    locked = Sku.objects.select_for_update(of=("self",), no_key=True)
    sku = locked.filter(company_id=company_id, pk=sku_id).first()
    if sku is None:
        raise NotFound(_("There is no such SKU."), sku_id=sku_id)
    if problem := tracking_problem(sku, wanted=tracking):
        _field, code, detail = problem
        raise LotRefused(detail, code=code, sku=sku.code)
    values = {
        "lot_tracked": tracking.lot,
        "expiry_required": tracking.expiry,
        "shelf_life_days": tracking.shelf_life_days,
        "serial_tracked": tracking.serial,
    }
    changes = [
        audit.Change(
            "inventory.sku",
            sku.pk,
            "changed",
            field=name,
            old=str(getattr(sku, name)),
            new=str(value),
            company_id=company_id,
        )
        for name, value in values.items()
        if getattr(sku, name) != value
    ]
    for name, value in values.items():
        setattr(sku, name, value)
    sku.save(update_fields=list(values))
    audit.record(changes, actor=actor)
    return sku


_IN_STOCK = """
SELECT coalesce(bool_or(q.quantity > 0), false), coalesce(bool_or(q.quantity > 0 AND q.lot_id IS NULL), false),
    coalesce(bool_or(q.quantity > 0 AND l.expiry_date IS NULL), false)
FROM inventory_stockquant q LEFT JOIN inventory_lot l ON l.id = q.lot_id WHERE q.sku_id = %s
"""


def tracking_problem(sku: Sku, *, wanted: Tracking) -> tuple[str, str, str] | None:
    """(field, code, sentence) of why a SKU that is there cannot be tracked so, by what lies in stock. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_STOCK, [sku.pk])
        stocked, without_lot, without_date = cursor.fetchone()
    if wanted.expiry and not wanted.lot:
        field, code, detail = (
            "expiry_required",
            "expiry_without_lot",
            _("Only a SKU that is tracked by lot has expiry dates."),
        )
    elif sku.kit_id is not None and (wanted.lot or wanted.serial):
        field, code, detail = (
            "lot_tracked" if wanted.lot else "serial_tracked",
            "kit",
            _("%(sku)s is a kit: track its components."),
        )
    elif wanted.serial != sku.serial_tracked and stocked:
        field, code, detail = (
            "serial_tracked",
            "serials_while_stocked",
            _("%(sku)s has stock: serial numbers are switched on or off only while there is none."),
        )
    elif wanted.lot and without_lot:
        field, code, detail = (
            "lot_tracked",
            "stock_without_lot",
            _("%(sku)s has stock without a lot: take it out and in again with its lot first."),
        )
    elif wanted.expiry and without_date:
        field, code, detail = (
            "expiry_required",
            "stock_without_expiry",
            _("%(sku)s has lots in stock without an expiry date: give them one first."),
        )
    else:
        return None
    return field, code, detail % {"sku": sku.code}


@dataclass(frozen=True, slots=True)
class LotInput:
    """A lot to be there, by its code; expiry_date is needed where the SKU asks for it."""

    sku_id: int
    code: str
    expiry_date: datetime.date | None = None


@transaction.atomic(savepoint=False)
def ensure_lots(rows: Sequence[LotInput], *, company_id: int) -> list[int]:
    """The lots' ids, in order; missing ones are made. A lot without a date takes the one that is given.

    Raises LotRefused (no_code, expiry_date_needed, other_expiry_date: the lot has another one) naming the row;
    nothing is written then. Statements: 2, up to 2 more.
    """
    if not rows:
        return []
    skus = Sku.objects.filter(company_id=company_id).in_bulk({row.sku_id for row in rows})
    known = {
        (lot.sku_id, lot.code): lot for lot in Lot.objects.filter(sku_id__in=skus, code__in=[_code(r) for r in rows])
    }
    fresh: dict[tuple[int, str], datetime.date | None] = {}
    dated: list[Lot] = []
    for number, row in enumerate(rows, 1):
        sku, key = skus.get(row.sku_id), (row.sku_id, _code(row))
        lot = known.get(key)
        date = row.expiry_date or (lot.expiry_date if lot else fresh.get(key))
        old = lot.expiry_date if lot else fresh.get(key)
        if sku is None or not key[1]:
            code, detail = "no_code", _("Row %(row)s: name the lot.")
        elif sku.expiry_required and date is None:
            code, detail = "expiry_date_needed", _("Row %(row)s: lot %(lot)s of %(sku)s needs an expiry date.")
        elif old is not None and date != old:
            code, detail = "other_expiry_date", _("Row %(row)s: lot %(lot)s of %(sku)s expires on %(date)s.")
        else:
            if lot is None:
                fresh[key] = date
            elif lot.expiry_date is None and date is not None:
                lot.expiry_date = date
                dated.append(lot)
            continue
        words = {"row": number, "lot": key[1], "sku": sku.code if sku else "", "date": old}
        raise LotRefused(detail % words, code=code, row=number)
    Lot.objects.bulk_update(dated, ["expiry_date"])
    made = insert_rows(
        "inventory_lot",
        {"company_id": "bigint", "sku_id": "bigint", "code": "text", "expiry_date": "date"},
        [(company_id, sku_id, code, date) for (sku_id, code), date in sorted(fresh.items(), key=lambda item: item[0])],
        suffix="ON CONFLICT (sku_id, code) DO UPDATE SET code = excluded.code RETURNING sku_id, code, id",
    )
    ids = {key: lot.pk for key, lot in known.items()} | {(sku_id, code): pk for sku_id, code, pk in made}
    return [ids[row.sku_id, _code(row)] for row in rows]


def _code(row: LotInput) -> str:
    return row.code.strip()[:60]


_EXPIRED = """
SELECT q.company_id, q.sku_id, q.location_id, l.warehouse_id, q.lot_id, q.owner_id, q.quantity - q.claimed
FROM inventory_lot o
JOIN inventory_stockquant q ON q.lot_id = o.id AND q.sku_id = o.sku_id AND q.quantity > q.claimed
JOIN inventory_location l ON l.id = q.location_id AND l.kind IN ('bin', 'dock', 'staging', 'tote')
JOIN accounting_company c ON c.id = q.company_id
JOIN inventory_sku s ON s.id = q.sku_id AND NOT s.serial_tracked
WHERE o.expiry_date < (clock_timestamp() AT TIME ZONE c.time_zone)::date AND l.kind IN ('bin', 'dock')
ORDER BY q.company_id, q.sku_id, l.warehouse_id, q.location_id LIMIT %s
"""


@transaction.atomic(savepoint=False)
def set_expired_aside(*, at: datetime.datetime, actor: Actor, limit: int = 500) -> int:
    """Move what has expired from bins and docks into quarantine; returns how many places were emptied of it.

    By the database's clock, in the company's zone. Only what nobody was promised: a claim is its order's to give up.
    What is promised stays where it is, is not picked, and is given to nobody new (the expiry report shows it).
    Units with serial numbers are left to people. Statements: 1, and about 8 for each company that has some.
    """
    with prepared_cursor() as cursor:
        cursor.execute(_EXPIRED, [limit])
        found: dict[int, list[tuple[int, int, int, int, int | None, Decimal]]] = defaultdict(list)
        for company_id, *row in cursor.fetchall():
            found[company_id].append(tuple(row))
    return sum(_set_aside(rows, company_id, at, actor) for company_id, rows in found.items())


def _set_aside(
    rows: Sequence[tuple[int, int, int, int, int | None, Decimal]],
    company_id: int,
    at: datetime.datetime,
    actor: Actor,
) -> int:
    quarantines = ensure_places(sorted({row[2] for row in rows}), kind=LocationKind.QUARANTINE, company_id=company_id)
    free = _available(rows)
    moves = []
    for sku_id, place, warehouse, lot, owner, quantity in rows:
        level = (sku_id, warehouse, owner)
        part = min(quantity, free.get(level, Decimal(0)))
        if part > 0:
            free[level] -= part
            moves.append(
                MoveRequest(
                    sku_id=sku_id,
                    quantity=part,
                    from_location_id=place,
                    to_location_id=quarantines[warehouse],
                    effective_at=at,
                    source_type="inventory.lot",
                    source_id=lot,
                    lot_id=lot,
                    owner_id=owner,
                    reason="expired",
                )
            )
    post_moves(moves, company_id=company_id, actor=actor)
    return len(moves)


def _available(
    rows: Sequence[tuple[int, int, int, int, int | None, Decimal]],
) -> dict[tuple[int, int, int | None], Decimal]:
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT sku_id, warehouse_id, owner_id, available FROM inventory_stocklevel WHERE sku_id = ANY(%s)",
            [sorted({row[0] for row in rows})],
        )
        return {(sku, warehouse, owner): there for sku, warehouse, owner, there in cursor.fetchall()}
