"""Builders for stocktakes."""

import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from backoffice.core.actor import Actor
from backoffice.core.models import User
from inventory.models import Barcode, StockQuant
from tests.factories.books import ACTOR
from tests.factories.goods import Shop, make_shop, make_sku, make_stock, rows
from tests.factories.handhelds import CUP_CODE, MUG_CODE, Handheld, make_person
from warehouse.models import CountResult, CountTask, Stocktake
from warehouse.services import counting
from warehouse.services.counting import CountInput, CountScope, Rules

D = Decimal


def person(name: str) -> Actor:
    return Actor.of(User.objects.filter(username=name).first() or User.objects.create_user(name))


class CountHouse:
    """10 MUG at 5.00 in A1 and 4 CUP at 2.00 in A2; anna counts, ben counts again, carla approves."""

    def __init__(self) -> None:
        self.shop: Shop = make_shop()
        self.mug, self.cup = make_sku(self.shop, "MUG"), make_sku(self.shop, "CUP")
        make_stock(self.shop, self.mug, "10", "50.00")
        make_stock(self.shop, self.cup, "4", "8.00", at=self.shop.second_bin)
        self.anna, self.ben, self.carla = person("anna"), person("ben"), person("carla")

    def planned(self, *places: int, sku: int | None = None, **values: Any) -> Stocktake:
        rules = Rules(D(values.pop("percent", 0)), D(values.pop("worth", 0)), values.pop("one_person", False))
        made = counting.create_stocktake(
            [CountScope(place, sku, not_found=D(values.get("not_found", 0))) for place in places or (self.shop.bin,)],
            company_id=self.shop.id,
            warehouse_id=self.shop.warehouse.pk,
            actor=ACTOR,
            rules=rules,
        )
        assert made is not None
        return made

    def count(
        self, stocktake: Stocktake, who: Actor, goods: dict[int, Any], *, place: int | None = None,
        at: datetime.datetime | None = None, finish: bool = True, lot: int | None = None, serials: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        """{sku: quantity} seen in a place, which is then finished."""
        task = task_of(stocktake, place or self.shop.bin)
        at = at or timezone.now()
        if goods:
            counting.record_counts(
                [CountInput(task.pk, sku, D(quantity), lot, serials) for sku, quantity in goods.items()],
                company_id=self.shop.id,
                counted_at=at,
                actor=who,
            )
        if finish:
            counting.finish_counts([task.pk], company_id=self.shop.id, at=at, actor=who)

    def counted(self, goods: dict[int, Any], *, place: int | None = None, **values: Any) -> Stocktake:
        """Counted by anna and, if it differs, alike by ben: to be reviewed, or posted if all is as in the books."""
        made = self.planned(place or self.shop.bin)
        self.count(made, self.anna, goods, place=place, **values)
        if status(made) == "recount":
            self.count(made, self.ben, goods, place=place, **values)
        return Stocktake.objects.get(pk=made.pk)

    def approve(self, stocktake: Stocktake, who: Actor | None = None, **values: Any) -> Stocktake:
        return counting.approve_stocktake(
            stocktake.pk, company_id=self.shop.id, at=timezone.now(), actor=who or self.carla, **values
        )


def task_of(stocktake: Stocktake, place: int) -> CountTask:
    return CountTask.objects.get(stocktake=stocktake, location=place)


def status(stocktake: Stocktake) -> str:
    return Stocktake.objects.get(pk=stocktake.pk).status


def result(stocktake: Stocktake, sku: int) -> CountResult:
    return CountResult.objects.get(stocktake=stocktake, sku=sku)


def lies(sku: int, place: int) -> Decimal:
    return sum(StockQuant.objects.filter(sku=sku, location=place).values_list("quantity", flat=True), Decimal(0))


def count_facts() -> tuple[int, ...]:
    """How many rows there are of all that counting writes."""
    tables = (
        "warehouse_stocktake", "warehouse_counttask", "warehouse_countentry", "warehouse_countresult",
        "inventory_adjustment", "inventory_adjustmentline", "inventory_stockmove", "accounting_journalentry",
        "core_auditevent", "core_outboxevent",
    )  # fmt: skip
    return rows("SELECT " + ", ".join(f"(SELECT count(*) FROM {table})" for table in tables))[0]


class CountFloor(CountHouse):
    """The same with barcodes, and two handhelds: a picker's and the lead's."""

    def __init__(self) -> None:
        super().__init__()
        for sku, code in ((self.mug, MUG_CODE), (self.cup, CUP_CODE)):
            Barcode.objects.create(company=self.shop.company, sku_id=sku, code=code)
        self.picker, self.badge = make_person()
        self.hand = Handheld(self.shop).sign_in(self.badge)
        self.other = Handheld(self.shop, "Scanner 2").sign_in(make_person("warehouse_lead", "90210")[1])

    def body(self, made: Stocktake, **changes: Any) -> dict[str, Any]:
        return {"task": task_of(made, self.shop.bin).pk, "bin": "A1", "code": MUG_CODE, "quantity": "7"} | changes
