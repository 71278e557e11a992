"""Builders for the goods book."""

import datetime
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import connection

from accounting.models import Company
from backoffice.core.proof import run_checks
from inventory.checks import CHECKS
from inventory.models import Location, Warehouse
from inventory.services import (
    Claim,
    DemandRequest,
    MoveRequest,
    OpeningLine,
    SkuInput,
    allocate,
    counterparts,
    create_demands,
    create_warehouse,
    ensure_skus,
    post_opening_stock,
    standard_places,
)
from tests.factories.books import ACTOR, NOON, make_company


@dataclass(frozen=True)
class Shop:
    """A company with one warehouse (bins A1 and A2) and the places around it."""

    company: Company
    warehouse: Warehouse
    bin: int
    second_bin: int
    staging: int
    dock: int
    quarantine: int
    missing: int
    outside: dict[str, int]

    @property
    def customer(self) -> int:
        return self.outside["customer"]

    @property
    def id(self) -> int:
        return self.company.pk


def make_shop(code: str = "acme", warehouse: str = "LON", **values: Any) -> Shop:
    company = make_company(code, **values)
    return add_shop(company, warehouse)


def add_shop(company: Company, warehouse: str) -> Shop:
    """One more warehouse of a company."""
    made = create_warehouse(company_id=company.pk, code=warehouse, name=warehouse, actor=ACTOR, bins=["A1", "A2"])
    places = standard_places(made.pk)
    bins = dict(Location.objects.filter(warehouse=made, kind="bin").values_list("code", "id"))
    return Shop(
        company,
        made,
        bins["A1"],
        bins["A2"],
        places["staging"],
        places["dock"],
        places["quarantine"],
        places["missing"],
        dict(counterparts(company.pk)),
    )


def make_sku(shop: Shop, code: str = "MUG", *, cost_method: str = "average") -> int:
    return ensure_skus([SkuInput(code, code, cost_method=cost_method)], company_id=shop.id)[0]


def make_stock(
    shop: Shop, sku_id: int, quantity: str = "10", value: str = "50.00", *, at: int | None = None, key: str = ""
) -> None:
    """Opening stock in the shop's first bin."""
    location = at or shop.bin
    post_opening_stock(
        [OpeningLine(sku_id, location, Decimal(quantity), Decimal(value))],
        company_id=shop.id,
        effective_at=NOON,
        actor=ACTOR,
        source_key=key or f"opening:{sku_id}:{location}",
    )


def make_move(shop: Shop, sku_id: int, quantity: str, from_id: int, to_id: int, **values: Any) -> MoveRequest:
    request = MoveRequest(
        sku_id=sku_id,
        quantity=Decimal(quantity),
        from_location_id=from_id,
        to_location_id=to_id,
        effective_at=NOON,
        source_type="tests.case",
        source_id=1,
    )
    return replace(request, **values)


def make_demand(shop: Shop, sku_id: int, quantity: str = "1", **values: Any) -> int:
    given: dict[str, Any] = {
        "kind": "order_line",
        "source_type": "orders.orderline",
        "source_id": 1,
        "wanted_at": NOON,
    } | values
    return create_demands([DemandRequest(sku_id, Decimal(quantity), **given)], company_id=shop.id)[0]


def make_claim(shop: Shop, sku_id: int, quantity: str = "1", **values: Any) -> int:
    """A demand with its claim; the allocation's id."""
    demand = make_demand(shop, sku_id, quantity, **values)
    (result,) = allocate([Claim(demand, sku_id, shop.warehouse.pk, Decimal(quantity))], company_id=shop.id, actor=ACTOR)
    assert result.code == "" and result.allocation_id
    return result.allocation_id


def days_later(days: int) -> datetime.datetime:
    return NOON + datetime.timedelta(days=days)


def rows(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def level(shop: Shop, sku_id: int) -> tuple[Decimal, ...]:
    """(on hand, sellable, reserved) of own goods in the shop's warehouse."""
    found = rows(
        "SELECT on_hand, sellable, reserved FROM inventory_stocklevel"
        " WHERE sku_id = %s AND warehouse_id = %s AND owner_id IS NULL",
        sku_id,
        shop.warehouse.pk,
    )
    return found[0] if found else (Decimal(0),) * 3


def cost(sku_id: int) -> tuple[Decimal, Decimal]:
    """(quantity, value) of the SKU's cost row."""
    found = rows("SELECT quantity, value FROM inventory_skucost WHERE sku_id = %s", sku_id)
    return found[0] if found else (Decimal(0), Decimal(0))


def balance(company: Company, role: str) -> Decimal:
    """The sum of the lines on the account that plays a role."""
    return rows(
        "SELECT coalesce(sum(l.base_amount), 0) FROM accounting_accountmapping m"
        " LEFT JOIN accounting_journalline l ON l.account_id = m.account_id WHERE m.company_id = %s AND m.role = %s",
        company.pk,
        role,
    )[0][0]


def written() -> tuple[int, ...]:
    """How many facts there are: moves, claims entered, layers, uses, journal entries."""
    return rows(
        "SELECT (SELECT count(*) FROM inventory_stockmove), (SELECT count(*) FROM inventory_allocationentry),"
        " (SELECT count(*) FROM inventory_costlayer), (SELECT count(*) FROM inventory_layeruse),"
        " (SELECT count(*) FROM accounting_journalentry), (SELECT count(*) FROM core_outboxevent)"
    )[0]


def goods_differ() -> list[str]:
    """The standing proof's checks of the goods book that find a difference; orders need not be there."""
    proof = run_checks(names=[check.name for check in CHECKS])
    return [f"{result.name}: {result.error or result.row}" for result in proof.results if result.state != "ok"]
