"""Changing how a SKU is costed: its stock is restated at the value it has, to the cent."""

import datetime
from collections import defaultdict
from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounting.models import AccountRole
from accounting.selectors import Books, books_of
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.approving import check_approver
from backoffice.core.db import insert_rows
from backoffice.core.money import ZERO, round_money
from inventory.costing import AverageCosts, Costs, FifoCosts, Layer, Use
from inventory.errors import CostMethodRefused, NotFound
from inventory.models import CostMethod, Sku, StockQuant
from inventory.selectors.cost_rules import standard_prices
from inventory.selectors.places import counterpart
from inventory.services.entries import Draft, post_drafts
from inventory.services.locking import lock_costs, lock_levels
from inventory.services.moves import LAYER, MOVE, USE
from inventory.services.revaluing import ValueChangeRequest, change_values

REASON = "cost_method"


@transaction.atomic(savepoint=False)
def change_cost_method(
    sku_id: int, *, method: str, company_id: int, effective_at: datetime.datetime, actor: Actor, reason: str
) -> Decimal:
    """Cost the SKU by another method from now on; what its stock was revalued by (0 unless it is standard cost now).

    All stock leaves the old costs and enters the new ones in one statement, at the same quantity and value, under one
    entry whose sum is zero; goods, claims and picks stay where they are. From average one layer is made (one for each
    lot where lots are kept). To standard cost the rest up to the standard price is a revaluation, which needs the
    approval of one.

    Raises NotFound, CostMethodRefused (unknown_method, same_method, kit, no_price), ApprovalRefused; nothing is
    written then. Statements: about 25.
    """
    sku = Sku.objects.select_for_update(of=("self",), no_key=True).filter(company_id=company_id, pk=sku_id).first()
    if sku is None:
        raise NotFound(_("There is no such SKU."), sku_id=sku_id)
    _check(sku, method)
    price = standard_prices(company_id, [sku_id]).get(sku_id) if method == CostMethod.STANDARD else None
    if method == CostMethod.STANDARD and price is None:
        raise CostMethodRefused(
            _("%(sku)s has no standard price yet: set one first.") % {"sku": sku.code}, code="no_price"
        )
    _lock_levels(sku)
    quantity, value = lock_costs(company_id, [sku_id]).get(sku_id, (ZERO, ZERO))
    books = books_of(company_id)
    old, sku.cost_method = sku.cost_method, method
    if quantity:
        _restate(sku, old, quantity, value, effective_at, books, actor)
    else:
        sku.save(update_fields=["cost_method"])
    change = audit.Change(
        "inventory.sku", sku.pk, REASON, field="cost_method", old=old, new=method, reason=reason, company_id=company_id
    )
    audit.record([change], actor=actor)
    return _to_standard(sku, price, quantity, value, effective_at, books, actor) if price is not None else ZERO


def _check(sku: Sku, method: str) -> None:
    words = {"sku": sku.code, "method": sku.get_cost_method_display()}
    if method not in CostMethod.values:
        code, detail = "unknown_method", _("Choose a cost method.")
    elif method == sku.cost_method:
        code, detail = "same_method", _("%(sku)s is costed by %(method)s already.")
    elif sku.kit_id is not None:
        code, detail = "kit", _("%(sku)s is a kit: its components are costed.")
    else:
        return
    raise CostMethodRefused(detail % words, code=code)


def _lock_levels(sku: Sku) -> None:
    warehouses = sku.stocklevel_set.filter(owner__isnull=True).values_list("warehouse_id", flat=True)
    lock_levels([(sku.pk, warehouse) for warehouse in sorted(warehouses)], company_id=sku.company_id)


