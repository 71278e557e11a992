"""Whatever a shop sends wrongly has a name: an error with its field, or a hold with the difference; nothing is half-written."""

import pytest

from backoffice.core.proof import run_checks
from orders.models import Hold, Order
from tests.api.conftest import order_body
from tests.factories.sales import orders_written

LINE = {"sku": "MUG", "quantity": "1", "unit_price": "10"}


@pytest.fixture
def shop(world):
    return world.caller("orders:write", "orders:read", "orders:release")


def holds(order):
    return {hold["kind"]: hold["reason"] for hold in order["holds"]}


def test_an_unknown_sku_and_a_total_off_by_a_cent_hold_the_order_with_the_difference(shop):
    placed = shop.post("orders/", order_body(lines=[LINE, LINE | {"sku": "NOPE"}], charges=[], total="19.99")).json()

    assert holds(placed) == {
        "mapping": "Unknown SKU: NOPE.",
        "total": "The channel says 19.99, the lines add up to 20: a difference of -0.01.",
    }
    assert placed["status"] == "placed"
    answer = shop.post(f"orders/{placed['id']}/release/", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "order_held")
    assert run_checks().ok


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"lines": [LINE, LINE | {"quantity": "0"}]}, "lines.1.quantity", "min_value"),
        ({"lines": [LINE | {"quantity": "-1"}]}, "lines.0.quantity", "min_value"),
        ({"currency": "XXX"}, "currency", "unknown_currency"),
    ],
)
def test_what_makes_no_sense_is_refused_by_row_and_field(shop, changes, field, code):
    before = orders_written()

    answer = shop.post("orders/", order_body(**changes))

    assert answer.status_code == 400
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]
    assert orders_written() == before


def test_a_known_id_with_other_content_tells_what_differs(shop):
    first = shop.post("orders/", order_body()).json()
    before = orders_written()
    changed = order_body(note="Ring twice", total="42.00")
    changed["lines"] = [changed["lines"][0] | {"quantity": "3"}, LINE]

    answer = shop.post("orders/", changed)

    assert (answer.status_code, answer.json()["code"]) == (409, "external_id_reused")
    assert answer.json()["context"] == {
        "order_id": first["id"],
        "differs": [
            {"field": "note", "here": "", "sent": "Ring twice"},
            {"field": "total", "here": "30", "sent": "42"},
            {"field": "lines", "here": "1", "sent": "2"},
            {"field": "lines.0.quantity", "here": "2", "sent": "3"},
        ],
    }
    assert orders_written() == before


def test_an_illegal_change_of_state_names_the_state(shop):
    order_id = shop.post("orders/", order_body()).json()["id"]
    shop.post(f"orders/{order_id}/cancel/", {"reason": "x"})
    before = orders_written()

    release = shop.post(f"orders/{order_id}/release/", {})
    cancel = shop.post(f"orders/{order_id}/cancel/", {"reason": "x"})
    hold = shop.post(f"orders/{order_id}/holds/", {"kind": "fraud", "reason": "x"})

    assert (release.status_code, release.json()["code"]) == (409, "illegal_transition")
    assert (cancel.json()["code"], hold.json()["code"]) == ("not_ready", "not_ready")
    assert "Cancelled" in release.json()["detail"]
    assert orders_written() == before and not Hold.objects.exists()


def test_several_holds_are_placed_and_each_is_released_by_a_named_user(world, shop):
    order_id = shop.post("orders/", order_body()).json()["id"]

    made = [
        shop.post(f"orders/{order_id}/holds/", {"kind": kind, "reason": f"see {kind}"}) for kind in ("fraud", "credit")
    ]
    again = shop.post(f"orders/{order_id}/holds/", {"kind": "fraud", "reason": "twice"})
    assert [answer.status_code for answer in made] == [201, 201]
    assert again.json()["id"] == made[0].json()["id"]
    assert Order.objects.get().status == "placed"
    for answer in made:
        freed = shop.post(f"orders/{order_id}/holds/{answer.json()['id']}/release/", {"reason": "looked"})
        assert (freed.json()["released_by"], freed.json()["release_reason"]) == ("robot", "looked")

    assert Order.objects.get().status == "released"
    assert run_checks().ok


@pytest.mark.parametrize(
    "body", [{"kind": "mapping", "reason": "x"}, {"kind": "bribe", "reason": "x"}, {"kind": "fraud"}]
)
def test_a_hold_without_kind_or_reason_is_not_placed(shop, body):
    order_id = shop.post("orders/", order_body()).json()["id"]
    before = orders_written()

    assert shop.post(f"orders/{order_id}/holds/", body).status_code == 400
    assert orders_written() == before and not Hold.objects.exists()


def test_the_list_answers_the_desks_questions(world, shop):
    order_id = shop.post("orders/", order_body()).json()["id"]
    shop.post("orders/", order_body("W-2"))
    shop.post(f"orders/{order_id}/holds/", {"kind": "fraud", "reason": "x"})

    held = shop.get("orders/", view="held").json()["results"]

    assert [order["id"] for order in held] == [order_id]
    assert shop.get("orders/", view="late").json()["results"] == []
    assert shop.get("orders/", view="nonsense").status_code == 400
