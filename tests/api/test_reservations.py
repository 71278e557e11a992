"""A storefront's checkout: reserve, keep longer, turn into an order, release."""

from backoffice.core.models import ApiKey
from backoffice.core.proof import run_checks
from inventory.models import StockLevel
from orders.models import Order, Reservation, ReservationLimit
from orders.services import expire_reservations
from tests.api.conftest import order_body
from tests.factories.books import ACTOR
from tests.factories.carts import let_expire
from tests.factories.sales import make_channel, orders_written

CART = {"lines": [{"sku": "MUG", "quantity": "2"}], "seconds": 600}


def reserved(world):
    return StockLevel.objects.get(sku_id=world.mug, warehouse=world.house.warehouse).reserved


def expire(reference):
    class Made:
        reservation_id = Reservation.objects.get(reference=reference).pk

    let_expire(Made)  # type: ignore[arg-type]


def test_a_cart_is_held_kept_longer_and_becomes_an_order(world):
    shop = world.caller("orders:write", "orders:read")

    made = shop.post("reservations/", CART)

    assert made.status_code == 201, made.content
    reference = made.json()["reference"]
    assert made.json()["lines"] == [{"sku": "MUG", "wanted": "2.000000", "reserved": "2.000000"}]
    assert reserved(world) == 2
    longer = shop.post(f"reservations/{reference}/extend/", {"seconds": 1200})
    assert longer.status_code == 200 and longer.json()["expires_at"] > made.json()["expires_at"]

    placed = shop.post("orders/", order_body(reservation=reference), key="order")

    assert placed.status_code == 201, placed.content
    assert reserved(world) == 2
    kept = shop.get(f"reservations/{reference}/").json()
    assert (kept["status"], kept["order"], kept["lines"]) == (
        "ordered", placed.json()["id"], [{"sku": "MUG", "quantity": "2.000000"}],
    )  # fmt: skip
    again = shop.post("orders/", order_body(reservation=reference), key="order")
    assert again.content == placed.content and Order.objects.count() == 1
    assert shop.post("orders/", order_body(reservation=reference), key="other").status_code == 200
    assert run_checks().ok


def test_the_same_request_again_holds_once(world):
    shop = world.caller("orders:write")

    first, second = shop.post("reservations/", CART, key="k"), shop.post("reservations/", CART, key="k")

    assert first.content == second.content
    assert (Reservation.objects.count(), reserved(world)) == (1, 2)


def test_a_released_cart_gives_its_goods_back(world):
    shop = world.caller("orders:write", "orders:read")
    reference = shop.post("reservations/", CART).json()["reference"]

    released = shop.post(f"reservations/{reference}/release/", {"reason": "Left"})

    assert (released.status_code, released.json()["status"]) == (200, "released")
    assert reserved(world) == 0
    refused = shop.post("orders/", order_body(reservation=reference))
    assert (refused.status_code, refused.json()["code"]) == (409, "reservation_released")
    assert Order.objects.count() == 0
    assert [row["status"] for row in shop.get("reservations/").json()["results"]] == ["released"]
    assert run_checks().ok


def test_an_expired_cart_is_refused_or_reclaimed_as_the_shop_says(world):
    shop = world.caller("orders:write")
    reference = shop.post("reservations/", CART).json()["reference"]
    expire(reference)
    expire_reservations(actor=ACTOR)
    before = orders_written()

    refused = shop.post("orders/", order_body(reservation=reference))
    late = shop.post(f"reservations/{reference}/extend/", {"seconds": 60})

    assert (refused.status_code, refused.json()["code"]) == (409, "reservation_expired")
    assert (late.status_code, late.json()["code"]) == (409, "reservation_expired")
    assert orders_written() == before
    placed = shop.post("orders/", order_body(reservation=reference, reclaim=True))
    assert placed.status_code == 201
    assert reserved(world) == 2
    assert run_checks().ok


def test_what_cannot_be_held_is_refused_by_line_and_nothing_is_written(world):
    shop = world.caller("orders:write", "orders:read")
    before = (orders_written(), Reservation.objects.count())

    short = shop.post("reservations/", {"lines": [{"sku": "MUG", "quantity": "1"}, {"sku": "CUP", "quantity": "3"}]})
    unknown = shop.post("reservations/", {"lines": [{"sku": "NONE", "quantity": "1"}]})
    zero = shop.post("reservations/", {"lines": [{"sku": "MUG", "quantity": "0"}]})
    long = shop.post("reservations/", CART | {"seconds": 99999})
    nowhere = shop.post("orders/", order_body(reservation="no-such"))
    reader = world.caller("orders:read").post("reservations/", CART)

    assert (short.status_code, short.json()["code"]) == (409, "reservation_out_of_stock")
    assert short.json()["context"]["lines"] == [{"row": 1, "sku": "CUP", "wanted": "3", "available": "2"}]
    assert (unknown.status_code, unknown.json()["code"]) == (409, "reservation_unknown_sku")
    assert (zero.status_code, zero.json()["errors"][0]["field"]) == (400, "lines.0.quantity")
    assert (long.status_code, long.json()["code"]) == (409, "reservation_bad_ttl")
    assert (nowhere.status_code, reader.status_code) == (404, 403)
    assert (orders_written(), Reservation.objects.count()) == before


def test_limits_are_a_keys_own(world, settings):
    settings.RESERVATION_MAX_OPEN = 1
    one, two = world.caller("orders:write"), world.caller("orders:write")
    assert one.post("reservations/", CART).status_code == 201

    full = one.post("reservations/", CART)

    assert (full.status_code, full.json()["code"]) == (409, "reservation_too_many_open")
    assert two.post("reservations/", CART).status_code == 201


def test_a_foreign_cart_is_not_found(world):
    reference = world.caller("orders:write").post("reservations/", CART).json()["reference"]
    stranger = world.caller("orders:write", "orders:read", channel=make_channel(world.house, "other"))

    assert stranger.get(f"reservations/{reference}/").status_code == 404
    assert stranger.post(f"reservations/{reference}/release/", {}).status_code == 404
    assert stranger.post("orders/", order_body(reservation=reference)).status_code == 404
    assert Reservation.objects.get().status == "open"


def test_a_key_that_holds_what_it_may_is_refused_by_name_and_holds_no_more(world):
    caller = world.caller("orders:write", "orders:read")
    ReservationLimit.objects.create(api_key=ApiKey.objects.latest("pk"), max_per_sku=3)

    first = caller.post("reservations/", CART)
    second = caller.post("reservations/", CART)

    assert (first.status_code, second.status_code) == (201, 409), (first.content, second.content)
    assert (second.json()["code"], second.json()["context"]["held"]) == ("reservation_too_many_units", "2")
    assert StockLevel.objects.get(sku_id=world.mug).reserved == 2
