"""Returns on the handheld: the parcel is found by return or order, units are graded, and their photos follow."""

from decimal import Decimal

import pytest

from inventory.models import Barcode
from orders.models import Order, ReturnedGoods, ReturnOrder, ReturnPhoto
from tests.factories.floor import broken_checks, in_place
from tests.factories.goods import make_sku
from tests.factories.handhelds import MUG_CODE, Handheld, make_person, only_the_book
from tests.factories.photos import png
from tests.factories.returns import Sale

pytestmark = pytest.mark.django_db
D = Decimal


class Parcel(Sale):
    """Two of the three mugs that were sold come back, approved; a lead's handheld at the dock."""

    def __init__(self):
        super().__init__()
        Barcode.objects.create(company=self.shop.company, sku_id=self.mug, code=MUG_CODE)
        self.pk = self.approved("2")
        _lead, badge = make_person("warehouse_lead", "90210")
        self.hand = Handheld(self.shop, "Dock 1").sign_in(badge)

    def body(self, *lines):
        given = [{"line": self.line_of(self.pk), "quantity": "1", "disposition": "restock"} | line for line in lines]
        return {"return": self.pk, "lines": given}


def test_units_are_graded_and_go_where_they_belong_and_photos_follow(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    parcel = Parcel()
    found, order = ReturnOrder.objects.get(), Order.objects.get()
    listed = parcel.hand.client.get("/scan/returns/").content.decode()
    page = parcel.hand.client.get(f"/scan/returns/{parcel.pk}/").content.decode()
    command = parcel.hand.command(
        "return",
        parcel.body({"grade": "A"}, {"grade": "C", "disposition": "quarantine", "note": "Scratched"}),
    )

    [done] = parcel.hand.send(command).json()["results"]
    url = f"/scan/photo/?command={command['id']}&n=1"
    photo = parcel.hand.client.post(url, png(), content_type="image/png")

    assert found.number in listed and order.number in listed and MUG_CODE in page
    assert (done["state"], done["result"]["state"], photo.status_code) == ("done", "inspected", 200)
    goods = ReturnedGoods.objects.order_by("pk").values_list("grade", "disposition", "note")
    assert sorted(goods) == [("A", "restock", ""), ("C", "quarantine", "Scratched")]
    assert in_place(parcel.mug, parcel.shop.quarantine)[0] == 1
    assert ReturnPhoto.objects.get().return_line_id == parcel.line_of(parcel.pk)
    assert ReturnOrder.objects.get().status == "inspected"  # the money waits for the order desk
    assert broken_checks() == []


def test_what_nobody_expected_is_taken_in_by_its_barcode():
    parcel = Parcel()
    make_sku(parcel.shop, "CUP")
    unexpected = {"line": None, "code": "CUP", "disposition": "inspect"}

    with only_the_book():
        unknown = parcel.hand.does("return", parcel.body({"line": None, "code": "NOBODY"}))
    done = parcel.hand.does("return", parcel.body({"quantity": "2", "grade": "B"}, unexpected))

    assert unknown["code"] == "unknown_item"
    assert done["state"] == "done" and ReturnedGoods.objects.count() == 2
    assert broken_checks() == []


def test_what_cannot_be_is_said_and_nothing_is_booked():
    parcel = Parcel()

    def code(*lines, **values):
        with only_the_book():
            return parcel.hand.does("return", parcel.body(*lines) | values)["code"]

    assert code({"quantity": "3"}) == "more_than_expected"
    assert code({"grade": "Z"}) == "bad_grade"
    assert code({"disposition": "eat"}) == "bad_disposition"
    assert code() == "no_lines"
    assert code({}, **{"return": 10**9}) == "unknown_return"
    _picker, badge = make_person("picker", "4711")
    other = Handheld(parcel.shop, "Scanner 2").sign_in(badge)
    with only_the_book():
        assert other.does("return", parcel.body({}))["code"] == "not_permitted"
