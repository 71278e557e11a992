"""A delivery's way from the notice to the shelf, or back to its supplier; what is short, over or damaged is told."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from backoffice.core.api.auth import make_api_key
from backoffice.core.errors import IllegalTransition
from backoffice.core.models import User
from inventory.models import AdvanceNotice, Location, PurchaseOrderLine
from inventory.services import NoticeLine, cancel_notice, note_delivery
from tests.api.conftest import Caller
from tests.factories.books import ACTOR, NOON
from tests.factories.buying import in_days, make_purchase
from tests.factories.floor import broken_checks, facts, in_place, make_channel, make_order
from tests.factories.goods import balance, level, make_shop, make_sku
from tests.factories.photos import png
from tests.factories.refusals import refused, refused_as
from tests.factories.staff import said, sign_in
from warehouse.errors import ReceiptRefused
from warehouse.models import FloorTask, Receipt, ReceiptPhoto, ReceiptProblem, ReceiptStatus
from warehouse.services import (
    DeliveredLine,
    arrive,
    cancel_receipt,
    expect_receipts,
    finish_receiving,
    post_back,
    receive_delivery,
    start_receiving,
)
from warehouse.states import RECEIPT

pytestmark = pytest.mark.django_db
D = Decimal


class Dock:
    """10 MUG ordered, of which a notice announces 8; the receipt that is expected of it."""

    def __init__(self):
        self.shop = make_shop()
        self.mug = make_sku(self.shop)
        self.order = make_purchase(self.shop, self.mug, "10")
        self.line = PurchaseOrderLine.objects.get(purchase_order=self.order)
        self.at = {"company_id": self.shop.id, "actor": ACTOR}
        note_delivery(
            [NoticeLine(self.line.pk, D(8))], purchase_order_id=self.order.pk, reference="ASN-1",
            expected_date=in_days(1), **self.at,
        )  # fmt: skip
        [self.pk] = expect_receipts(**self.at)

    @property
    def status(self):
        return Receipt.objects.get(pk=self.pk).status

    def takes(self, quantity, **values):
        line = {name: values.pop(name) for name in ("condition", "note") if name in values}
        return receive_delivery(
            [DeliveredLine(self.line.pk, D(quantity), self.shop.dock, **line)], po_id=self.order.pk,
            effective_at=timezone.now(), **{"receipt_id": self.pk} | values, **self.at,
        )  # fmt: skip


@pytest.fixture
def dock():
    return Dock()


def test_a_delivery_goes_its_way_and_what_lacks_is_told(dock):
    at = dock.at
    assert expect_receipts(**at) == [] and dock.status == "expected"
    arrive(dock.pk, at=NOON, dock_id=dock.shop.dock, **at)
    start_receiving(dock.pk, at=NOON, **at)
    first, _over = dock.takes("4", finish=False, reference="DN-1")
    second, _over = dock.takes("2", finish=False, reference="DN-1", condition="damaged", note="Crushed")

    assert (first.state, second.state, dock.status) == ("receiving", "receiving", "receiving")
    finish_receiving(dock.pk, at=NOON, **at)

    assert dock.status == "received" and AdvanceNotice.objects.get().status == "received"
    told = ReceiptProblem.objects.order_by("pk").values_list("kind", "quantity", "note")
    assert list(told) == [("damaged", 2, "Crushed"), ("short", 2, "8 were announced.")]
    damaged = Location.objects.get(warehouse=dock.shop.warehouse, kind="damaged")
    assert in_place(dock.mug, damaged.pk) == (2, 0)
    assert level(dock.shop, dock.mug) == (6, 4, 0)  # what is damaged is ours, and not for sale
    [task] = FloorTask.objects.all()
    assert (task.quantity, task.from_location_id) == (4, dock.shop.dock)
    assert broken_checks() == []


def test_only_legal_steps_are_taken_and_nothing_is_written(dock):
    before = facts()
    with refused(IllegalTransition):
        finish_receiving(dock.pk, at=NOON, **dock.at)
    with refused(IllegalTransition):
        post_back(dock.pk, at=NOON, reason="Wrong", **dock.at)
    with refused_as(ReceiptRefused, "unknown_dock"):
        arrive(dock.pk, at=NOON, dock_id=dock.shop.bin, **dock.at)
    with refused_as(ReceiptRefused, "unknown_condition"):
        dock.takes("1", condition="wet")
    assert facts() == before
    start_receiving(dock.pk, at=NOON, **dock.at)
    with refused_as(ReceiptRefused, "nothing_came"):
        finish_receiving(dock.pk, at=NOON, **dock.at)
    with refused(IllegalTransition):
        cancel_receipt(dock.pk, reason="Lost", **dock.at)
    dock.takes("8")
    with refused_as(ReceiptRefused, "over"):
        dock.takes("1", reference="DN-2")
    assert set(RECEIPT) == set(ReceiptStatus.values)


def test_a_notice_and_its_receipt_are_cancelled_together():
    dock = Dock()
    cancel_receipt(dock.pk, reason="Sunk", **dock.at)
    assert (dock.status, AdvanceNotice.objects.get().status) == ("cancelled", "cancelled")

    made = note_delivery(
        [NoticeLine(dock.line.pk, D(1))], purchase_order_id=dock.order.pk, reference="ASN-2",
        expected_date=in_days(1), **dock.at,
    )  # fmt: skip
    [pk] = expect_receipts(**dock.at)
    cancel_notice(made.notice.pk, reason="Sunk too", **dock.at)
    assert expect_receipts(**dock.at) == [] and Receipt.objects.get(pk=pk).status == "cancelled"


def test_goods_go_back_whole_while_they_are_here_and_nothing_is_owed(dock):
    dock.takes("8")
    owed = balance(dock.shop.company, "grni")
    assert owed == -20

    done = post_back(dock.pk, at=NOON, reason="Wrong colour", **dock.at)

    assert dock.status == "posted_back" and done.supplier_return.status == "shipped"
    assert level(dock.shop, dock.mug) == (0, 0, 0) and balance(dock.shop.company, "grni") == 0
    assert FloorTask.objects.get().status == "cancelled"
    assert broken_checks() == []


def test_what_was_sold_or_set_aside_is_not_posted_back(dock):
    dock.takes("8")
    make_order(make_channel(dock.shop), {dock.mug: "1"})
    before = facts()

    with refused_as(ReceiptRefused, "not_there"):
        post_back(dock.pk, at=NOON, reason="Wrong colour", **dock.at)
    with refused_as(ReceiptRefused, "no_reason"):
        post_back(dock.pk, at=NOON, reason=" ", **dock.at)

    assert facts() == before and dock.status == "received"


def test_at_the_page_a_delivery_arrives_is_received_with_damage_and_posted_back(dock, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    lead = sign_in("warehouse_lead")
    page = reverse("admin:warehouse_receipt_change", args=[dock.pk])

    def press(what, **data):
        url = reverse("admin:warehouse_receipt_step", args=[dock.pk, what])
        return said(lead.post(url, data, follow=True))

    assert "Receive its goods" in lead.get(page).content.decode()
    assert press("arrive") == ["It has arrived."]
    assert press("cancel", reason="Late") != ["It does not come."] and dock.status == "arrived"
    receive = reverse("admin:warehouse_receive", args=[dock.order.pk]) + f"?notice={AdvanceNotice.objects.get().pk}"
    data = {
        "notice": AdvanceNotice.objects.get().pk, "location": dock.shop.dock, f"line-{dock.line.pk}": "5",
        f"damaged-{dock.line.pk}": "3", f"note-{dock.line.pk}": "Wet",
    }  # fmt: skip
    wrong = lead.post(receive, data | {f"damaged-{dock.line.pk}": "many"})
    assert "bo-error" in wrong.content.decode() and dock.status == "arrived"
    data[f"photo-{dock.line.pk}"] = SimpleUploadedFile("a.png", png(), "image/png")
    assert said(lead.post(receive, data, follow=True)) == ["Received into stock."]

    problem = ReceiptProblem.objects.get()
    assert (dock.status, problem.kind, problem.quantity, problem.note) == ("received", "damaged", 3, "Wet")
    assert ReceiptPhoto.objects.get().problem_id == problem.pk
    assert "set aside" in press("post-back", reason="All of it")[0]
    assert "Damaged" in lead.get(page).content.decode()
    assert (
        sign_in("picker").post(reverse("admin:warehouse_receipt_step", args=[dock.pk, "post-back"])).status_code == 403
    )
    assert broken_checks() == []


def test_a_program_takes_a_delivery_its_way(dock):
    robot = User.objects.create_superuser("robot")
    scopes = ("warehouse:read", "warehouse:write")
    _key, secret = make_api_key(name="t", user=robot, scopes=scopes, channel_id=None, company_id=dock.shop.id)
    program = Caller(secret)
    place = Location.objects.get(pk=dock.shop.dock).code
    mine = f"receipts/{dock.pk}/"

    wrong = program.post(f"{mine}finish/", {})
    arrived = program.post(f"{mine}arrive/", {"dock": place})
    started = program.post(f"{mine}start/", {})
    line = {"line": dock.line.pk, "quantity": "8", "location": place}
    body = {"lines": [line, line | {"quantity": "1", "set_aside": "damaged", "note": "Wet"}], "to": dock.pk}
    received = program.post(f"purchase-orders/{dock.order.pk}/receive/", body | {"finish": False})
    finished = program.post(f"{mine}finish/", {})
    refused_back = program.post(f"{mine}post-back/", {"reason": "Wrong"})

    assert (wrong.status_code, arrived.json()["status"], started.json()["status"]) == (409, "arrived", "receiving")
    assert (received.json()["state"], finished.json()["status"]) == ("receiving", "received")
    assert (refused_back.status_code, refused_back.json()["context"]["code"]) == (409, "set_aside")
    assert ReceiptProblem.objects.get().kind == "damaged"
    assert broken_checks() == []
