"""Goods of the demo company with lots that expire, and some with serial numbers."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from accounting.models import Company
from backoffice.core.actor import Actor
from inventory.models import Location
from inventory.services import (
    LotInput,
    OpeningLine,
    SkuInput,
    Tracking,
    ensure_lots,
    ensure_skus,
    post_opening_stock,
    set_tracking,
)

# code, name, cost, lots as (code, days until it expires, quantity)
FOODS = (
    ("FOO-0001", "Linden honey, 350 g", Decimal("4.20"), (("H-2601", -5, 6), ("H-2602", 12, 30), ("H-2603", 160, 80))),
    ("FOO-0002", "Herbal tea, 60 g", Decimal("2.10"), (("T-114", 4, 18), ("T-118", 45, 60), ("T-121", 110, 120))),
)
LAMP = ("LAM-9001", "Desk lamp, numbered edition", Decimal("38.00"))
LAMP_UNITS = 12


def make_tracked_goods(company: Company, place: Location, begin: datetime, actor: Actor) -> None:
    """Two SKUs with lots and one with serial numbers, in one bin."""
    codes = [*((code, name, "food") for code, name, _cost, _lots in FOODS), (LAMP[0], LAMP[1], "lamps")]
    ids = ensure_skus(
        [SkuInput(code=code, name=name, category_code=category) for code, name, category in codes],
        company_id=company.pk,
    )
    food = Tracking(lot=True, expiry=True, shelf_life_days=365)
    for sku_id, tracking in zip(ids, (food, food, Tracking(serial=True)), strict=True):
        set_tracking(sku_id, tracking=tracking, company_id=company.pk, actor=actor)
    today = timezone.localdate()
    rows = [
        (sku_id, cost, lot, today + timedelta(days=days), Decimal(quantity))
        for sku_id, (_code, _name, cost, lots) in zip(ids, FOODS, strict=False)
        for lot, days, quantity in lots
    ]
    lots = ensure_lots([LotInput(sku_id, code, day) for sku_id, _c, code, day, _q in rows], company_id=company.pk)
    lines = [
        OpeningLine(sku_id, place.pk, quantity, quantity * cost, lot_id=lot)
        for (sku_id, cost, _code, _day, quantity), lot in zip(rows, lots, strict=True)
    ]
    serials = tuple(f"DL-{number:05d}" for number in range(1, LAMP_UNITS + 1))
    lines.append(OpeningLine(ids[-1], place.pk, Decimal(LAMP_UNITS), LAMP[2] * LAMP_UNITS, serials=serials))
    post_opening_stock(lines, company_id=company.pk, effective_at=begin, actor=actor, source_key="opening:tracked")
