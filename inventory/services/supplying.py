"""What suppliers offer, written in bulk: their SKUs, conditions, prices, and what they say they have."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.models import Currency, Party
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows
from backoffice.core.errors import InvalidInput
from inventory.errors import PurchaseRefused
from inventory.models import SupplierPrice, SupplierSku
from inventory.selectors.stock import skus_by_code
from inventory.services.events import publish_supplier_stock_changed

OBJECT = "inventory.suppliersku"
CONDITIONS = ("code", "currency", "priority", "min_quantity", "pack_multiple", "lead_time_days", "is_discontinued")
STOCK = ("stock_quantity", "stock_as_of")


@dataclass(frozen=True, slots=True)
class SupplierRow:
    """One row of a supplier's list; what is None stays as it is. Several rows of a SKU give its price breaks.

    sku: our code, or theirs where we know it. price: of one base unit from from_quantity on. stock: what they have.
    """

    sku: str
    code: str | None = None
    currency: str | None = None
    priority: int | None = None
    min_quantity: Decimal | None = None
    pack_multiple: Decimal | None = None
    lead_time_days: int | None = None
    is_discontinued: bool | None = None
    price: Decimal | None = None
    from_quantity: Decimal | None = None
    valid_from: datetime.date | None = None
    valid_to: datetime.date | None = None
    stock: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """How many supplier SKUs were made, changed, and had an older figure of stock ignored; how many prices differ."""

    made: int
    changed: int
    prices: int
    stale: int


@transaction.atomic(savepoint=False)
def write_supplier_rows(
    rows: Sequence[SupplierRow],
    *,
    supplier_id: int,
    company_id: int,
    actor: Actor,
    as_of: datetime.datetime | None = None,
    reason: str = "",
) -> Written:
    """Write a supplier's list, or a part of it; what it does not name stays. All or nothing.

    as_of: when the stock figures were true, needed with any. A figure older than the known one is passed over. What
    may be promised of it is counted again once this is committed (topic InboundChanged).

    Raises PurchaseRefused (unknown_supplier), InvalidInput naming every bad row and field; nothing is written then.
    Statements: at most 11, whatever the number of rows.
    """
    supplier = Party.objects.filter(company_id=company_id, pk=supplier_id, is_supplier=True).first()
    if supplier is None:
        raise PurchaseRefused(_("Choose a supplier of this company."), code="unknown_supplier")
    sku_ids = _sku_ids(rows, supplier_id, company_id)
    _check(rows, sku_ids, as_of)
    known = {
        row.sku_id: row
        for row in SupplierSku.objects.select_for_update(of=("self",), no_key=True)
        .filter(supplier_id=supplier_id, sku_id__in=set(sku_ids))
        .order_by("pk")
    }
    fresh: dict[int, SupplierSku] = {}
    trail: list[audit.Change] = []
    changed: set[int] = set()
    stale: set[int] = set()
    for row, sku_id in zip(rows, sku_ids, strict=True):
        target = known.get(sku_id) or fresh.setdefault(
            sku_id,
            SupplierSku(company_id=company_id, supplier_id=supplier_id, sku_id=sku_id, currency=supplier.currency_id),
        )
        values = _values(row, target, as_of, stale)
        for name, new in values.items():
            old = getattr(target, name)
            if old != new:
                setattr(target, name, new)
                if target.pk:
                    changed.add(sku_id)
                    if name not in STOCK:  # figures of a feed are no news for the trail
                        trail.append(_change(target, name, old, new, reason))
    _refuse_their_codes_twice(supplier_id, [*known.values(), *fresh.values()])
    made = SupplierSku.objects.bulk_create(list(fresh.values()))
    if changed:
        SupplierSku.objects.bulk_update([known[sku] for sku in sorted(changed)], [*CONDITIONS, *STOCK])
    trail += [_change(row, "", "", "", reason, action="created") for row in made]
    prices = _write_prices(rows, sku_ids, known | fresh, trail, reason)
    audit.record(trail, actor=actor)
    told = {sku for sku in changed if known[sku].promise_stock}
    publish_supplier_stock_changed(supplier_id, told, company_id=company_id)
    return Written(len(made), len(changed), prices, len(stale))


def _sku_ids(rows: Sequence[SupplierRow], supplier_id: int, company_id: int) -> list[int]:
    """Each row's SKU, 0 where there is none. Our own code comes before theirs. Statements: at most 2."""
    ours = {code.upper(): sku for code, sku in skus_by_code(company_id, [row.sku for row in rows]).items()}
    theirs: dict[str, int] = {}
    if any(row.sku.upper() not in ours for row in rows):
        known = SupplierSku.objects.filter(supplier_id=supplier_id).exclude(code="").values_list("code", "sku_id")
        theirs = {code.upper(): sku for code, sku in known}
    return [ours.get(row.sku.upper()) or theirs.get(row.sku.upper(), 0) for row in rows]


def _values(row: SupplierRow, target: SupplierSku, as_of: datetime.datetime | None, stale: set[int]) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in CONDITIONS if getattr(row, name) is not None}
    if row.stock is not None:
        if target.stock_as_of is not None and as_of is not None and as_of < target.stock_as_of:
            stale.add(target.sku_id)
        else:
            values |= {"stock_quantity": row.stock, "stock_as_of": as_of}
    return values


