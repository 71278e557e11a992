"""What the order desk and the floor call off, give back and let go over HTTP: once, and a second time refused."""

from decimal import Decimal

import pytest

from backoffice.core.proof import run_checks
from orders.models import Channel, Fulfilment, Order, Shipment
from tests.api.conftest import ended, order_body
from tests.api.test_changes import draft_body
from tests.api.test_counting import floor, lines, plan
from tests.api.test_ends_of_goods import WHY, made, two
from tests.api.test_labels import scanner, shipment
from tests.factories.carriers import make_carrier
from tests.factories.counting import lies
from tests.factories.floor import broken_checks

__all__ = ["floor", "scanner", "shipment", "two"]
pytestmark = pytest.mark.django_db


def placed(two, external_id="W-1"):
    answer = two.caller("orders:write").post("orders/", order_body(external_id))
    assert answer.status_code == 201, answer.content
    return Fulfilment.objects.get(order_id=answer.json()["id"])


def test_a_draft_is_called_off(two):
    shop = two.caller("orders:read", "orders:write")
    path, _row = made(shop, "drafts/", draft_body())

    assert ended(shop, f"{path}cancel/", **WHY)["status"] == "cancelled"
    assert not Order.objects.exists()


def test_an_order_is_released_by_hand_where_its_channel_waits_for_it(two):
    Channel.objects.filter(pk=two.channel.pk).update(auto_release=False)
    order = two.caller("orders:write").post("orders/", order_body()).json()["id"]
    assert not Fulfilment.objects.exists()

    assert ended(two.desk, f"orders/{order}/release/")["status"] == "released"


def test_two_orders_in_one_parcel_part_again(two):
    ids = [placed(two, name).pk for name in ("W-1", "W-2")]
    assert two.desk.post("orders/merge/", {"fulfilments": ids}).status_code == 200

    assert ended(two.desk, "orders/unmerge/", fulfilments=ids)["merge_group"] is None
    assert run_checks().ok


def test_a_round_is_given_back_to_all(two):
    placed(two)
    two.desk.post("waves/", {"warehouse": "LON", "method": "batch", "release": True})
    [row] = two.desk.get("pick-rounds/", status="open").json()["results"]
    two.desk.post(f"pick-rounds/{row['id']}/take/", {})

    assert ended(two.desk, f"pick-rounds/{row['id']}/give-back/")["assigned_to"] is None


def test_an_order_is_not_fetched_in_the_shop(two):
    order = placed(two).order_id
    path, _row = made(two.desk, "pickups/", {"order": order, "warehouse": "LON"})

    assert ended(two.desk, f"{path}cancel/", **WHY)["status"] == "cancelled"
    assert Order.objects.get().status == "released"


def test_a_label_is_given_back_before_the_carrier_came(world, scanner, shipment):
    service = make_carrier(world.house)
    [_label] = scanner.post(f"shipments/{shipment}/label/", {"service": service.pk}).json()
    assert Shipment.objects.get().status == "labelled"

    voided = scanner.post(f"shipments/{shipment}/void-label/", WHY)

    assert (voided.status_code, scanner.post(f"shipments/{shipment}/void-label/", WHY).json()) == (200, [])
    assert Shipment.objects.get().status == "draft" and run_checks().ok


def test_a_carton_stands_on_a_pallet_that_leaves_with_all_that_is_packed(two):
    work = placed(two)
    [pallet] = two.desk.post("handling-units/", {"location": two.house.dock}).json()
    [carton] = two.desk.post("handling-units/", {"kind": "carton", "location": two.house.dock}).json()
    assert len(two.desk.get("handling-units/").json()["results"]) == 2
    empty = two.desk.post(f"handling-units/{pallet['id']}/ship/", {})
    assert (empty.status_code, empty.json()["code"]) == (409, "nothing_packed")
    two.desk.post("waves/", {"warehouse": "LON", "method": "cluster", "release": True})
    [row] = two.desk.get("pick-rounds/").json()["results"]
    [tote] = row["totes"]
    path = f"pick-rounds/{row['id']}/"
    two.desk.post(f"{path}take/", {})
    chosen = two.desk.post(f"{path}tote/", {"pick_list": tote["pick_list"], "tote": carton["code"]})
    assert chosen.status_code == 200, chosen.content
    two.desk.post(f"{path}pick/", {"tasks": [task["id"] for task in row["tasks"]], "quantity": "2"})

    nested = two.desk.post(f"handling-units/{carton['id']}/nest/", {"parent": pallet["code"]})
    assert (nested.status_code, nested.json()["parent"]) == (200, pallet["code"]), nested.content
    packed = two.desk.post(f"fulfilments/{work.pk}/pack/", {}).json()["shipment"]
    body = {"carrier": "Haulier", "tracking_number": "P1"}
    assert ended(two.desk, f"handling-units/{pallet['id']}/ship/", **body) == {"shipments": [packed]}
    assert Shipment.objects.get().tracking_number == "P1" and broken_checks() == []


def test_what_was_counted_is_approved_first_and_booked_later(floor):
    path = f"stocktakes/{plan(floor)['id']}"
    floor.anna.post(f"{path}/counts/", lines("8"))
    floor.ben.post(f"{path}/counts/", lines("8"))
    version = floor.lead.get(f"{path}/").json()["version"]
    told = floor.lead.get(f"{path}/export/", **{"as": "csv"})
    assert b"MUG" in b"".join(told.streaming_content)
    approved = floor.lead.post(f"{path}/approve/", {"version": version, "post": False})
    assert (approved.status_code, lies(floor.mug, floor.house.bin)) == (200, 10), approved.content

    assert ended(floor.lead, f"{path}/post/")["status"] == "posted"
    assert Decimal(lies(floor.mug, floor.house.bin)) == 8
