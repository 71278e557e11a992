"""Stocktakes at the pages: planned, counted blind, counted again, approved, exported, printed."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from tests.factories.counting import CountHouse, count_facts, lies, status, task_of
from tests.factories.goods import goods_differ, make_stock
from tests.factories.staff import said, sign_in
from warehouse.counts import sheet_rows
from warehouse.models import CountTask, Stocktake

D = Decimal
ADD = "admin:warehouse_stocktake_add"


@pytest.fixture
def house(db):
    return CountHouse()


def form(house, **values):
    return {
        "warehouse": house.shop.warehouse.pk, "what": "everything", "zone": "", "first": "", "last": "", "names": "",
        "due_date": "", "assigned_to": "", "tolerance_percent": "0", "tolerance_value": "0", "note": "Year end",
    } | values  # fmt: skip


def page(client, **query):
    return client.get(reverse("admin:warehouse_stocktake_change", args=[newest().pk]), query).content.decode()


def newest():
    return Stocktake.objects.latest("pk")


def press(client, name, **data):
    return client.post(reverse("admin:warehouse_stocktake_step", args=[newest().pk, name]), data)


def tick(client, house, what, *places, **data):
    tasks = [task_of(newest(), place).pk for place in places]
    return client.post(
        reverse("admin:warehouse_stocktake_places", args=[newest().pk]), {"task": tasks, "do": what} | data
    )


def write(client, place, code, quantity, **data):
    body = {"place": place, "code": code, "quantity": quantity} | data
    return client.post(reverse("admin:warehouse_stocktake_count", args=[newest().pk]), body)


def test_a_stocktake_from_plan_to_posting(house):
    lead, picker, other = sign_in("warehouse_lead"), sign_in("picker"), sign_in("owner")
    lead.post(reverse(ADD), form(house))
    assert "0 / 2" in page(lead) and "Year end" in page(lead)

    assert said(write(picker, "a1", "MUG", "7")) == ["A1: MUG counted."]
    write(picker, "A2", "CUP", "4")
    tick(picker, house, "finish", house.shop.bin, house.shop.second_bin)
    assert (status(newest()), "1 / 2" in page(picker)) == ("recount", True)
    assert said(write(picker, "A1", "MUG", "7")) == ["You counted A1 before: somebody else has to count it again."]
    write(other, "A1", "MUG", "8")
    tick(other, house, "finish", house.shop.bin)

    shown = page(lead)
    assert "To be reviewed" in shown and "10.00" in shown and "count 2" in shown
    assert said(press(other, "approve", version=newest().version)) == [
        "You counted here: somebody else has to approve it."
    ]
    assert said(press(lead, "approve", version="0")) == [
        "The figures have changed since you looked at them: look again, then approve."
    ]
    press(lead, "approve", version=newest().version)
    assert (status(newest()), lies(house.mug, house.shop.bin)) == ("posted", 8)
    assert "ADJ-" in page(lead) and goods_differ() == []


def without_tokens(text: str) -> str:
    """A page without what is drawn by lot for its forms, in which any number may stand."""
    return re.sub(r'value="[A-Za-z0-9]{64}"', "", text)


def test_nobody_is_shown_what_the_books_say_while_it_is_counted(house):
    """Blind by the server: page, sheet, export and list, for a picker and for a lead alike."""
    secret = "437"
    make_stock(house.shop, house.mug, secret, "10.00", key="more")
    expected = str(10 + int(secret))
    made = house.planned()
    for role in ("picker", "warehouse_lead", "owner"):
        client = sign_in(role)
        house_page = page(client) + page(client, show="all", places="open")
        listed = client.get(reverse("admin:warehouse_stocktake_changelist")).content.decode()
        export = b"".join(
            client.get(reverse("admin:warehouse_stocktake_export", args=[made.pk, "csv"])).streaming_content
        ).decode()
        assert expected not in without_tokens(house_page + listed) + export and "Expected" not in house_page + export
    house.count(made, house.anna, {house.mug: 1})
    assert status(made) == "recount" and expected not in without_tokens(page(sign_in("owner"), show="all"))
    house.count(made, house.ben, {house.mug: 2})

    assert expected in page(sign_in("warehouse_lead")) and expected not in without_tokens(page(sign_in("picker")))


def test_the_sheet_has_places_and_articles_and_no_quantity(house):
    made = house.planned(house.shop.bin, house.shop.second_bin)

    assert [tuple(row) for row in sheet_rows(made)] == [("A1", "MUG", "MUG", "", ""), ("A2", "CUP", "CUP", "", "")]
    answer = sign_in("picker").get(reverse("admin:warehouse_stocktake_sheet", args=[made.pk]))
    assert answer["content-type"] == "application/pdf" and answer.content.startswith(b"%PDF")


def test_places_are_assigned_counted_again_and_exported(house):
    lead = sign_in("warehouse_lead")
    made = house.counted({house.mug: 8})
    export = b"".join(lead.get(reverse("admin:warehouse_stocktake_export", args=[made.pk, "csv"])).streaming_content)
    assert "A1,MUG,MUG,,8,10,-2,0,-10" in export.decode()

    tick(lead, house, "recount", house.shop.bin, reason="Look behind the door")
    assert status(made) == "recount" and "Look behind the door" in page(lead)
    tick(lead, house, "assign", house.shop.bin, user=house.carla.user_id)

    assert CountTask.objects.get(stocktake=made).assigned_to_id == house.carla.user_id


def test_what_cannot_be_is_said_and_nothing_is_written(house):
    lead, picker = sign_in("warehouse_lead"), sign_in("picker")
    house.planned()
    before = count_facts()

    for body, words in (
        (form(house, what="bins", names="Z9"), "Z9 is no place of this warehouse that can be counted."),
        (form(house, what="bins", names=""), "Name at least one."),
        (form(house, what="skus", names="NOPE"), "There is no SKU"),
        (form(house, what="range"), "Give the first bin, the last one, or both."),
        (form(house, what="zone"), "Choose a zone of this warehouse."),
        (form(house, what="bins", names="A1"), "A1 is being counted in ST-"),
        (form(house, tolerance_percent="-1"), "greater than or equal to 0"),
    ):
        assert words in lead.post(reverse(ADD), body).content.decode()
    assert said(write(picker, "A1", "NOPE", "1")) == ["There is no SKU “NOPE”."]
    assert said(write(picker, "A2", "MUG", "1")) == ["A2 is not part of this stocktake."]
    assert "is not a quantity" in said(write(picker, "A1", "MUG", "-1"))[0]
    assert "Was a barcode scanned" in said(write(picker, "A1", "MUG", "5012345678"))[0]
    assert said(tick(lead, house, "finish")) == ["Tick at least one place."]
    assert count_facts() == before
    assert picker.post(reverse(ADD), form(house)).status_code == 403
    assert press(picker, "approve", version=newest().version).status_code == 403
    assert press(sign_in("buyer"), "cancel", reason="x").status_code == 403
