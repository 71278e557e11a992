"""A file of prices: the list, the SKU, from which quantity on, and what one costs then."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounting.models import Company
from backoffice.core.actor import Actor
from backoffice.core.registry import TableImport
from backoffice.core.tabular import Column, Outcome, Plan, Row
from inventory.services.importing.work import Twins, Work, outcome_of
from orders.selectors.price_lists import price_rows
from orders.services.pricing import write_prices

ONE = Decimal(1)
MOST = Decimal(10) ** 12 - 1
PRICES = (
    Column(
        "price_list",
        gettext_lazy("Price list"),
        required=True,
        max_length=50,
        help=gettext_lazy("The list's code."),
        example="RETAIL",
    ),
    Column(
        "sku",
        gettext_lazy("SKU"),
        required=True,
        max_length=60,
        aliases=("code", "article", "item"),
        example="MUG-0001",
    ),
    Column(
        "min_quantity",
        gettext_lazy("From quantity"),
        "decimal",
        minimum=Decimal("0.000001"),
        maximum=MOST,
        help=gettext_lazy("Several rows of one SKU are its quantity breaks; empty: 1."),
    ),
    Column(
        "unit_price",
        gettext_lazy("Unit price"),
        "decimal",
        minimum=Decimal(0),
        maximum=MOST,
        aliases=("price",),
        example="12.50",
        help=gettext_lazy("Empty: this price is taken off the list."),
    ),
)

Key = tuple[str, str, Decimal]


@dataclass(slots=True)
class PriceWork(Work):
    """old: the price that stands there."""

    list_id: int | None = None
    sku_id: int | None = None

    @property
    def least(self) -> Decimal:
        return self.row.values.get("min_quantity") or ONE

    @property
    def state(self) -> str:
        gone = self.old is None and self.row.values.get("unit_price") is None
        return "unchanged" if gone and not (self.errors or self.row.errors) else Work.state.__get__(self)


class PriceChecker:
    """See registry.TableImport. Statements for each portion of rows: 1."""

    def __init__(self, company_id: int) -> None:
        self.company_id = company_id
        self.twins = Twins()

    def look(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self.twins.look(_key(row), row.number)

    def check(self, rows: Sequence[Row]) -> list[Plan]:
        return [work.plan for work in self.work(rows)]

    def work(self, rows: Sequence[Row]) -> list[PriceWork]:
        lists, skus, prices = _there(self.company_id, [_key(row) for row in rows])
        return [self._one(row, lists, skus, prices) for row in rows]

    def _one(self, row: Row, lists: dict[str, int], skus: dict[str, int], prices: dict[Key, Decimal]) -> PriceWork:
        key = _key(row)
        work = PriceWork(row, prices.get(key), list_id=lists.get(key[0]), sku_id=skus.get(key[1]))
        if key[0] and work.list_id is None:
            said = _("There is no price list “%(code)s”: make it first.") % {"code": row.values["price_list"]}
            work.wrong("price_list", said, "unknown_price_list")
        if key[1] and work.sku_id is None:
            work.wrong("sku", _("There is no SKU “%(code)s”.") % {"code": row.values["sku"]}, "unknown_sku")
        self.twins.check(work, "min_quantity", key)
        price = row.values.get("unit_price")
        if "unit_price" not in row.values and not row.errors:
            work.wrong("unit_price", _("Fill this in."), "required")
        elif work.old is not None and price != work.old:
            work.changed("unit_price", f"{work.old.normalize():f}", "" if price is None else f"{price.normalize():f}")
        return work


def _key(row: Row) -> Key:
    values = row.values
    return (
        (values.get("price_list") or "").upper(),
        (values.get("sku") or "").upper(),
        values.get("min_quantity") or ONE,
    )


def _there(company_id: int, keys: Iterable[Key]) -> tuple[dict[str, int], dict[str, int], dict[Key, Decimal]]:
    """Lists and SKUs by code in capitals, and the prices that stand. Statements: 1."""
    wanted = sorted(set(keys))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT w.list, w.sku, w.least, p.id, s.id, i.unit_price"
            " FROM unnest(%s::text[], %s::text[], %s::numeric[]) w (list, sku, least)"
            " LEFT JOIN orders_pricelist p ON p.company_id = %s AND upper(p.code) = w.list"
            " LEFT JOIN inventory_sku s ON s.company_id = %s AND upper(s.code) = w.sku"
            " LEFT JOIN orders_pricelistitem i ON i.price_list_id = p.id AND i.sku_id = s.id AND i.min_quantity = w.least",
            [*([key[place] for key in wanted] for place in range(3)), company_id, company_id],
        )
        found = cursor.fetchall()
    return (
        {row[0]: row[3] for row in found if row[3]},
        {row[1]: row[4] for row in found if row[4]},
        {(row[0], row[1], row[2]): row[5] for row in found if row[5] is not None},
    )


def import_prices(rows: Sequence[Row], company_id: int, actor: Actor) -> list[Outcome]:
    """Write, change and take off prices of many lists. Statements: 1 and those of write_prices."""
    checker = PriceChecker(company_id)
    checker.look(rows)
    works = checker.work(rows)
    wanted: dict[tuple[int, int, Decimal], Decimal | None] = {}
    for work in works:
        if work.state in ("new", "changed") and work.list_id and work.sku_id:
            wanted[work.list_id, work.sku_id, work.least] = work.row.values.get("unit_price")
    write_prices(wanted, company_id=company_id, actor=actor, reason=_("Import"))
    return [outcome_of(work) for work in works]


def _export(company_id: int) -> Iterator[Sequence[Any]]:
    return price_rows(company_id=company_id)


def _companies() -> list[tuple[int, str]]:
    return list(Company.objects.order_by("code").values_list("pk", "code"))


IMPORT = TableImport(
    "orders.import_prices",
    gettext_lazy("Prices of price lists"),
    "orders.change_pricelist",
    PRICES,
    PriceChecker,
    import_prices,
    _companies,
    _export,
    2_000,
    scope="prices:write",
    help=gettext_lazy("New prices, changed ones, and those that are taken off, of one list or several."),
    order=50,
)
