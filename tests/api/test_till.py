"""A till program opens its shift, sells, takes back and hands over; whatever is refused leaves nothing behind."""

from decimal import Decimal
from uuid import uuid4

import pytest

from backoffice.core.proof import run_checks
from inventory.models import Sku, StockLevel
from orders.models import PriceList
from tests.api.conftest import Caller
from tests.factories.books import ACTOR
from tests.factories.goods import rows
from tests.factories.sales import make_channel
from tests.factories.tills import facts
from warehouse.models import Pickup, Till, TillReceipt, TillShift
from warehouse.services import create_till

D = Decimal
ALL = ("till:read", "till:sell", "pickups:read", "pickups:write", "orders:write")


@pytest.fixture
def till(world):
    """The caller with .path of an open till."""
    made = create_till(
        company_id=world.house.id, code="one", name="Counter", warehouse_id=world.house.warehouse.pk, actor=ACTOR
    )
    caller = world.caller(*ALL, bound=False, company_id=world.house.id)
    caller.path = f"tills/{made.pk}/"
    assert [row["id"] for row in caller.get("tills/").json()["results"]] == [made.pk]
    assert caller.post(f"{caller.path}open/", {"float_amount": "100.00"}).status_code == 201
    return caller


def sale(*lines, tenders=(("cash", "100.00"),), **values):
    return {
        "client_id": str(uuid4()),
        "lines": [{"sku": sku, "quantity": quantity, "price": price} for sku, quantity, price in lines],
        "tenders": [{"method": method, "amount": amount} for method, amount in tenders],
    } | values


def test_a_price_lists_quantity_breaks_are_told_and_asked(world, till):
    prices = PriceList.objects.create(
        company=world.house.company, code="shop", name="Shop", currency="GBP", prices_include_tax=True
    )
    for least, price in (("1", "9"), ("5", "8")):
        prices.items.create(sku=Sku.objects.get(code="MUG"), min_quantity=D(least), unit_price=D(price))

    assert [row["unit_price"] for row in till.get(f"{till.path}find/", q="MUG").json()[0]["breaks"]] == [
        "9.000000", "8.000000",
    ]  # fmt: skip
    body = sale(("MUG", "6", None))
    assert till.post(f"{till.path}sell/", body).json()["total"] == "48.000000"
    before = facts()
    lowered = till.post(f"{till.path}sell/", sale(("MUG", "2", "8")))
    assert (lowered.status_code, facts()) == (403, before)  # the price of five, for two, is a discount


def test_a_shift_from_float_to_count(world, till):
    body = sale(("mug", "2", "12.50"))
    sold = till.post(f"{till.path}sell/", body)
    assert (sold.status_code, sold.json()["total"], sold.json()["change"]) == (201, "25.000000", "75.000000"), (
        sold.content
    )
    assert till.post(f"{till.path}sell/", body).status_code == 200  # under another key: the same sale
    assert till.get(f"{till.path}find/", q="MUG").json()[0]["price"] == "12.500000"
    [line] = rows("SELECT id FROM orders_orderline")
    back = till.post(
        f"{till.path}take-back/",
        {
            "client_id": str(uuid4()),
            "receipt": sold.json()["id"],
            "lines": [{"order_line": line[0], "quantity": "1"}],
            "method": "cash",
            "reason": "Too small",
        },
    )
    assert (back.status_code, back.json()["total"]) == (201, "-12.500000"), back.content
    out = {"client_id": str(uuid4()), "kind": "to_bank", "amount": "50.00", "reason": "Safe bag"}
    assert till.post(f"{till.path}cash/", out).status_code == 204
    assert till.get(f"{till.path}shift/").json()["expected"] == "62.500000"

    closed = till.post(f"{till.path}close/", {"counted": "62.00", "note": "A coin is missing"}).json()

    assert (closed["status"], closed["expected"], closed["counted"]) == ("closed", "62.500000", "62.000000")
    assert closed["entry"] is not None
    assert till.post(f"{till.path}sell/", body).status_code == 200  # a lost answer is still told
    assert till.get(f"till-receipts/{sold.json()['id']}/").json()["number"].startswith("R-")
    assert StockLevel.objects.get(sku_id=world.mug, warehouse=world.house.warehouse).on_hand == 9
    assert run_checks().ok


