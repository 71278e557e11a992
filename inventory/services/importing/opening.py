"""A file of the stock that is there on the first day: what, where, how much, which lot and units, at what cost."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models.functions import Upper
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounting.models import Company
from backoffice.core.actor import Actor
from backoffice.core.money import round_money
from backoffice.core.tabular import Column, Outcome, Plan, Row
from inventory.models import SELLABLE_KINDS, Location, Lot, Sku, StockMove
from inventory.services.importing.work import Twins, Work, outcome_of
from inventory.services.lots import LotInput, ensure_lots
from inventory.services.opening import OpeningLine, post_opening_stock

KEY = "opening:file"
MOST = Decimal(10) ** 12
STOCK = (
    Column("sku", gettext_lazy("SKU"), required=True, max_length=60, aliases=("code", "article"), example="MUG-0001"),
    Column("warehouse", gettext_lazy("Warehouse"), required=True, max_length=20, example="MAIN"),
    Column("bin", gettext_lazy("Bin"), required=True, max_length=40, aliases=("location",), example="A-01-1"),
    Column("quantity", gettext_lazy("Quantity"), "decimal", required=True, minimum=Decimal("0.000001"), maximum=MOST, example="24"),
    Column(
        "unit_cost", gettext_lazy("Cost of one"), "decimal", required=True, minimum=Decimal(0), maximum=MOST, example="4.20",
        help=gettext_lazy("In the company's currency, without tax that is deducted."),
    ),
    Column("date", gettext_lazy("Date"), "date", required=True, example="2025-12-31", help=gettext_lazy("That of the opening balances.")),
    Column("lot", gettext_lazy("Lot"), max_length=60),
    Column("expiry_date", gettext_lazy("Expires"), "date"),
    Column("serials", gettext_lazy("Serial numbers"), "list", max_length=60),
)  # fmt: skip
Key = tuple[str, str, str, str]


@dataclass(slots=True)
class StockWork(Work):
    """old: (quantity, value) that was brought in before."""

    sku: Sku | None = None
    place_id: int | None = None
    lot: Lot | None = None
    value: Decimal = Decimal(0)


class StockChecker:
    """See registry.TableImport. Statements: 1, and 5 for each portion of rows."""

    def __init__(self, company_id: int) -> None:
        self.company_id = company_id
        company = Company.objects.select_related("base_currency").get(pk=company_id)
        self.exponent, self.zone = company.base_currency.exponent, ZoneInfo(company.time_zone)
        self.twins = Twins()
        self.serials = Twins()

    def look(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self.twins.look(_key(row), row.number)
            for serial in row.values.get("serials") or ():
                self.serials.look((_key(row)[0], serial.upper()), row.number)

    def check(self, rows: Sequence[Row]) -> list[Plan]:
        return [work.plan for work in self.work(rows)]

    def work(self, rows: Sequence[Row]) -> list[StockWork]:
        keys = [_key(row) for row in rows]
        wanted = {key[0] for key in keys}
        skus = {sku.code.upper(): sku for sku in Sku.objects.annotate(key=Upper("code")).filter(company_id=self.company_id, key__in=wanted)}  # fmt: skip
        places = {
            (place.warehouse.code.upper() if place.warehouse else "", place.code.upper()): place
            for place in Location.objects.annotate(key=Upper("code"))
            .filter(company_id=self.company_id, warehouse__isnull=False, key__in={key[2] for key in keys})
            .select_related("warehouse")
        }
        lots = {
            (lot.sku_id, lot.code.upper()): lot
            for lot in Lot.objects.filter(
                sku__in=skus.values(), code__in={row.values.get("lot") for row in rows} - {None}
            )
        }
        works = [self._one(row, skus, places, lots) for row in rows]
        there = {
            key: (quantity, value)
            for key, quantity, value in StockMove.objects.filter(
                company_id=self.company_id, source_key__in=[_move_key(work) for work in works if work.sku]
            ).values_list("source_key", "quantity", "value")
        }
        for work in works:
            if work.sku is not None and (old := there.get(_move_key(work))) is not None:
                work.old = old
                if (work.row.values.get("quantity"), work.value) != old and not work.row.errors:
                    said = _("%(quantity)s was brought in there before: correct it by an adjustment or a count.")
                    work.wrong("quantity", said % {"quantity": f"{old[0].normalize():f}"}, "brought_in")
        return works

    def _one(
        self, row: Row, skus: Mapping[str, Sku], places: Mapping[Any, Location], lots: Mapping[Any, Lot]
    ) -> StockWork:
        values, key = row.values, _key(row)
        sku, place = skus.get(key[0]), places.get((key[1], key[2]))
        work = StockWork(row, sku=sku, place_id=place.pk if place else None)
        if key[0] and sku is None:
            work.wrong("sku", _("There is no SKU “%(code)s”.") % {"code": values["sku"]}, "unknown_sku")
        if key[1] and key[2] and place is None:
            said = _("Warehouse %(warehouse)s has no bin “%(bin)s”.")
            work.wrong("bin", said % {"warehouse": values["warehouse"], "bin": values["bin"]}, "unknown_bin")
        elif place is not None and (place.kind not in SELLABLE_KINDS or not place.is_active):
            work.wrong("bin", _("Goods are not brought in at %(bin)s.") % {"bin": place.code}, "not_a_bin")
        self.twins.check(work, "sku", key)
        if sku is not None:
            work.lot = lots.get((sku.pk, key[3]))
            self._tracking(work, sku)
        if not row.errors:
            work.value = round_money(values["quantity"] * values["unit_cost"], self.exponent)
        return work

    def _tracking(self, work: StockWork, sku: Sku) -> None:
        values = work.row.values
        serials = values.get("serials") or ()
        if sku.lot_tracked and not values.get("lot"):
            work.wrong("lot", _("%(sku)s is kept by lot: name it.") % {"sku": sku.code}, "lot_needed")
        elif values.get("lot") and not sku.lot_tracked:
            work.wrong("lot", _("%(sku)s is not kept by lot.") % {"sku": sku.code}, "no_lots")
        expiry = values.get("expiry_date") or (work.lot.expiry_date if work.lot else None)
        if sku.expiry_required and values.get("lot") and expiry is None:
            work.wrong("expiry_date", _("%(sku)s needs an expiry date.") % {"sku": sku.code}, "expiry_date_needed")
        elif work.lot and work.lot.expiry_date and values.get("expiry_date") not in (None, work.lot.expiry_date):
            work.wrong(
                "expiry_date", _("The lot expires on %(date)s.") % {"date": work.lot.expiry_date}, "other_expiry_date"
            )
        if sku.serial_tracked and len(serials) != values.get("quantity"):
            said = _("%(sku)s is kept by serial number: name one for each unit, parted by |.")
            work.wrong("serials", said % {"sku": sku.code}, "serials_needed")
        elif serials and not sku.serial_tracked:
            work.wrong("serials", _("%(sku)s is not kept by serial number.") % {"sku": sku.code}, "no_serials")
        for serial in serials:
            self.serials.check(work, "serials", (sku.code.upper(), serial.upper()))


def _key(row: Row) -> Key:
    named = [(row.values.get(name) or "").upper() for name in ("sku", "warehouse", "bin", "lot")]
    return named[0], named[1], named[2], named[3]


def _move_key(work: StockWork) -> str:
    """As post_opening_stock makes it; a lot that is not there yet has brought nothing in."""
    assert work.sku is not None
    lot = work.lot.pk if work.lot else "new" if work.row.values.get("lot") else ""
    return f"{KEY}:{work.sku.pk}:{work.place_id}:{lot}:"


def import_stock(rows: Sequence[Row], company_id: int, actor: Actor) -> list[Outcome]:
    """Bring the goods in against opening balances, an entry for each day. Statements: 10 and 13 for each day."""
    checker = StockChecker(company_id)
    checker.look(rows)
    works = checker.work(rows)
    todo = [work for work in works if work.state == "new"]
    wanted = [work for work in todo if work.row.values.get("lot")]
    inputs = [
        LotInput(work.sku.pk, work.row.values["lot"], work.row.values.get("expiry_date")) for work in wanted if work.sku
    ]
    made = ensure_lots(inputs, company_id=company_id)
    lots = {id(work): pk for work, pk in zip(wanted, made, strict=True)}
    for day in sorted({work.row.values["date"] for work in todo}):
        lines = [_line(work, lots.get(id(work))) for work in todo if work.row.values["date"] == day]
        digest = blake2b(
            repr(sorted((line.sku_id, line.location_id, line.lot_id or 0) for line in lines)).encode(), digest_size=8
        )
        post_opening_stock(
            lines,
            company_id=company_id,
            effective_at=datetime.datetime.combine(day, datetime.time(12), checker.zone),
            actor=actor,
            source_key=KEY,
            entry_key=f"{KEY}:{day}:{digest.hexdigest()}",
        )
    return [outcome_of(work) for work in works]


def _line(work: StockWork, lot_id: int | None) -> OpeningLine:
    assert work.sku is not None and work.place_id is not None
    values = work.row.values
    return OpeningLine(
        sku_id=work.sku.pk, location_id=work.place_id, quantity=values["quantity"], value=work.value, lot_id=lot_id,
        serials=tuple(values.get("serials") or ()),
    )  # fmt: skip
