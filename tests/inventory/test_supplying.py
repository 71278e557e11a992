"""What suppliers offer: written in bulk, priced by quantity and day, and promised from their own shelves."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounting.models import ExchangeRate
from backoffice.core.errors import InvalidInput
from backoffice.core.models import AuditEvent, OutboxEvent
from inventory.models import InboundRule, PurchaseOrder, SupplierPrice, SupplierSku, SupplierTerms
from inventory.selectors import atp, best_offers, inbound_of, lead_times, offers_of, price_for
from inventory.services import SkuInput, SupplierRow, ensure_skus, write_supplier_rows
from tests.factories.books import ACTOR
from tests.factories.buying import deliver, in_days, make_offer, make_purchase, make_supplier
from tests.factories.goods import make_demand, make_shop, make_sku, make_stock
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
D = Decimal
DAY = datetime.date(2026, 6, 15)


def write(shop, supplier, *rows, as_of=None):
    return write_supplier_rows(rows, supplier_id=supplier.pk, company_id=shop.id, actor=ACTOR, as_of=as_of)


def test_price_breaks_and_validity_give_the_price_of_a_quantity_on_a_day():
    shop = make_shop()
    sku = make_sku(shop)
    supplier = make_supplier(shop)
    write(
        shop,
        supplier,
        SupplierRow("MUG", code="A-1", price=D("3.00")),
        SupplierRow("mug", price=D("2.50"), from_quantity=D(100)),
        SupplierRow("MUG", price=D("2.80"), valid_from=DAY),
        SupplierRow("MUG", price=D("2.20"), from_quantity=D(100), valid_from=DAY, valid_to=DAY),
    )

    def asked(quantity, day):
        return price_for(supplier.pk, sku, D(quantity), company_id=shop.id, on=day)

    before, after = DAY - datetime.timedelta(1), DAY + datetime.timedelta(1)
    assert [asked(q, before) for q in (1, 99, 100)] == [D("3.00"), D("3.00"), D("2.50")]
    assert [asked(q, DAY) for q in (1, 100)] == [D("2.80"), D("2.20")]
    assert [asked(q, after) for q in (1, 100)] == [D("2.80"), D("2.50")]


def test_offers_come_by_priority_then_price_in_one_currency_and_are_raised_to_minimum_and_pack():
    shop = make_shop()
    sku = make_sku(shop)
    make_offer(shop, supplier="LOCAL", price="3.00", min_quantity="10", pack_multiple="12")
    make_offer(shop, supplier="FAR", currency="EUR", price="2.00", lead_time_days=40)
    make_offer(shop, supplier="DEAR", price="9.00", priority=1)
    make_offer(shop, supplier="GONE", price="0.10", is_discontinued=True)
    ExchangeRate.objects.create(company=shop.company, currency_id="EUR", date=DAY, rate=D("0.9"))

    offers = best_offers({sku: D(5), 0: D(1)}, company_id=shop.id, on=DAY)

    assert offers[0] == []
    assert [(o.base_price, o.order_quantity) for o in offers[sku]] == [
        (D("9.00"), 5),
        (D("1.80"), 5),
        (D("3.00"), 12),
    ]
    far = offers[sku][1]
    assert (far.currency, far.unit_price, far.lead_time.days, far.lead_time.source) == ("EUR", D(2), 40, "sku")


def test_many_skus_cost_as_many_statements_as_one():
    shop = make_shop()
    supplier = make_supplier(shop)
    skus = ensure_skus([SkuInput(f"S{n}", f"S{n}") for n in range(40)], company_id=shop.id)

    def counted(codes):
        with CaptureQueriesContext(connection) as wrote:
            write(shop, supplier, *[SupplierRow(code, price=D(2), stock=D(9)) for code in codes], as_of=timezone.now())
        with CaptureQueriesContext(connection) as read:
            best_offers({sku: D(1) for sku in skus[: len(codes)]}, company_id=shop.id)
        return len(wrote), len(read)

    assert counted(["S0"]) == (7, 2)
    assert counted([f"S{n}" for n in range(40)]) == (8, 2)  # one to change the row that was there
    assert SupplierPrice.objects.count() == 40


def test_lead_time_is_what_was_typed_until_three_deliveries_tell_it():
    shop = make_shop()
    sku = make_sku(shop)
    offer = make_offer(shop, lead_time_days=30)
    assert lead_times([offer])[offer].days == 30

    for days in (4, 6, 8):
        order = make_purchase(shop, sku, "5")
        deliver(shop, order, "5")
        PurchaseOrder.objects.filter(pk=order.pk).update(sent_at=timezone.now() - datetime.timedelta(days=days))

    found = lead_times([offer])[offer]
    assert (round(found.days), round(found.spread_days), found.source, found.deliveries) == (6, 2, "history", 3)


def test_terms_give_the_lead_time_where_nothing_else_does():
    shop = make_shop()
    make_sku(shop)
    offer = make_offer(shop)
    assert lead_times([offer])[offer].source == ""
    SupplierTerms.objects.create(company=shop.company, lead_time_days=21)

    assert (lead_times([offer])[offer].days, lead_times([offer])[offer].source) == (21, "terms")


def test_goods_on_the_suppliers_shelf_are_promised_after_their_lead_time_and_never_more_than_they_have():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "2")
    make_offer(shop, stock="10", lead_time_days=5, promise_stock=True)
    make_demand(shop, sku, "4")

    entry = atp(shop.id, [sku])[sku]

    promise = entry.ask(D(20), shop.warehouse.pk)
    assert [(part.date, part.quantity) for part in promise.parts] == [(in_days(5), 8)]
    assert promise.short == 12
    InboundRule.objects.create(company=shop.company, margin_days=2)
    assert atp(shop.id, [sku])[sku].ask(D(1)).date == in_days(7)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"promise_stock": False}, None),
        ({"promise_stock": True, "is_discontinued": True}, None),
        ({"promise_stock": True, "lead_time_days": None}, "no_date"),
        ({"promise_stock": True, "stock_hours": 0}, "stale"),
        ({"promise_stock": True}, ""),
    ],
)
def test_only_a_fresh_figure_of_an_allowed_sku_counts(values, why):
    shop = make_shop()
    sku = make_sku(shop)
    make_offer(shop, **({"stock": "10", "lead_time_days": 5} | values))

    assert [line.distrust for line in inbound_of(shop.id, [sku])] == ([] if why is None else [why])
    assert atp(shop.id, [sku])[sku].ask(D(1)).short == (0 if why == "" else 1)


def test_what_we_ordered_since_is_off_their_figure():
    shop = make_shop()
    sku = make_sku(shop)
    make_offer(shop, stock="10", lead_time_days=5, promise_stock=True)
    make_purchase(shop, sku, "7", 3)

    assert [(p.date, p.quantity) for p in atp(shop.id, [sku])[sku].curve()] == [(in_days(3), 7), (in_days(5), 10)]
    assert offers_of(make_supplier(shop).pk, [(sku, D(1))], company_id=shop.id)[sku].stock == 3


def test_a_feed_tells_of_new_figures_once_and_passes_over_older_ones():
    shop = make_shop()
    sku = make_sku(shop)
    now = timezone.now()
    make_offer(shop, stock="10", promise_stock=True, as_of=now)
    supplier = make_supplier(shop)

    newer = write(shop, supplier, SupplierRow("MUG", stock=D(4)), as_of=now + datetime.timedelta(minutes=1))
    older = write(shop, supplier, SupplierRow("MUG", stock=D(99)), as_of=now)

    assert (newer.changed, newer.stale, older.changed, older.stale) == (1, 0, 0, 1)
    assert SupplierSku.objects.get().stock_quantity == 4
    told = OutboxEvent.objects.filter(topic="InboundChanged")
    assert [event.payload for event in told] == [
        {"purchase_order_id": None, "what": "supplier_stock", "sku_ids": [sku]}
    ]


def test_bad_rows_are_all_named_and_nothing_is_written():
    shop = make_shop()
    make_sku(shop)
    supplier = make_supplier(shop)

    audited = AuditEvent.objects.count()

    with refused(InvalidInput) as refusal:
        write(
            shop,
            supplier,
            SupplierRow("MUG", price=D(1)),
            SupplierRow("NONE", price=D(1)),
            SupplierRow("MUG", price=D(-1), from_quantity=D(0), currency="XXQ"),
            SupplierRow("MUG", price=D(2)),
            SupplierRow("MUG", valid_from=DAY, stock=D(1)),
        )

    assert [(e["field"], e["code"]) for e in refusal.value.context["errors"]] == [
        ("rows.2.sku", "unknown_sku"),
        ("rows.3.from_quantity", "not_positive"),
        ("rows.3.price", "negative"),
        ("rows.3.currency", "unknown_currency"),
        ("rows.4.price", "twice"),
        ("rows.5.price", "missing"),
        ("rows.5.stock", "no_time"),
    ]
    assert (SupplierSku.objects.count(), SupplierPrice.objects.count()) == (0, 0)
    assert AuditEvent.objects.count() == audited
