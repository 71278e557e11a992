"""Many orders edited at once: as many statements as for one, all of them or none."""

import datetime
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.core.proof import run_checks
from inventory.models import Sku
from orders.errors import ChangeRefused, NotReady, VersionConflict
from orders.inputs import AddressInput, ChargeInput
from orders.models import CancelRequest, Order, OrderCharge, OrderLine, OrderRevision
from orders.services import (
    ChargeAddition,
    ChargeEdit,
    LineAddition,
    LineEdit,
    OrderChange,
    OrderEdit,
    begin_picking,
    change_orders,
)
from tests.factories.books import ACTOR
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.refusals import refused
from tests.factories.sales import line, make_channel, order, orders_written, place, ship

pytestmark = pytest.mark.django_db
D = Decimal
TODAY = datetime.date(2026, 3, 10)


def make_many(shop, count, prefix):
    """Orders of 4 MUG and 4 CUP with shipping, in stock and with the warehouse."""
    lines = [line(code, quantity="4", tax=D(8), tax_rate=D("0.2")) for code in ("MUG", "CUP")]
    charge = ChargeInput("shipping", "shipping_revenue", D(5), description="Post", tax=D(1), tax_rate=D("0.2"))
    orders = [order(f"{prefix}{n}", *lines, charges=[charge]) for n in range(count)]
    return place(make_channel(shop, prefix), *orders)


def everything_of(results, other):
    """Less of one line, the other swapped, a line more, charges changed and added, another address and note."""
    order_ids = [result.order_id for result in results]
    found = {pk: [] for pk in order_ids}
    for row in OrderLine.objects.filter(order_id__in=order_ids).order_by("order_id", "position"):
        found[row.order_id].append(row)
    charges = dict(OrderCharge.objects.filter(order_id__in=order_ids).values_list("order_id", "pk"))
    versions = dict(Order.objects.filter(pk__in=order_ids).values_list("pk", "version"))
    return [
        OrderChange(
            pk,
            OrderEdit(
                [LineEdit(mug.pk, D(3)), LineEdit(cup.pk, swap_to=other)],
                [LineAddition(mug.sku_id, D(1), D(7))],
                [ChargeEdit(charges[pk], D(6))],
                [ChargeAddition("fee", D(2))],
                shipping_address=AddressInput(name="Ana", line1="Rose 2", city="Tbilisi", country="GE"),
                note="new",
            ),
            versions[pk],
        )
        for pk, (mug, cup) in found.items()
    ]


def test_twenty_orders_are_changed_in_the_statements_of_one():
    shop = make_shop()
    for code in ("MUG", "CUP", "JUG"):
        make_stock(shop, make_sku(shop, code), "500", key=code)
    jug = Sku.objects.get(code="JUG").pk
    given = {"company_id": shop.id, "actor": ACTOR, "reason": "They rang", "today": TODAY, "may_price": True}
    counts = []
    for prefix, count in (("warm", 1), ("one", 1), ("many", 20)):
        changes = everything_of(make_many(shop, count, prefix), jug)
        with CaptureQueriesContext(connection) as queries:
            changed = change_orders(changes, **given)
        counts.append(len(queries))
        assert [one.order_id for one in changed] == [change.order_id for change in changes]
        assert {(one.total, one.requests, one.back_ordered) for one in changed} == {(changed[0].total, (), False)}

    assert counts[1] == counts[2] <= 90
    assert Order.objects.values("total", "version", "note").distinct().count() == 1
    assert Order.objects.values("shipping_address").distinct().count() == OrderRevision.objects.count() == 22
    assert run_checks().ok


def test_each_order_of_a_batch_gets_its_own_requests_where_it_is_being_picked():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "50")
    make_stock(shop, make_sku(shop, "CUP"), "50", key="c")
    idle, *picked = make_many(shop, 3, "A")
    begin_picking([pk for result in picked for pk in result.fulfilment_ids], company_id=shop.id, actor=ACTOR)
    changes = [
        OrderChange(result.order_id, OrderEdit([LineEdit(OrderLine.objects.filter(order_id=result.order_id)[0].pk, D(3))]))
        for result in (picked[1], idle, picked[0])
    ]  # fmt: skip

    given = {"company_id": shop.id, "actor": ACTOR, "reason": "x", "today": TODAY}
    asked = [one.requests for one in change_orders(changes, **given)]

    requests = dict(CancelRequest.objects.values_list("order_id", "pk"))
    assert asked == [(requests[picked[1].order_id],), (), (requests[picked[0].order_id],)]
    assert OrderLine.objects.filter(cancelled=1).get().order_id == idle.order_id
    assert run_checks().ok


def test_of_a_batch_nothing_is_written_where_one_is_refused():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "50")
    make_stock(shop, make_sku(shop, "CUP"), "50", key="c")
    first, second = make_many(shop, 2, "A")
    changes = [
        OrderChange(pk, OrderEdit([LineEdit(OrderLine.objects.filter(order_id=pk).first().pk, D(3))]))
        for pk in (first.order_id, second.order_id)
    ]
    ship(shop, second)
    before, given = orders_written(), {"actor": ACTOR, "reason": "x", "today": TODAY}

    with refused(NotReady):
        change_orders(changes, company_id=shop.id, **given)
    with refused(ChangeRefused):
        change_orders([changes[0]] * 2, company_id=shop.id, **given)
    with refused(VersionConflict):
        change_orders([replace(changes[0], version=0)], company_id=shop.id, **given)

    assert orders_written() == before
    assert change_orders([], company_id=shop.id, **given) == []
