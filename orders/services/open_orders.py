"""A file of orders that are open on the first day: a row for each line; the order's own cells stand in its first row."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models.functions import Upper
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounting.models import Company, Currency
from backoffice.core.actor import Actor
from backoffice.core.registry import TableImport
from backoffice.core.tabular import Column, Outcome, Plan, Row
from backoffice.core.tabular.work import Twins, Work, outcome_of
from inventory.models import Sku
from orders.inputs import AddressInput, ContactInput, LineInput, OrderInput, PlaceResult
from orders.models import Channel, Order
from orders.services.placing import place_orders

WHOLE = 20_000  # rows of one batch: an order's rows stay together
MOST = Decimal(10) ** 12
COLUMNS = (
    Column("channel", gettext_lazy("Channel"), required=True, max_length=50, example="shop", help=gettext_lazy("Its code.")),
    Column("number", gettext_lazy("Number"), required=True, max_length=100, example="1001", help=gettext_lazy("As the channel knows the order.")),
    Column("placed", gettext_lazy("Placed"), "date", required=True, example="2025-12-28"),
    Column("sku", gettext_lazy("SKU"), required=True, max_length=60, example="MUG-0001"),
    Column("quantity", gettext_lazy("Still to be sent"), "decimal", required=True, minimum=Decimal("0.000001"), maximum=MOST, example="2"),
    Column("unit_price", gettext_lazy("Unit price"), "decimal", required=True, minimum=Decimal(0), maximum=MOST, example="12.50"),
    Column("tax", gettext_lazy("Tax of the line"), "decimal", minimum=Decimal(0), maximum=MOST, help=gettext_lazy("Empty: by the tax rules, or none.")),
    Column("currency", gettext_lazy("Currency"), max_length=10, help=gettext_lazy("Empty: the channel's.")),
    Column("buyer", gettext_lazy("Buyer"), max_length=200, example="Ona Petraitė"),
    Column("email", gettext_lazy("E-mail"), max_length=254, example="ona@example.com"),
    Column("street", gettext_lazy("Street"), max_length=200, example="Harbour Street 12"),
    Column("postcode", gettext_lazy("Postcode"), max_length=24, example="91001"),
    Column("city", gettext_lazy("City"), max_length=120, example="Klaipėda"),
    Column("country", gettext_lazy("Country"), max_length=2, example="LT"),
    Column("promise_date", gettext_lazy("Promised"), "date"),
    Column("note", gettext_lazy("Note"), max_length=300),
)  # fmt: skip
Key = tuple[str, str]


@dataclass(slots=True)
class LineWork(Work):
    """old: the order that has this number already."""

    channel: Channel | None = None
    sku_id: int | None = None


class OpenOrderChecker:
    """An order whose number is there is left as it is. Statements: 3, and 2 for each portion of rows."""

    def __init__(self, company_id: int) -> None:
        self.company_id = company_id
        self.channels = {row.code.upper(): row for row in Channel.objects.filter(company_id=company_id)}
        self.currencies = set(Currency.objects.values_list("pk", flat=True))
        self.zone = ZoneInfo(Company.objects.values_list("time_zone", flat=True).get(pk=company_id))
        self.twins = Twins()
        self.wrong_in: dict[Key, int] = {}

    def look(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self.twins.look((*_key(row), (row.values.get("sku") or "").upper()), row.number)
            if row.errors:
                self.wrong_in.setdefault(_key(row), row.number)

    def check(self, rows: Sequence[Row]) -> list[Plan]:
        return [work.plan for work in self.work(rows)]

    def work(self, rows: Sequence[Row]) -> list[LineWork]:
        codes = {(row.values.get("sku") or "").upper() for row in rows}
        skus = dict(Sku.objects.annotate(key=Upper("code")).filter(company_id=self.company_id, key__in=codes).values_list("key", "pk"))  # fmt: skip
        numbers = {row.values.get("number") or "" for row in rows}
        there = {
            (channel, number): pk
            for channel, number, pk in Order.objects.filter(
                company_id=self.company_id, external_id__in=numbers
            ).values_list("channel_id", "external_id", "pk")
        }
        return [self._one(row, skus, there) for row in rows]

    def _one(self, row: Row, skus: dict[str, int], there: dict[tuple[int, str], int]) -> LineWork:
        values, (code, number) = row.values, _key(row)
        channel = self.channels.get(code)
        work = LineWork(row, there.get((channel.pk, number)) if channel else None, channel=channel)
        if code and (channel is None or not channel.is_active):
            work.wrong("channel", _("There is no channel “%(code)s”.") % {"code": values["channel"]}, "unknown_channel")
        work.sku_id = skus.get((values.get("sku") or "").upper())
        if values.get("sku") and work.sku_id is None:
            work.wrong("sku", _("There is no SKU “%(code)s”.") % {"code": values["sku"]}, "unknown_sku")
        self.twins.check(work, "sku", (code, number, (values.get("sku") or "").upper()))
        currency = (values.get("currency") or "").upper()
        if currency and currency not in self.currencies:
            work.wrong("currency", _("There is no currency %(code)s.") % {"code": currency[:10]}, "unknown_currency")
        first = self.wrong_in.get((code, number), row.number)
        if first != row.number and not row.errors:
            work.wrong("number", _("Row %(row)s of the same order is wrong.") % {"row": first}, "order_wrong")
        return work


def _key(row: Row) -> Key:
    return (row.values.get("channel") or "").upper(), row.values.get("number") or ""


def import_open_orders(rows: Sequence[Row], company_id: int, actor: Actor) -> list[Outcome]:
    """Place the orders, a batch for each channel; one that is refused has all of its rows refused."""
    checker = OpenOrderChecker(company_id)
    checker.look(rows)
    works = checker.work(rows)
    orders: dict[Key, list[LineWork]] = {}
    for work in works:
        orders.setdefault(_key(work.row), []).append(work)
    whole = {key: lines for key, lines in orders.items() if all(line.state == "new" for line in lines)}
    answers: dict[Key, PlaceResult] = {}
    for code in sorted({key[0] for key in whole}):
        mine = {key: lines for key, lines in whole.items() if key[0] == code}
        channel = checker.channels[code]
        placed = place_orders([_order(lines, channel, checker.zone) for lines in mine.values()], channel_id=channel.pk, actor=actor)  # fmt: skip
        answers |= dict(zip(mine, placed, strict=True))
    return [_outcome(work, answers.get(_key(work.row))) for work in works]


def _outcome(work: LineWork, answer: PlaceResult | None) -> Outcome:
    if answer is not None and answer.state == "refused":
        return Outcome("refused", answer.code, answer.detail)
    if answer is None and work.state == "new":
        return Outcome("refused", "order_wrong", _("Another row of the same order is wrong."))
    return outcome_of(work)


def _order(lines: Sequence[LineWork], channel: Channel, zone: ZoneInfo) -> OrderInput:
    """The order's own cells are those of the first row that has them."""
    own: dict[str, Any] = {
        name: next((line.row.values[name] for line in lines if line.row.values.get(name) is not None), None)
        for name in ("placed", "currency", "buyer", "email", "street", "postcode", "city", "country", "promise_date", "note")
    }  # fmt: skip
    country = (own["country"] or "").upper()
    number = lines[0].row.values["number"]
    has_buyer = own["buyer"] or own["email"]
    return OrderInput(
        external_id=number,
        external_number=number,
        placed_at=datetime.datetime.combine(own["placed"], datetime.time(12), zone),
        currency=(own["currency"] or channel.currency).upper(),
        lines=[
            LineInput(
                channel_sku=line.row.values["sku"], quantity=line.row.values["quantity"],
                unit_price=line.row.values["unit_price"], sku_id=line.sku_id, tax=line.row.values.get("tax") or Decimal(0),
            )
            for line in lines
        ],
        contact=ContactInput(external_id=own["email"] or own["buyer"], name=own["buyer"] or "", email=own["email"] or "", country=country)
        if has_buyer else None,
        shipping_address=AddressInput(
            name=own["buyer"] or "", line1=own["street"] or "", city=own["city"] or "", postcode=own["postcode"] or "", country=country,
        ) if own["street"] or own["city"] else None,
        promise_date=own["promise_date"],
        note=own["note"] or "",
        taxes_unstated=all(line.row.values.get("tax") is None for line in lines),
    )  # fmt: skip


def _companies() -> list[tuple[int, str]]:
    return list(Company.objects.order_by("code").values_list("pk", "code"))


OPEN_ORDERS = TableImport(
    "orders.import_open_orders",
    gettext_lazy("Open orders"),
    "orders.add_order",
    COLUMNS,
    OpenOrderChecker,
    import_open_orders,
    _companies,
    None,
    WHOLE,
    scope="opening:write",
    help=gettext_lazy("Orders that are still to be sent, with what is left of them: a row for each line."),
    order=90,
)
