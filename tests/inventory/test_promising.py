"""Available to promise, asked of the books: free now, trusted inbound, less who waits."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounting.models import Party
from backoffice.core.models import AuditEvent, OutboxEvent
from inventory.atp import Part
from inventory.errors import PurchaseRefused
from inventory.models import InboundRule, PurchaseOrder, PurchaseOrderLine, Sku
from inventory.selectors import atp, inbound_of
from inventory.services import SkuInput, cancel_purchase_order, ensure_skus, set_expected_dates, set_trusted
from tests.factories.books import ACTOR
from tests.factories.buying import deliver, in_days, make_purchase
from tests.factories.goods import add_shop, make_claim, make_demand, make_shop, make_sku, make_stock
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
D = Decimal


def curve(shop, sku, warehouse=None):
    return [(part.date, part.quantity) for part in atp(shop.id, [sku])[sku].curve(warehouse)]


def test_free_stock_and_confirmed_orders_less_claims_and_those_who_wait():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "10")
    make_claim(shop, sku, "4")
    make_purchase(shop, sku, "5", 7)
    make_purchase(shop, sku, "8", 14)
    waiting = make_demand(shop, sku, "9")

    entry = atp(shop.id, [sku])[sku]

    assert (entry.available(), entry.waiting) == (6, 9)
    assert entry.demands[waiting].parts == (Part(in_days(0), D(6)), Part(in_days(7), D(3)))
    assert [(p.date, p.quantity) for p in entry.curve()] == [(in_days(7), 2), (in_days(14), 10)]
    promise = entry.ask(D(12))
    assert (promise.parts, promise.short) == ((Part(in_days(7), D(2)), Part(in_days(14), D(8))), 2)


@pytest.mark.parametrize(
    ("purchase", "why"),
    [
        ({"until": "draft"}, None),
        ({"until": "approved"}, None),
        ({"until": "sent"}, "unconfirmed"),
        ({"days": None}, "no_date"),
        ({"days": -15}, "overdue"),
        ({"days": 3}, ""),
    ],
)
def test_only_what_is_trusted_is_promised(purchase, why):
    shop = make_shop()
    sku = make_sku(shop)
    make_purchase(shop, sku, "5", **purchase)

    assert [line.distrust for line in inbound_of(shop.id, [sku])] == ([] if why is None else [why])
    assert curve(shop, sku) == ([(in_days(3), 5)] if why == "" else [])


def test_an_overdue_order_is_promised_from_today_on_with_the_margin():
    shop = make_shop()
    sku = make_sku(shop)
    make_purchase(shop, sku, "5", -3)
    InboundRule.objects.create(company=shop.company, margin_days=2)

    assert curve(shop, sku) == [(in_days(2), 5)]


def test_a_suppliers_own_rule_goes_before_the_general_one_and_the_orders_word_before_both():
    shop = make_shop()
    sku = make_sku(shop)
    order = make_purchase(shop, sku, "5", 7, until="sent", supplier="SLOW")
    InboundRule.objects.create(company=shop.company, is_trusted=False)
    slow = InboundRule.objects.create(
        company=shop.company, supplier=Party.objects.get(code="SLOW"), unconfirmed_too=True, margin_days=3
    )

    assert curve(shop, sku) == [(in_days(10), 5)]
    slow.is_trusted = False
    slow.save()
    assert curve(shop, sku) == []
    set_trusted(order.pk, company_id=shop.id, trusted=True, reason="Spoke to them", actor=ACTOR)
    assert curve(shop, sku) == [(in_days(10), 5)]
    set_trusted(order.pk, company_id=shop.id, trusted=False, reason="Ship is stuck", actor=ACTOR)
    assert [line.distrust for line in inbound_of(shop.id, [sku])] == ["order"]
    trail = AuditEvent.objects.filter(object_type="inventory.purchaseorder", field="trusted").order_by("id")
    assert [(e.old_value, e.new_value, e.reason) for e in trail] == [
        ("", "True", "Spoke to them"),
        ("True", "False", "Ship is stuck"),
    ]


def test_by_warehouse_and_in_all():
    shop = make_shop()
    other = add_shop(shop.company, "YRK")
    sku = make_sku(shop)
    make_stock(shop, sku, "3")
    make_purchase(shop, sku, "5", 7, warehouse_id=other.warehouse.pk)
    make_demand(shop, sku, "2", warehouse_id=other.warehouse.pk)

    assert curve(shop, sku) == [(in_days(0), 3), (in_days(7), 6)]
    assert curve(shop, sku, shop.warehouse.pk) == [(in_days(0), 3)]
    assert curve(shop, sku, other.warehouse.pk) == [(in_days(7), 3)]
    assert atp(shop.id, [sku])[sku].ask(D(4), other.warehouse.pk).short == 1


def test_what_was_received_or_cancelled_is_expected_no_more():
    shop = make_shop()
    sku = make_sku(shop)
    order = make_purchase(shop, sku, "5", 7)
    deliver(shop, order, "2")
    other = make_purchase(shop, sku, "9", 8)
    cancel_purchase_order(other.pk, company_id=shop.id, actor=ACTOR, reason="Too dear")

    assert curve(shop, sku) == [(in_days(0), 2), (in_days(7), 5)]


def test_a_line_may_be_expected_on_another_day_and_the_change_is_told():
    shop = make_shop()
    sku = make_sku(shop)
    order = make_purchase(shop, sku, "5", 7)
    line = PurchaseOrderLine.objects.get()

    set_expected_dates(
        order.pk,
        company_id=shop.id,
        expected_date=in_days(9),
        lines={line.pk: in_days(20)},
        reason="Port is closed",
        actor=ACTOR,
    )

    assert curve(shop, sku) == [(in_days(20), 5)]
    told = OutboxEvent.objects.filter(topic="InboundChanged").latest("id")
    assert told.payload == {"purchase_order_id": order.pk, "what": "expected", "sku_ids": [sku]}
    trail = AuditEvent.objects.filter(object_type="inventory.purchaseorder", action="changed").order_by("id")
    assert [(e.field, e.old_value, e.new_value, e.reason) for e in trail] == [
        ("expected_date", str(in_days(7)), str(in_days(9)), "Port is closed"),
        ("line 1 expected_date", "", str(in_days(20)), "Port is closed"),
    ]


def test_nothing_is_expected_of_an_order_that_ended_and_no_line_of_another():
    shop = make_shop()
    sku = make_sku(shop)
    order, other = make_purchase(shop, sku, "5", 7), make_purchase(shop, sku, "5", 7)
    given = {"company_id": shop.id, "expected_date": in_days(9), "reason": "x", "actor": ACTOR}
    foreign = PurchaseOrderLine.objects.get(purchase_order=other).pk
    with refused(PurchaseRefused) as caught:
        set_expected_dates(order.pk, lines={foreign: in_days(9)}, **given)
    assert caught.value.context["code"] == "unknown_line"
    cancel_purchase_order(order.pk, company_id=shop.id, actor=ACTOR, reason="x")
    events = AuditEvent.objects.count()

    with refused(PurchaseRefused):
        set_expected_dates(order.pk, **given)
    with refused(ValueError, match="says why"):
        set_trusted(other.pk, company_id=shop.id, trusted=True, reason=" ", actor=ACTOR)

    assert PurchaseOrder.objects.get(pk=order.pk).expected_date == in_days(7)
    assert PurchaseOrder.objects.get(pk=other.pk).trusted is None
    assert AuditEvent.objects.count() == events


def test_a_pre_order_is_promised_from_its_release_date_on():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "3")
    make_purchase(shop, sku, "5", 40)
    Sku.objects.filter(pk=sku).update(release_date=in_days(30))

    entry = atp(shop.id, [sku])[sku]

    assert entry.is_pre_order
    assert entry.ask(D(4)).parts == (Part(in_days(30), D(3)), Part(in_days(40), D(1)))


def test_the_day_is_the_companys_own():
    east = make_shop("east", time_zone="Pacific/Kiritimati")
    west = make_shop("west", time_zone="Etc/GMT+12")
    skus = {shop.id: make_sku(shop) for shop in (east, west)}

    days = {shop: atp(shop, [sku])[sku].today for shop, sku in skus.items()}

    assert (days[east.id] - days[west.id]).days in (1, 2)  # 26 hours apart


def test_three_statements_for_one_sku_or_for_300():
    shop = make_shop()
    skus = ensure_skus([SkuInput(f"S{n}", "many") for n in range(300)], company_id=shop.id)
    for sku in skus[:3]:
        make_stock(shop, sku, "3")
        make_purchase(shop, sku, "5", 7)
        make_demand(shop, sku, "9")
    for wanted in (skus[:1], skus):
        with CaptureQueriesContext(connection) as queries:
            found = atp(shop.id, wanted)
        assert (len(queries), len(found)) == (3, len(wanted))
    assert atp(shop.id, []) == {}
