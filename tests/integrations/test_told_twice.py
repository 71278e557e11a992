"""An order placed over the API or from a file without ids of its lines, told again by its channel, is the same order."""

import json
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.core.api.auth import make_api_key
from backoffice.core.models import AuditEvent, User
from integrations import services
from integrations.models import Connection, Cursor, QuarantinedRow, TrackingPush
from inventory.models import Allocation
from orders.models import Hold, Order, OrderLine
from orders.services import LineAddition, OrderEdit, change_order
from tests.factories.books import ACTOR
from tests.factories.channels import START, deliver_outbox, sample_order
from tests.factories.staff import sign_in
from tests.integrations.test_conformance import unproved
from tests.integrations.test_pulling import pull
from tests.integrations.test_pushing import ship

TODAY = date(2026, 3, 10)
LINE = {"sku": "MUG", "quantity": "1", "unit_price": "10.00", "tax": "2.00", "tax_rate": "0.2"}


class Storefront:
    """What posts the shop's orders to us as well, with a key of its channel."""

    def __init__(self, connected):
        self.connected, self.sent = connected, 0
        robot = User.objects.create_superuser("robot")
        _key, self.secret = make_api_key(
            name="t", user=robot, scopes=("orders:write", "orders:read"), channel_id=connected.channel.pk
        )

    def headers(self):
        self.sent += 1
        return {"authorization": f"Api-Key {self.secret}", "idempotency-key": f"k-{self.sent}"}

    def place(self, *lines, number=1):
        told = sample_order(number, *[line["sku"] for line in lines])
        total = sum(
            (Decimal(line["quantity"]) * Decimal(line["unit_price"]) + Decimal(line["tax"]) for line in lines),
            Decimal(6),
        )
        body = {
            "external_id": told["id"], "placed_at": told["created_at"], "currency": "GBP", "prices_include_tax": False,
            "lines": list(lines), "charges": [{"kind": "shipping", "unit_price": "5.00", "tax": "1.00"}],
            "total": str(total),
        }  # fmt: skip
        return Client().post(
            "/api/v1/orders/", json.dumps(body), content_type="application/json", headers=self.headers()
        )

    def see(self, order):
        return Client().get(f"/api/v1/orders/{order.pk}/", headers=self.headers()).json()


@pytest.fixture
def storefront(connected):
    return Storefront(connected)


def item(id, sku, quantity=1, price="10.00"):
    return {
        "id": id, "sku": sku, "title": "", "quantity": quantity, "unit_price": price, "discount": "0.00",
        "tax": str(Decimal(price) * quantity / 5), "tax_rate": "0.2",
    }  # fmt: skip


def told(connected, *items, number=1):
    """The shop tells the order with its own ids of the lines."""
    total = sum((Decimal(i["unit_price"]) * i["quantity"] + Decimal(i["tax"]) for i in items), Decimal(6))
    connected.clock.forward(minutes=1)
    connected.sell(number, items=list(items), grand_total=str(total))
    return pull(connected)[1].counts


def lines(order=None):
    rows = OrderLine.objects.filter(order=order) if order else OrderLine.objects.all()
    return list(rows.order_by("position").values_list("external_id", "channel_sku", "quantity", "cancelled"))


def test_lines_without_ids_are_the_channels_and_take_its_ids(connected, storefront):
    answer = storefront.place(LINE, LINE | {"sku": "CUP"}, LINE | {"quantity": "3", "tax": "6.00"})
    assert answer.status_code == 201, answer.content
    order, claimed = Order.objects.get(), Allocation.objects.count()

    counts = told(connected, item("71", "CUP"), item("72", "MUG", 3), item("73", "MUG"))

    assert not QuarantinedRow.objects.exists(), QuarantinedRow.objects.values("code", "reason")
    assert sum(counts.values()) == 1 and Order.objects.get().total == order.total
    assert lines() == [("73", "MUG", 1, 0), ("71", "CUP", 1, 0), ("72", "MUG", 3, 0)]
    assert Allocation.objects.count() == claimed and not Hold.objects.exists()
    assert [line["external_id"] for line in storefront.see(order)["lines"]] == ["73", "71", "72"]
    named = AuditEvent.objects.filter(action="line_named", object_id=order.pk).order_by("pk")
    assert list(named.values_list("field", "new_value")) == [
        ("lines.1.external_id", "73"), ("lines.2.external_id", "71"), ("lines.3.external_id", "72"),
    ]  # fmt: skip
    told(connected, item("71", "CUP"), item("72", "MUG", 2), item("73", "MUG"))  # from now on by their ids
    assert lines() == [("73", "MUG", 1, 0), ("71", "CUP", 1, 0), ("72", "MUG", 3, 1)]
    assert unproved() == []


def test_what_ships_is_told_under_the_channels_ids(connected, storefront):
    storefront.place(LINE)
    told(connected, item("71", "MUG"))
    ship(connected, Order.objects.get())
    deliver_outbox()
    services.push_tracking(connection_id=connected.id)

    assert TrackingPush.objects.get().status == "sent"
    [shipment] = connected.app.shop.fulfilments("S1")
    assert [(row["item_id"], row["quantity"]) for row in shipment["items"]] == [("71", "1")]


