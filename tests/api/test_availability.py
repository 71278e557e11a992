"""A storefront asks what there is and when more can be promised."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.models import Sku
from inventory.services import SkuInput, ensure_skus
from orders.models import LinePromise
from orders.services.release_dates import set_release_date
from tests.factories.books import ACTOR
from tests.factories.buying import in_days, make_purchase
from tests.factories.events import order_pump
from tests.factories.goods import make_demand
from tests.factories.kits import make_kit
from tests.factories.sales import line, make_channel, order, orders_written, place


def test_what_is_there_and_when_more_can_be_promised(world):
    make_purchase(world.house, world.mug, "5", 7)
    make_demand(world.house, world.cup, "3")

    response = world.caller("stock:read").post(
        "availability/", {"items": [{"sku": "mug", "quantity": "12"}, {"sku": "CUP"}, {"sku": "NO-SUCH"}]}
    )

    assert response.status_code == 200, response.content
    mug, cup, unknown = response.json()["results"]
    assert mug == {
        "sku": "MUG", "code": "", "available": "10.000000", "waiting": "0.000000", "release_date": None,
        "channel_release_date": None,
        "promisable": [
            {"date": str(in_days(0)), "quantity": "10.000000"}, {"date": str(in_days(7)), "quantity": "15.000000"},
        ],
        "promise": {
            "date": str(in_days(7)),
            "parts": [
                {"date": str(in_days(0)), "quantity": "10.000000"}, {"date": str(in_days(7)), "quantity": "2.000000"},
            ],
            "short": "0.000000",
        },
    }  # fmt: skip
    assert (cup["available"], cup["waiting"], cup["promisable"], cup["promise"]) == ("2.000000", "3.000000", [], None)
    assert (unknown["sku"], unknown["code"]) == ("NO-SUCH", "unknown_sku")


def test_one_warehouse_alone(world):
    caller = world.caller("stock:read")

    here = caller.post("availability/", {"items": [{"sku": "MUG"}], "warehouse": "LON"}).json()["results"][0]
    nowhere = caller.post("availability/", {"items": [{"sku": "MUG"}], "warehouse": "MARS"})

    assert here["available"] == "10.000000"
    assert (nowhere.status_code, nowhere.json()["errors"][0]["code"]) == (400, "unknown_warehouse")


def test_a_thousand_skus_are_one_request_of_as_many_statements_as_one(world):
    ensure_skus([SkuInput(f"S{n}", "many") for n in range(999)], company_id=world.house.id)
    caller = world.caller("stock:read")
    caller.post("availability/", {"items": [{"sku": "MUG"}]})
    counts = []
    for size in (1, 999):
        body = {"items": [{"sku": "MUG"}, *({"sku": f"S{n}"} for n in range(size))]}
        with CaptureQueriesContext(connection) as queries:
            response = caller.post("availability/", body)
        counts.append(len(queries))
        assert len(response.json()["results"]) == size + 1
    assert counts[0] == counts[1] <= 11


def test_bad_questions_are_refused_by_field_and_nothing_is_written(world):
    caller = world.caller("stock:read")
    before = orders_written()

    for body, field in (
        ({"items": []}, "items"),
        ({"items": [{"sku": "MUG", "quantity": "-1"}]}, "items.0.quantity"),
        ({"items": [{"sku": "X"}] * 1001}, "items"),
        ({"items": [{"sku": "MUG"}], "company": "other"}, "company"),
        ({"items": [{"sku": "MUG"}], "channel": "nowhere"}, "channel"),
    ):
        response = caller.post("availability/", body)
        assert response.status_code == 400
        assert response.json()["errors"][0]["field"] == field

    assert world.caller("orders:read").post("availability/", {"items": [{"sku": "MUG"}]}).status_code == 403
    assert orders_written() == before


def test_kits_are_promised_whole_from_their_components_by_day(world):
    make_kit(world.house, {world.mug: "2", world.cup: "1"})
    make_kit(world.house, {world.mug: "1", world.cup: "3"}, "TRIO", policy="parts")
    make_purchase(world.house, world.cup, "3", 5)
    make_purchase(world.house, world.mug, "4", 9)
    body = {"items": [{"sku": "SET", "quantity": "6"}, {"sku": "TRIO", "quantity": "1"}]}

    response = world.caller("stock:read").post("availability/", body)

    kit, trio = response.json()["results"]
    assert (kit["code"], kit["available"], kit["waiting"]) == ("", "2.000000", "0.000000")  # two cups, ten mugs
    assert [(part["date"], part["quantity"]) for part in kit["promisable"]] == [
        (str(in_days(0)), "2.000000"),
        (str(in_days(5)), "5.000000"),
    ]
    assert (kit["promise"]["date"], kit["promise"]["short"]) == (None, "1.000000")
    assert (trio["available"], trio["promise"]["date"]) == ("0.000000", str(in_days(5)))
    here = world.caller("stock:read").post("availability/", body | {"warehouse": "LON"}).json()["results"][0]
    assert here["available"] == "2.000000"


def test_the_skus_own_release_date_and_the_channels_are_told_and_the_channels_counts(world):
    make_kit(world.house, {world.mug: "1", world.cup: "1"})
    other = make_channel(world.house, "other")
    Sku.objects.filter(pk=world.mug).update(release_date=in_days(30))
    set_release_date(world.channel, world.mug, in_days(5), actor=ACTOR)
    body = {"items": [{"sku": "MUG", "quantity": "1"}, {"sku": "SET", "quantity": "1"}, {"sku": "CUP"}]}

    def days(caller, **more):
        rows = caller.post("availability/", body | more).json()["results"]
        return [(r["release_date"], r["channel_release_date"], r["promise"] and r["promise"]["date"]) for r in rows]

    own, fifth = str(in_days(30)), str(in_days(5))
    assert days(world.caller("stock:read")) == [(own, fifth, fifth), (own, fifth, fifth), (None, None, None)]
    everywhere = world.caller("stock:read", bound=False)
    assert days(everywhere) == [(own, None, own), (own, None, own), (None, None, None)]
    assert days(everywhere, channel="WEB")[0] == (own, fifth, fifth)
    assert days(everywhere, channel="other")[0] == (own, None, own)
    strange = world.caller("stock:read", channel=other).post("availability/", body | {"channel": "web"})
    assert (strange.status_code, strange.json()["errors"][0]["code"]) == (400, "unknown_channel")


def test_a_release_date_that_is_moved_over_the_api_moves_what_was_promised(world):
    Sku.objects.filter(pk=world.mug).update(release_date=in_days(30))
    place(world.channel, order("W", line("MUG", "1")))
    pump = order_pump()

    answer = world.caller("catalogue:write", "catalogue:read").patch(
        f"skus/{world.mug}/", {"release_date": str(in_days(40))}
    )
    pump.run()

    assert answer.status_code == 200, answer.content
    assert LinePromise.objects.get().expected_date == in_days(40)