def _check(rows: Sequence[SupplierRow], sku_ids: Sequence[int], as_of: datetime.datetime | None) -> None:
    errors: list[dict[str, Any]] = []
    if not rows:
        errors.append({"field": "rows", "message": _("Give at least one row."), "code": "no_rows"})
    currencies = {row.currency for row in rows if row.currency}
    unknown = currencies - set(Currency.objects.filter(pk__in=currencies).values_list("pk", flat=True))
    seen: set[tuple[Any, ...]] = set()
    for number, (row, sku_id) in enumerate(zip(rows, sku_ids, strict=True), 1):
        wrong = _wrong(row, known=bool(sku_id), unknown_currencies=unknown, as_of=as_of)
        key = (sku_id, _from(row), row.valid_from)
        if row.price is not None and key in seen:
            wrong.append(("price", "twice", _("This SKU stands there twice with this quantity and day.")))
        seen.add(key)
        errors += [{"field": f"rows.{number}.{f}", "row": number, "message": m, "code": c} for f, c, m in wrong]
    if errors:
        raise InvalidInput(_("Some rows are wrong; nothing was saved."), errors=errors)


def _from(row: SupplierRow) -> Decimal:
    return Decimal(1) if row.from_quantity is None else row.from_quantity


def _wrong(
    row: SupplierRow, *, known: bool, unknown_currencies: set[str], as_of: datetime.datetime | None
) -> list[tuple[str, str, str]]:
    """(field, code, words) for each thing that is wrong with a row."""
    found = []
    if not known:
        found.append(("sku", "unknown_sku", _("There is no SKU “%(code)s”.") % {"code": row.sku[:60]}))
    for name in ("min_quantity", "pack_multiple", "from_quantity"):
        value = getattr(row, name)
        if value is not None and value <= 0:
            found.append((name, "not_positive", _("Give a number above zero.")))
    for name in ("price", "stock", "lead_time_days", "priority"):
        value = getattr(row, name)
        if value is not None and value < 0:
            found.append((name, "negative", _("Give a number that is not negative.")))
    if row.currency in unknown_currencies:
        found.append(("currency", "unknown_currency", _("There is no currency “%(code)s”.") % {"code": row.currency}))
    if row.valid_from and row.valid_to and row.valid_to < row.valid_from:
        found.append(("valid_to", "ends_before", _("The last day is before the first.")))
    if row.price is None and any(value is not None for value in (row.from_quantity, row.valid_from, row.valid_to)):
        found.append(("price", "missing", _("Give the price that this quantity or day is for.")))
    if row.stock is not None and as_of is None:
        found.append(("stock", "no_time", _("Say when this figure was true.")))
    return found


def _refuse_their_codes_twice(supplier_id: int, rows: Sequence[SupplierSku]) -> None:
    """One of their codes means one of our SKUs. Statements: 0 or 1."""
    codes = {row.code.upper(): row.sku_id for row in rows if row.code}
    if len(codes) < sum(1 for row in rows if row.code):
        taken = True
    else:
        others = SupplierSku.objects.filter(supplier_id=supplier_id).exclude(code="")
        others = others.exclude(sku_id__in=[row.sku_id for row in rows])
        taken = bool(codes) and any(code.upper() in codes for code in others.values_list("code", flat=True))
    if taken:
        message = _("One of the supplier's codes stands for two SKUs.")
        raise InvalidInput(message, errors=[{"field": "code", "message": message, "code": "code_taken"}])


def _write_prices(
    rows: Sequence[SupplierRow],
    sku_ids: Sequence[int],
    targets: Mapping[int, SupplierSku],
    trail: list[audit.Change],
    reason: str,
) -> int:
    """How many prices differ from what stood there. Statements: 0 or 2."""
    wanted = {
        (targets[sku].pk, _from(row), row.valid_from): (row, targets[sku])
        for row, sku in zip(rows, sku_ids, strict=True)
        if row.price is not None
    }
    if not wanted:
        return 0
    stood = {
        (price.supplier_sku_id, price.min_quantity, price.valid_from): price
        for price in SupplierPrice.objects.filter(supplier_sku__in={key[0] for key in wanted})
    }
    differing = []
    for key, (row, target) in wanted.items():
        known = stood.get(key)
        if known is None or (known.unit_price, known.valid_to) != (row.price, row.valid_to):
            differing.append((*key[:2], row.price, row.valid_from, row.valid_to))
            name = f"price × {key[1].normalize():f}"
            trail.append(_change(target, name, known.unit_price if known else "", row.price, reason))
    insert_rows(
        "inventory_supplierprice",
        {
            "supplier_sku_id": "bigint",
            "min_quantity": "numeric",
            "unit_price": "numeric",
            "valid_from": "date",
            "valid_to": "date",
        },
        differing,
        suffix="ON CONFLICT (supplier_sku_id, min_quantity, valid_from)"
        " DO UPDATE SET unit_price = excluded.unit_price, valid_to = excluded.valid_to",
    )
    return len(differing)


def _change(
    row: SupplierSku, field: str, old: object, new: object, reason: str, *, action: str = "changed"
) -> audit.Change:
    words = [f"{v.normalize():f}" if isinstance(v, Decimal) else "" if v is None else str(v) for v in (old, new)]
    return audit.Change(OBJECT, row.pk, action, field, words[0], words[1], reason, row.company_id)