def test_what_the_channel_changed_meanwhile_is_changed_and_lines_of_ours_stay(connected, storefront):
    storefront.place(LINE, LINE | {"sku": "CUP"})
    order = Order.objects.get()
    ours = LineAddition(connected.cup, Decimal(2), Decimal("1.00"), tax_rate=Decimal(0))
    change_order(
        order.pk, edit=OrderEdit(added=[ours]), company_id=order.company_id, actor=ACTOR, reason="a gift", today=TODAY,
        may_price=True,
    )  # fmt: skip

    told(connected, item("71", "MUG", 2), item("72", "CUP", 1, "8.00"))

    assert lines() == [("71", "MUG", 2, 0), ("72", "CUP", 1, 0), ("", "CUP", 2, 0)]
    assert OrderLine.objects.get(external_id="72").unit_price == 8
    [hold] = Hold.objects.all()  # our gift is not in the channel's total: a person looks
    assert (hold.kind, "ours is" in hold.reason) == ("total", True)
    assert unproved() == []


@pytest.mark.parametrize(
    ("placed", "sold", "said"),
    [
        ([LINE, LINE], [item("71", "MUG", 2), item("72", "CUP")], "here 1 × MUG, 1 × MUG, at the channel 2 × MUG, 1 × CUP"),
        ([LINE | {"quantity": "2", "tax": "4.00"}], [item("71", "MUG"), item("72", "MUG")], "here 2 × MUG, at the channel"),
        ([LINE], [item("71", "CUP")], "here 1 × MUG, at the channel 1 × CUP"),
        (
            [LINE, LINE | {"quantity": "2", "tax": "4.00"}], [item("71", "MUG", 4), item("72", "MUG", 5)],
            "here 1 × MUG, 2 × MUG, at the channel 4 × MUG, 5 × MUG",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_told_apart_is_held_with_the_reason_and_nothing_is_written(
    connected, storefront, placed, sold, said
):
    assert storefront.place(*placed).status_code == 201
    order, before = Order.objects.get(), lines()

    counts = told(connected, *sold)

    assert counts == {"quarantined": 1} and lines() == before
    row = QuarantinedRow.objects.get()
    assert (row.code, row.order_id, row.status) == ("lines_unclear", order.pk, "open") and said in row.reason
    [hold] = order.holds.all()
    assert (hold.kind, hold.reason, hold.released_at) == ("manual", row.reason[:300], None)
    assert not order.fulfilments.filter(status="ready").exists()
    assert said in json.dumps(storefront.see(order), ensure_ascii=False)
    page = sign_in("order_desk").get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
    assert said in page
    told(connected, *sold)
    assert order.holds.count() == 1 and lines() == before
    assert unproved() == []


def test_an_order_that_the_channel_told_first_is_not_placed_again(connected, storefront):
    told(connected, item("71", "MUG"))
    before = lines()

    answer = storefront.place(LINE)

    assert (answer.status_code, answer.json()["code"]) == (409, "external_id_reused")
    assert {"field": "lines.0.external_id", "here": "71", "sent": ""} in answer.json()["context"]["differs"]
    assert lines() == before and Order.objects.count() == 1
    assert unproved() == []


def test_a_file_without_ids_and_then_the_channel(connected, tmp_path):
    """A shop that gave files until its programming interface was connected."""
    (tmp_path / "orders").mkdir()
    interface = {name: getattr(connected.connection, name) for name in ("connector", "settings")}
    files = {"connector": "csv_folder", "settings": {"path": str(tmp_path), "currency": "GBP"}}
    mine = Connection.objects.filter(pk=connected.id)
    heading = "order_id,placed_at,sku,quantity,unit_price,tax,tax_rate,shipping\n"
    first = heading + "".join(f"S1,2026-03-10T09:00:00Z,{sku},1,10.00,2.00,0.2,5\n" for sku in ("MUG", "CUP"))
    mine.update(**files)
    (tmp_path / "orders" / "a.csv").write_text(first)
    pull(connected)
    assert lines() == [("#1", "MUG", 1, 0), ("#2", "CUP", 1, 0)]

    mine.update(**interface)
    Cursor.objects.update(value=START.isoformat())
    told(connected, item("71", "CUP"), item("72", "MUG"))
    assert lines() == [("72", "MUG", 1, 0), ("71", "CUP", 1, 0)] and not QuarantinedRow.objects.exists()

    mine.update(**files)
    (tmp_path / "orders" / "b.csv").write_text(first.replace("CUP,1,", "CUP,2,"))  # again, with one more of a line
    pull(connected)

    # the shop's own word has a time, the file has none: it does not undo it
    assert lines() == [("72", "MUG", 1, 0), ("71", "CUP", 1, 0)]
    assert unproved() == []


def test_a_file_with_ids_and_then_one_without(connected, tmp_path):
    (tmp_path / "orders").mkdir()
    files = {"connector": "csv_folder", "settings": {"path": str(tmp_path), "currency": "GBP"}}
    Connection.objects.filter(pk=connected.id).update(**files)
    heading = "order_id,placed_at,sku,quantity,unit_price,tax,tax_rate,shipping"
    rows = [f"S1,2026-03-10T09:00:00Z,{sku},1,10.00,2.00,0.2,5" for sku in ("MUG", "CUP")]
    (tmp_path / "orders" / "a.csv").write_text(f"{heading},line_id\n{rows[0]},A\n{rows[1]},B\n")
    pull(connected)
    (tmp_path / "orders" / "b.csv").write_text(f"{heading}\n{rows[1].replace('CUP,1', 'CUP,2')}\n{rows[0]}\n")

    pull(connected)

    assert lines() == [("A", "MUG", 1, 0), ("B", "CUP", 2, 0)] and not QuarantinedRow.objects.exists()
    assert unproved() == []
