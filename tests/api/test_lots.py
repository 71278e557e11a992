"""Lots, expiry dates and serial numbers over HTTP."""

from backoffice.core.proof import run_checks
from inventory.models import Lot, Serial
from orders.models import Fulfilment, OrderLine, ReturnLine
from tests.api.test_catalogue import patch
from tests.factories.buying import in_days, make_purchase
from tests.factories.goods import level, written
from tests.factories.sales import line, order, place
from tests.factories.tracking import make_tracked, make_units

SCOPES = ("warehouse:write", "warehouse:read", "purchasing:read", "stock:read", "orders:read")


def caller(world, *more):
    return world.caller(*SCOPES, *more, bound=False, company_id=world.house.id)


def receive(world, order, quantity, **values):
    [line] = order.lines.all()
    given = {"line": line.pk, "quantity": quantity, "location": "A1", **values}
    return caller(world).post(f"purchase-orders/{order.pk}/receive/", {"lines": [given]})


def codes(answer):
    return {(error["field"], error["code"]) for error in answer.json()["errors"]}


def test_a_lot_comes_in_with_its_date_and_is_read(world):
    sku = make_tracked(world.house)
    order = make_purchase(world.house, sku, "10")

    came = receive(world, order, "10", lot="L-7", expiry_date=str(in_days(20)))

    assert came.status_code == 201, came.json()
    assert came.json()["receipt"]["lines"][0]["lot"] == "L-7"
    lots = caller(world).get("lots/", sku="milk", in_stock="true", expires_before=str(in_days(21))).json()["results"]
    assert [(row["code"], row["on_hand"]) for row in lots] == [("L-7", "10.000000")]
    one = caller(world).get(f"lots/{lots[0]['id']}/").json()
    assert [(place["location"], place["quantity"]) for place in one["places"]] == [("A1", "10.000000")]
    soon = caller(world).get("expiry/", days="30").json()
    assert [(row["lot"], row["days"]) for row in soon] == [("L-7", 20)]
    assert caller(world).get("expiry/", days="10").json() == []
    assert caller(world).get("recalls/", lot=lots[0]["id"]).json() == []
    assert caller(world).get("recalls/", lot=999999).status_code == 400
    assert run_checks().ok


def test_what_lacks_or_is_named_twice_is_told_by_field_and_nothing_is_written(world):
    milk, phone = make_tracked(world.house), make_tracked(world.house, "PHONE", serial=True)
    dated, units = make_purchase(world.house, milk, "10"), make_purchase(world.house, phone, "2")
    before = written()

    assert codes(receive(world, dated, "2")) == {("lines.0.lot", "lot_needed")}
    assert codes(receive(world, dated, "2", lot="X")) == {("lines.0.expiry_date", "expiry_date_needed")}
    old = receive(world, dated, "2", lot="X", expiry_date=str(in_days(-3)))
    assert codes(old) == {("lines.0.expiry_date", "expired")}
    assert codes(receive(world, units, "2", serials=["A"])) == {("lines.0.serials", "serials_needed")}
    assert codes(receive(world, units, "2", serials=["A", "A"])) == {("lines.0.serials", "serial_twice")}
    over = receive(world, units, "3", serials=["A", "B", "C"])
    assert (over.status_code, over.json()["context"]["code"]) == (409, "serials_over")

    assert written() == before and not Lot.objects.exists() and not Serial.objects.exists()


def test_a_unit_is_followed_by_its_number(world):
    phone = make_tracked(world.house, "PHONE", serial=True)
    order = make_purchase(world.house, phone, "2")

    came = receive(world, order, "2", serials=["A", "B"])

    assert came.json()["receipt"]["lines"][0]["serials"] == ["A", "B"]
    [unit] = caller(world).get("serials/", sku="PHONE", code="A", state="in_stock").json()["results"]
    life = caller(world).get(f"serials/{unit['id']}/").json()
    assert [move["to_location"] for move in life["moves"]] == ["A1"]
    assert level(world.house, phone)[0] == 2 and run_checks().ok


def test_tracking_is_set_and_refused_over_stock_that_lacks_it(world):
    call = caller(world, "catalogue:read", "catalogue:write")
    made = call.post("skus/", {"code": "SOAP", "name": "Soap", "lot_tracked": True, "shelf_life_days": 30})
    assert made.status_code == 201, made.json()
    assert (made.json()["lot_tracked"], made.json()["shelf_life_days"]) == (True, 30)
    [mug] = call.get("skus/", code="MUG").json()["results"]
    tag = call.get(f"skus/{mug['id']}/")["ETag"]
    refused = patch(call, f"skus/{mug['id']}/", {"lot_tracked": True}, tag)
    assert codes(refused) == {("lot_tracked", "stock_without_lot")}


def test_units_are_picked_by_number_and_come_back_by_it(world):
    phone = make_tracked(world.house, "PHONE", serial=True)
    make_units(world.house, phone, "S1", "S2")
    [placed] = place(world.channel, order("P-1", line("PHONE", "1", "10")))
    work = Fulfilment.objects.get(order=placed.order_id)
    call = caller(world)
    [made] = call.post("pick-lists/", {"fulfilments": [work.pk]}).json()
    [task] = call.get(f"pick-lists/{made['pick_list']}/").json()["tasks"]

    def pick(*codes):
        return call.post("pick-lists/confirm/", {"picks": [{"task": task["id"], "quantity": "1", "serials": codes}]})

    wrong = pick("S9")
    assert (wrong.status_code, wrong.json()["context"]["items"][0]["code"]) == (409, "serial_elsewhere")
    assert Serial.objects.filter(location__kind="bin").count() == 2
    assert pick("S2").json()[0]["state"] == "done"
    shipment = call.post(f"fulfilments/{work.pk}/pack/", {}).json()["shipment"]
    call.post(f"shipments/{shipment}/ship/", {"carrier": "DPD"})
    [unit] = call.get("serials/", state="sold").json()["results"]
    assert unit["code"] == "S2"
    [got] = call.get("recalls/", serial=unit["id"]).json()
    assert (got["external_id"], got["quantity"], got["returned"]) == ("P-1", "1.000000", "0.000000")

    desk = caller(world, "returns:decide", "returns:read")
    sold = OrderLine.objects.get(order_id=placed.order_id)
    asked = desk.post(
        "returns/",
        {
            "order": placed.order_id,
            "note": "Broken",
            "what": "goods",
            "lines": [{"order_line": sold.pk, "quantity": "1"}],
        },
    )
    assert asked.status_code == 201, asked.json()
    back = asked.json()
    desk.post(f"returns/{back['id']}/approve/", {})
    came = {"line": ReturnLine.objects.get().pk, "quantity": "1", "disposition": "restock"}
    before = written()
    wrong = desk.post(f"returns/{back['id']}/receive/", {"lines": [{**came, "serials": ["S1"]}]})
    assert (wrong.status_code, wrong.json()["context"]["items"][0]["code"]) == (409, "serial_elsewhere")
    assert written() == before
    done = desk.post(f"returns/{back['id']}/receive/", {"lines": [{**came, "serials": ["S2"]}]})
    assert done.status_code == 201, done.json()
    assert Serial.objects.filter(location__kind="bin").count() == 2
    assert call.get("recalls/", serial=unit["id"]).json()[0]["returned"] == "1.000000"
    assert run_checks().ok
