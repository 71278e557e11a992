"""Many things in one request: each done or refused by itself, with a number of statements that does not grow."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.core.models import InboxMessage
from backoffice.core.proof import run_checks
from inventory.models import Adjustment, AdjustmentReason, Sku, StockLevel
from orders.models import Order, PriceList, PriceListItem
from tests.api.conftest import order_body
from tests.factories.sales import make_channel


def told(answer):
    assert answer.status_code == 200, answer.content
    return [(one["index"], one["state"], one["code"]) for one in answer.json()["results"]]


def test_orders_are_placed_or_refused_one_by_one(world):
    shop = world.caller("orders:write")
    shop.post("orders/", order_body("W-0"))
    good = [order_body(f"W-{number}") for number in range(2)]
    wrong = order_body("W-9") | {"currency": "", "lines": [{"sku": "MUG", "quantity": "-1", "unit_price": "1"}]}
    reused = order_body("W-0", total="31.00", charges=[])
    unpriced = order_body("W-8", lines=[{"sku": "MUG", "quantity": "1"}])

    answer = shop.post(
        "orders/batch/", {"orders": [good[0], wrong, good[1], reused, unpriced, order_body("W-7", reservation="r")]}
    )

    assert told(answer) == [
        (0, "already", ""), (1, "refused", "invalid_input"), (2, "done", ""), (3, "refused", "external_id_reused"),
        (4, "refused", "invalid_input"), (5, "refused", "invalid_input"),
    ]  # fmt: skip
    body = answer.json()
    assert (body["done"], body["already"], body["refused"]) == (1, 1, 4)
    assert {error["field"] for error in body["results"][1]["errors"]} == {"currency", "lines.0.quantity"}
    assert Order.objects.count() == 2 and body["results"][2]["id"] == Order.objects.get(external_id="W-1").pk
    assert InboxMessage.objects.filter(topic="order").count() == 2


def tiny(external_id):
    """So little of it that nothing waits."""
    return order_body(
        external_id, lines=[{"sku": "MUG", "quantity": "0.1", "unit_price": "10"}], charges=[], total="1.00"
    )


def test_a_batch_of_orders_sent_again_is_answered_byte_for_byte_and_takes_no_more_statements_when_larger(world):
    shop = world.caller("orders:write")

    def cost(count, name):
        orders = [tiny(f"{name}-{number}") for number in range(count)]
        with CaptureQueriesContext(connection) as queries:
            answer = shop.post("orders/batch/", {"orders": orders}, key=name)
        assert answer.json()["done"] == count, answer.content
        return len(queries), answer.content

    cost(1, "warm")
    small, _content = cost(2, "small")
    large, content = cost(20, "large")
    again = shop.post("orders/batch/", {"orders": [tiny(f"large-{number}") for number in range(20)]}, key="large")

    assert small == large
    assert again.content == content and again.headers["Idempotency-Replayed"] == "true"
    assert Order.objects.count() == 23


def test_skus_are_made_changed_and_refused_one_by_one(world):
    caller = world.caller("catalogue:write", "catalogue:read", bound=False)
    items = [
        {"sku": "NEW-1", "product": "NEW", "name": "New one"},
        {"sku": "MUG", "name": "Better mug"},
        {"sku": "BAD", "product": "BAD", "name": "Bad", "weight_g": "heavy", "colour": "red"},
    ]

    answer = caller.post("products/batch/", {"items": items})

    states = [(one["state"], [error["field"] for error in one["errors"]]) for one in answer.json()["results"]]
    assert states == [("done", []), ("done", []), ("refused", ["weight_g", "colour"])], answer.content
    assert Sku.objects.get(code="MUG").name == "Better mug"
    assert Sku.objects.filter(code="NEW-1").exists() and not Sku.objects.filter(code="BAD").exists()
    assert told(caller.post("products/batch/", {"items": items[:2]})) == [(0, "already", ""), (1, "already", "")]
    assert world.caller("catalogue:read").post("products/batch/", {"items": items}).status_code == 403


def test_prices_are_written_changed_and_taken_off_one_by_one(world):
    lists = [
        PriceList.objects.create(company=world.house.company, code=code, name=code, currency="GBP", channel=channel)
        for code, channel in (("web", world.channel), ("all", None), ("other", make_channel(world.house, "other")))
    ]
    PriceListItem.objects.create(price_list=lists[0], sku_id=world.cup, min_quantity=1, unit_price=5)
    items = [
        {"price_list": "web", "sku": "MUG", "unit_price": "1234.567"},
        {"price_list": "web", "sku": "CUP", "unit_price": None},
        {"price_list": "web", "sku": "NONE", "unit_price": "1"},
        {"price_list": "other", "sku": "MUG", "unit_price": "1"},
    ]

    bound = told(world.caller("prices:write").post("prices/batch/", {"items": items}))

    assert [state for _index, state, _code in bound] == ["done", "done", "refused", "refused"]
    prices = PriceListItem.objects.values_list("price_list__code", "sku__code", "unit_price")
    assert [(code, sku, f"{price:f}") for code, sku, price in prices] == [("web", "MUG", "1234.567000")]
    free = told(world.caller("prices:write", bound=False).post("prices/batch/", {"items": items[3:]}))
    assert free == [(0, "done", "")]


def test_stock_is_adjusted_line_by_line_and_what_is_not_there_is_refused(world):
    AdjustmentReason.objects.get_or_create(company=world.house.company, code="any", defaults={"name": "Any"})
    where, place = {"warehouse": world.house.warehouse.code, "reason": "any"}, "A1"
    items = [
        where | {"sku": "MUG", "location": place, "quantity": "3"},
        where | {"sku": "CUP", "location": place, "quantity": "-500"},
        where | {"sku": "MUG", "location": place, "quantity": "0"},
        where | {"sku": "NONE", "location": place, "quantity": "1", "reason": "?"},
        where | {"sku": "CUP", "location": place, "quantity": "-1"},
    ]
    caller = world.caller("adjustments:write", bound=False)

    answer = caller.post("adjustments/batch/", {"items": items})

    assert [state for _index, state, _code in told(answer)] == ["done", "refused", "refused", "refused", "done"]
    results = answer.json()["results"]
    assert (results[1]["code"], results[2]["code"]) == ("not_enough_stock", "bad_quantity")
    assert results[0]["id"] == results[4]["id"] == Adjustment.objects.get().pk
    levels = dict(StockLevel.objects.values_list("sku_id", "on_hand"))
    assert (levels[world.mug], levels[world.cup]) == (13, 1)
    assert Adjustment.objects.get().status == "posted"
    assert run_checks().ok


def test_a_batch_that_is_too_large_or_empty_is_refused(world):
    shop = world.caller("orders:write", "catalogue:write", "prices:write", "adjustments:write")

    for path, name, most in (
        ("orders", "orders", 250),
        ("products", "items", 1000),
        ("prices", "items", 1000),
        ("adjustments", "items", 500),
    ):
        for count in (0, most + 1):
            answer = shop.post(f"{path}/batch/", {name: [{}] * count})
            assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, name)
    assert not Order.objects.exists()
