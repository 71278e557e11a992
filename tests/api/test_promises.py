"""A storefront asks what its customers wait for; lines of an order say their dates."""

from backoffice.core.proof import run_checks
from inventory.models import Sku
from inventory.services import set_expected_dates
from tests.api.conftest import order_body
from tests.factories.books import ACTOR
from tests.factories.buying import deliver, in_days, make_purchase
from tests.factories.events import order_pump
from tests.factories.sales import make_channel, orders_written

LINE = {"sku": "CUP", "quantity": "5", "unit_price": "10.00"}
BODY = {"lines": [LINE, {"sku": "MUG", "quantity": "1", "unit_price": "10.00"}], "charges": [], "total": "60.00"}


def test_a_back_order_has_its_date_in_the_answer_and_its_history(world):
    purchase = make_purchase(world.house, world.cup, "9", 7)
    shop = world.caller("orders:write", "orders:read")

    placed = shop.post("orders/", order_body(**BODY))

    assert placed.status_code == 201, placed.content
    cup, mug = placed.json()["lines"]
    assert (cup["promised_date"], cup["expected_date"]) == (str(in_days(7)), str(in_days(7)))
    assert (mug["promised_date"], mug["expected_date"]) == (None, None)

    set_expected_dates(
        purchase.pk, company_id=world.house.id, expected_date=in_days(20), reason="Port is closed", actor=ACTOR
    )
    pump = order_pump()
    pump.run()

    [row] = shop.get("promises/", trouble="true").json()["results"]
    assert (row["order_external_id"], row["line"], row["sku"]) == ("W-1", cup["id"], "CUP")
    assert (row["waiting"], row["promised_date"], row["expected_date"], row["state"]) == (
        "3.000000", str(in_days(7)), str(in_days(20)), "at_risk",
    )  # fmt: skip
    assert row["parts"] == [{"date": str(in_days(20)), "quantity": "3"}]
    detail = shop.get(f"promises/{row['id']}/").json()
    assert [(c["old_date"], c["new_date"], c["reason"]) for c in detail["changes"]] == [
        (None, str(in_days(7)), "placed"),
        (str(in_days(7)), str(in_days(20)), "inbound"),
    ]

    deliver(world.house, purchase, "9")
    pump.run()
    assert shop.get("promises/").json()["results"] == []
    assert run_checks().ok


def test_a_pre_order_is_taken_for_its_release_date(world):
    Sku.objects.filter(pk=world.mug).update(release_date=in_days(30))
    shop = world.caller("orders:write", "orders:read", "catalogue:read")

    placed = shop.post("orders/", order_body())

    assert placed.status_code == 201
    assert placed.json()["lines"][0]["promised_date"] == str(in_days(30))
    [row] = shop.get("promises/", state="pre_order", sku="mug").json()["results"]
    assert row["release_date"] == str(in_days(30))
    assert shop.get("skus/", code="MUG").json()["results"][0]["release_date"] == str(in_days(30))


def test_other_channels_and_scopes_see_nothing(world):
    shop = world.caller("orders:write", "orders:read")
    shop.post("orders/", order_body(**BODY))
    [row] = shop.get("promises/").json()["results"]
    stranger = world.caller("orders:read", channel=make_channel(world.house, "other"))
    before = orders_written()

    assert stranger.get("promises/").json()["results"] == []
    assert stranger.get(f"promises/{row['id']}/").status_code == 404
    assert world.caller("stock:read").get("promises/").status_code == 403
    assert shop.get("promises/", state="nonsense").status_code == 400
    assert shop.post("promises/", {}).status_code == 403
    assert orders_written() == before
