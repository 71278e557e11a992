"""issue: goods, claim, cost and entry in one call."""

from decimal import Decimal

import pytest

from inventory.errors import StockRefused
from inventory.services import IssueRequest, issue
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import balance, cost, level, make_claim, make_shop, make_sku, make_stock, rows, written
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db

D = Decimal


def request(shop, sku, allocation, quantity="2", **values):
    given = {
        "sku_id": sku,
        "quantity": D(quantity),
        "from_location_id": shop.bin,
        "allocation_id": allocation,
        "effective_at": NOON,
        "source_type": "orders.shipmentline",
        "source_id": 1,
        "entry_key": "shipment:1",
    } | values
    return IssueRequest(**given)


def test_an_issue_uses_the_claim_and_takes_the_cost():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "10", "50.00")
    allocation = make_claim(shop, sku, "3")

    (result,) = issue(
        [request(shop, sku, allocation, entry_source=("orders.shipment", 1), dimensions=(("channel", "web"),))],
        company_id=shop.id,
        actor=ACTOR,
    )

    assert result.value == D("-10.00")
    assert level(shop, sku) == (8, 8, 1)
    assert rows("SELECT open, used FROM inventory_allocation") == [(1, 2)]
    assert rows("SELECT quantity, claimed, used, unmet FROM inventory_demand") == [(3, 1, 2, 0)]
    assert rows("SELECT kind, quantity, move_id FROM inventory_allocationentry ORDER BY id") == [
        ("claim", 3, None),
        ("use", -2, result.move_id),
    ]
    assert cost(sku) == (8, 40)
    assert balance(shop.company, "cogs") == 10
    assert rows(
        "SELECT subledger, source_type, source_id, source_key FROM accounting_journalentry WHERE id = %s",
        result.entry_id,
    ) == [("inventory", "orders.shipment", 1, "shipment:1")]


def test_what_can_be_promised_does_not_change_so_no_event_is_sent():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku)
    allocation = make_claim(shop, sku, "3")
    events = rows("SELECT count(*) FROM core_outboxevent WHERE topic = 'StockChanged'")

    issue([request(shop, sku, allocation)], company_id=shop.id, actor=ACTOR)

    assert rows("SELECT count(*) FROM core_outboxevent WHERE topic = 'StockChanged'") == events


@pytest.mark.parametrize(
    ("quantity", "change", "code"),
    [
        ("4", {}, "allocation_too_small"),
        ("1", {"sku_id": "other"}, "not_enough_stock"),
        ("1", {"allocation_id": 999_999}, "allocation_mismatch"),
    ],
)
def test_a_claim_that_does_not_fit_is_refused(quantity, change, code):
    shop = make_shop()
    sku = make_sku(shop)
    other = make_sku(shop, "CUP")
    make_stock(shop, sku)
    allocation = make_claim(shop, sku, "3")
    before = written()

    with refused(StockRefused) as caught:
        values = {key: other if value == "other" else value for key, value in change.items()}
        issue([request(shop, sku, allocation, quantity, **values)], company_id=shop.id, actor=ACTOR)

    assert caught.value.context["items"][0]["code"] == code
    assert written() == before