def _restate(
    sku: Sku,
    old: str,
    quantity: Decimal,
    value: Decimal,
    effective_at: datetime.datetime,
    books: Books,
    actor: Actor,
) -> None:
    """Uses under the old method, layers under the new, and the pairs of moves that carry them, in one statement."""
    exponent = books.exponents[books.base_currency]
    pairs = _lots(sku)
    ids = _move_ids(2 * len(pairs))
    costs = _old_costs(sku, old, quantity, value)
    uses: list[tuple[int, Use]] = []
    values = []
    for (_place, _lot, amount), move in zip(pairs, ids[::2], strict=True):
        taken = costs.take(amount, exponent)
        values.append(sum((use.value for use in taken), ZERO))
        uses += [(move, use) for use in taken]
    draft = Draft(effective_at, ("inventory.sku", sku.pk))
    for part in values:
        draft.add(books, -part, AccountRole.PRICE_VARIANCE, ())
        draft.add(books, part, AccountRole.PRICE_VARIANCE, ())
    key = f"cost_method:{ids[0]}"
    entry_id = post_drafts({key: draft}, books=books, actor=actor)[key] if value else None
    insert_rows(
        "inventory_layeruse",
        USE,
        [(sku.company_id, sku.pk, use.layer_id, move, use.quantity, use.value) for move, use in uses],
    )
    sku.save(update_fields=["cost_method"])
    layers = zip(pairs, ids[1::2], values, strict=True)
    insert_rows(
        "inventory_costlayer",
        LAYER,
        [
            (move, sku.company_id, sku.pk, sku.cost_method != CostMethod.FIFO, amount, part)
            for (_place, _lot, amount), move, part in layers
        ],
    )
    outside = counterpart(sku.company_id, "adjustment")
    rows = []
    for (place, lot, amount), out, back, part in zip(pairs, ids[::2], ids[1::2], values, strict=True):
        for move, source, target, signed in ((out, place, outside, -part), (back, outside, place, part)):
            rows.append(
                (
                    move, sku.company_id, sku.pk, lot, None, amount, source, target, effective_at, signed,
                    entry_id if part else None, None, None, None, REASON, "inventory.sku", sku.pk, None,
                    actor.user_id, actor.label,
                )
            )  # fmt: skip
    insert_rows("inventory_stockmove", MOVE, rows)


def _lots(sku: Sku) -> list[tuple[int, int | None, Decimal]]:
    """(a place, lot, quantity) for each lot in stock, wherever all of it lies: out and back, the places do not change."""
    found: dict[int | None, list[tuple[int, Decimal]]] = defaultdict(list)
    quants = StockQuant.objects.filter(sku=sku, owner__isnull=True, quantity__gt=0).order_by("lot_id", "location_id")
    for place, lot, quantity in quants.values_list("location_id", "lot_id", "quantity"):
        found[lot].append((place, quantity))
    return [(rows[0][0], lot, sum((amount for _p, amount in rows), ZERO)) for lot, rows in found.items()]


def _old_costs(sku: Sku, old: str, quantity: Decimal, value: Decimal) -> Costs:
    if old != CostMethod.FIFO:
        return AverageCosts(quantity, value)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT move_id, remaining, remaining_value FROM inventory_costlayer"
            " WHERE sku_id = %s AND NOT pooled AND used < quantity ORDER BY move_id",
            [sku.pk],
        )
        return FifoCosts([Layer(*row) for row in cursor.fetchall()])


def _move_ids(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('inventory_stockmove', 'id')) FROM generate_series(1, %s)", [count]
        )
        return [row[0] for row in cursor.fetchall()]


def _to_standard(
    sku: Sku,
    price: Decimal,
    quantity: Decimal,
    value: Decimal,
    effective_at: datetime.datetime,
    books: Books,
    actor: Actor,
) -> Decimal:
    change = round_money(price * quantity, books.exponents[books.base_currency]) - value
    check_approver("revaluation", actor=actor, creator_id=None, amount=change, company_id=sku.company_id)
    if change:
        request = ValueChangeRequest(
            sku.pk, change, REASON, effective_at, "inventory.sku", sku.pk, f"cost_method:{sku.pk}:{_move_ids(1)[0]}"
        )
        change_values([request], company_id=sku.company_id, actor=actor)
    return change
