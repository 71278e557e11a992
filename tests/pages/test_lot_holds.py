"""A lot is blocked at its page by one person, and its block lifted by two."""

import pytest
from django.urls import reverse

from backoffice.core.proof import run_checks
from backoffice.core.staff import StaffRole
from inventory.models import LotHold, StockQuant
from tests.factories.goods import make_shop, written
from tests.factories.staff import said, sign_in
from tests.factories.tracking import make_lot, make_lot_stock, make_tracked

pytestmark = pytest.mark.django_db


@pytest.fixture
def milk():
    shop = make_shop()
    sku = make_tracked(shop)
    lot = make_lot(shop, sku, "A")
    make_lot_stock(shop, sku, lot, "10")
    return lot


def block(client, lot, **data):
    return client.post(reverse("admin:inventory_lothold_hold", args=[lot]), {"cause": "recall", **data})


def press(client, step, **data):
    return client.post(reverse("admin:inventory_lothold_step", args=[LotHold.objects.latest("pk").pk, step]), data)


def page_of(client, lot):
    return client.get(reverse("admin:inventory_lot_change", args=[lot])).content.decode()


def test_a_lot_is_blocked_and_two_people_lift_it(milk):
    lead, owner = sign_in(StaffRole.WAREHOUSE_LEAD), sign_in(StaffRole.OWNER)
    assert "Block the lot" in page_of(lead, milk)

    assert "10 went to quarantine" in said(block(lead, milk, reason="Glass in it"))[0]
    blocked = page_of(lead, milk)
    assert "Glass in it" in blocked and "Ask to lift the block" in blocked and "Set the lot aside" not in blocked
    lots = lead.get(reverse("admin:inventory_lot_changelist"), {"state": "held"}).content.decode()
    assert "Blocked" in lots and "MILK" in lots
    press(lead, "ask", reason="Tested: clean")
    assert "Tested: clean" in page_of(owner, milk)
    press(owner, "keep", reason="Not yet")
    press(lead, "ask", reason="Tested again")
    assert "somebody else" in said(press(lead, "lift", reason="Mine"))[0]
    assert "lifted" in said(press(owner, "lift", reason="Both clean"))[0]

    page = page_of(lead, milk)
    assert "Blocks that were lifted" in page and "Both clean" in page and "Block the lot" in page
    listed = lead.get(reverse("admin:inventory_lothold_changelist"), {"state": "lifted"}).content.decode()
    assert "MILK" in listed
    assert lead.get(reverse("admin:inventory_lothold_change", args=[LotHold.objects.get().pk])).status_code == 302
    assert StockQuant.objects.get(lot=milk, quantity__gt=0).location.kind == "quarantine"  # put back by hand
    assert run_checks().ok


def test_whoever_may_not_and_what_makes_no_sense_block_nothing(milk):
    lead, picker = sign_in(StaffRole.WAREHOUSE_LEAD), sign_in(StaffRole.PICKER)
    before = written()

    assert block(picker, milk, reason="x").status_code == 403 and "Block the lot" not in page_of(picker, milk)
    for data in ({"reason": " "}, {"reason": "x", "cause": "luck"}):
        assert said(block(lead, milk, **data))

    assert written() == before and not LotHold.objects.exists()
