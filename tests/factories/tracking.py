"""Builders for lots, serial numbers, inspections and other owners' goods."""

import datetime
from decimal import Decimal
from typing import Any

from accounting.services import ensure_party
from inventory.models import ConsignmentTerm, InspectionRule, StockOwner
from inventory.services import LotInput, OpeningLine, Tracking, ensure_lots, post_opening_stock, set_tracking
from tests.factories.books import ACTOR, NOON
from tests.factories.buying import in_days
from tests.factories.goods import Shop, make_sku


def make_tracked(shop: Shop, code: str = "MILK", **tracking: Any) -> int:
    """A SKU that is tracked; by lot with expiry date unless told otherwise."""
    sku = make_sku(shop, code)
    given = Tracking(**(tracking or {"lot": True, "expiry": True}))
    set_tracking(sku, tracking=given, company_id=shop.id, actor=ACTOR)
    return sku


def make_lot(shop: Shop, sku_id: int, code: str, days: int | None = 30) -> int:
    """A lot that expires in so many days from today."""
    date: datetime.date | None = None if days is None else in_days(days)
    return ensure_lots([LotInput(sku_id, code, date)], company_id=shop.id)[0]


def make_lot_stock(
    shop: Shop, sku_id: int, lot_id: int, quantity: str, *, at: int | None = None, **values: Any
) -> None:
    """Opening stock of a lot at 5.00 a unit, in the shop's first bin."""
    line = OpeningLine(sku_id, at or shop.bin, Decimal(quantity), Decimal(quantity) * 5, lot_id=lot_id, **values)
    post_opening_stock(
        [line], company_id=shop.id, effective_at=NOON, actor=ACTOR, source_key=f"opening:{sku_id}:{lot_id}:{at}"
    )


def make_units(shop: Shop, sku_id: int, *codes: str, at: int | None = None) -> None:
    """Opening stock of units with these serial numbers."""
    line = OpeningLine(sku_id, at or shop.bin, Decimal(len(codes)), Decimal(len(codes) * 5), serials=codes)
    post_opening_stock(
        [line], company_id=shop.id, effective_at=NOON, actor=ACTOR, source_key=f"units:{':'.join(codes)}"
    )


def make_owner(shop: Shop, name: str = "Fabrica", kind: str = "consignment") -> StockOwner:
    party = ensure_party(
        company_id=shop.id,
        code=name.upper(),
        name=name,
        currency=shop.company.base_currency_id,
        is_supplier=kind == "consignment",
        is_customer=kind == "client",
    )
    return StockOwner.objects.create(company=shop.company, party=party, kind=kind)


def make_term(owner: StockOwner, sku_id: int, price: str = "4.00") -> ConsignmentTerm:
    return ConsignmentTerm.objects.create(company=owner.company, owner=owner, sku_id=sku_id, unit_price=Decimal(price))


def make_rule(shop: Shop, mode: str = "always", **values: Any) -> InspectionRule:
    return InspectionRule.objects.create(company=shop.company, mode=mode, **values)
