"""Advance notices of suppliers: they count as coming on their day, and never twice."""

from decimal import Decimal

import pytest

from backoffice.core.proof import run_checks
from inventory.errors import PurchaseRefused
from inventory.models import AdvanceNotice, PurchaseOrderLine
from inventory.selectors import atp, inbound_of
from inventory.services import NoticeLine, cancel_notice, end_notice, move_notice, note_delivery
from tests.factories.books import ACTOR
from tests.factories.buying import in_days, make_purchase
from tests.factories.goods import make_shop, make_sku
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
D = Decimal


def announce(shop, order, quantity, days, reference="DN-1", **values):
    line = PurchaseOrderLine.objects.filter(purchase_order=order).earliest("position")
    return note_delivery(
        [NoticeLine(line.pk, D(quantity), **values)],
        purchase_order_id=order.pk,
        company_id=shop.id,
        reference=reference,
        expected_date=in_days(days),
        actor=ACTOR,
    )


def curve(shop, sku):
    return [(part.date, part.quantity) for part in atp(shop.id, [sku])[sku].curve()]


def test_what_is_announced_comes_on_its_own_day_and_the_rest_on_the_orders():
    shop = make_shop()
    sku = make_sku(shop)
    order = make_purchase(shop, sku, "10", 20)

    noted = announce(shop, order, "6", 3, lot_code="L1", package="00340123450000000018")
    again = announce(shop, order, "6", 3)

    assert (noted.state, again.state, again.notice.pk) == ("noted", "already", noted.notice.pk)
    assert curve(shop, sku) == [(in_days(3), 6), (in_days(20), 10)]
    move_notice(noted.notice.pk, company_id=shop.id, expected_date=in_days(5), actor=ACTOR, reason="Late lorry")
    assert curve(shop, sku) == [(in_days(5), 6), (in_days(20), 10)]
    cancel_notice(noted.notice.pk, company_id=shop.id, actor=ACTOR, reason="Not loaded")
    assert curve(shop, sku) == [(in_days(20), 10)]
    with refused(PurchaseRefused):
        end_notice(noted.notice.pk, status="received", company_id=shop.id, actor=ACTOR)
    assert run_checks().ok


def test_what_a_supplier_announced_is_believed_though_they_never_confirmed():
    shop = make_shop()
    sku = make_sku(shop)
    order = make_purchase(shop, sku, "10", 20, until="sent")
    announce(shop, order, "6", 3)

    assert [line.distrust for line in inbound_of(shop.id, [sku])] == ["", "unconfirmed"]


def test_more_than_is_expected_is_refused_and_nothing_is_written():
    shop = make_shop()
    order = make_purchase(shop, make_sku(shop), "10", 20)

    for quantity, reference, code in (("11", "A", "more_than_open"), ("0", "B", "bad_line"), ("1", "", "no_reference")):
        with refused(PurchaseRefused) as refusal:
            announce(shop, order, quantity, 3, reference)
        assert refusal.value.context["code"] == code
    assert AdvanceNotice.objects.count() == 0