def test_an_order_is_set_aside_and_collected(world, till):
    order = {
        "external_id": "web-1", "placed_at": "2026-03-10T09:00:00Z", "currency": "GBP",
        "lines": [{"sku": "MUG", "quantity": "2", "unit_price": "10.00"}],
    }  # fmt: skip
    web = world.caller(*ALL, channel=world.channel)
    placed = web.post("orders/", order).json()
    asked = {"order": placed["id"], "warehouse": world.house.warehouse.code}
    pickup = web.post("pickups/", asked).json()
    assert web.post("pickups/", asked).json()["id"] == pickup["id"]
    assert till.post(f"pickups/{pickup['id']}/ready/", {}).json()["status"] == "ready"
    body = {"client_id": str(uuid4()), "pickup": pickup["id"], "code": pickup["code"]}
    before = facts()
    for wrong, code in ((body, "tenders_do_not_fit"), (body | {"code": "x"}, "pickup_refused")):
        refusal = till.post(f"{till.path}collect/", wrong)
        assert (refusal.status_code, refusal.json()["code"]) == (409, code)
    assert facts() == before

    done = till.post(f"{till.path}collect/", body | {"tenders": [{"method": "card", "amount": "20.00"}]})

    assert (done.status_code, done.json()["kind"]) == (201, "pickup")
    assert Pickup.objects.get().status == "collected"
    assert web.get(f"pickups/{pickup['id']}/").json()["status"] == "collected"
    late = till.post(f"pickups/{pickup['id']}/cancel/", {"reason": "Too late"})
    assert (late.status_code, late.json()["code"]) == (409, "illegal_transition")
    assert run_checks().ok


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (sale(("MUG", "11", "10"), tenders=[("cash", "110")]), 409, "out_of_stock"),
        (sale(("MUG", "1", "10"), tenders=[("cash", "9")]), 409, "tenders_do_not_fit"),
        (sale(("MUG", "1", "10"), discount="1"), 403, "not_permitted"),
        (sale(("NOPE", "1", "10")), 400, "invalid_input"),
        (sale(("MUG", "0", "10")), 400, "invalid_input"),
        (sale(), 400, "invalid_input"),
        (sale(("MUG", "1", "10"), client_id="1"), 400, "invalid_input"),
        (sale(("MUG", "1", "10"), tenders=[("card", "11")]), 409, "tenders_do_not_fit"),
    ],
)
def test_a_sale_that_cannot_be_is_refused_and_nothing_written(till, body, status, code):
    before = facts()

    response = till.post(f"{till.path}sell/", body)

    assert (response.status_code, response.json()["code"]) == (status, code), response.content
    assert facts() == before


def test_a_closed_till_and_strangers(world, till):
    till.post(f"{till.path}close/", {"counted": "100.00"})
    stranger: Caller = world.caller(*ALL, channel=make_channel(world.house, "other"))
    before = facts()
    assert till.post(f"{till.path}sell/", sale(("MUG", "1", "10"))).json()["code"] == "shift_closed"
    assert world.caller("till:read").post(f"{till.path}sell/", sale(("MUG", "1", "10"))).status_code == 403
    assert stranger.post(f"{till.path}open/", {"float_amount": "1"}).status_code == 404
    assert facts() == before
    assert (TillShift.objects.count(), TillReceipt.objects.count(), Till.objects.count()) == (1, 0, 1)


def test_a_discount_with_the_scope(world, till):
    lead = world.caller(*ALL, "till:discount", bound=False, company_id=world.house.id)

    sold = lead.post(f"{till.path}sell/", sale(("MUG", "1", "10"), discount="1.00"))

    assert (sold.status_code, sold.json()["total"]) == (201, "9.000000")
    assert run_checks().ok
