"""Lists as people want them: views with bounded counts, own columns, saved filters, export, next and previous."""

import datetime
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from backoffice.core.admin import lists
from backoffice.core.models import AuditEvent, SavedView
from orders.models import Order
from orders.services import cancel_order, place_hold
from tests.factories.books import ACTOR
from tests.factories.goods import make_stock
from tests.factories.sales import line
from tests.factories.sheets import read_xlsx
from tests.factories.staff import said, sign_in

LIST = "/admin/orders/order/"
COUNTS = f"{LIST}views/counts/"
DAY = datetime.timedelta(days=1)


def shown(client, **query):
    return [order.pk for order in client.get(LIST, query).context["cl"].result_list]


def tabs(client):
    assert f'hx-get="{COUNTS}"' in client.get(LIST).content.decode()  # the page asks for them when it stands
    return {view.name: count for view, _address, count in client.get(COUNTS).context["tabs"]}


@pytest.fixture
def desk(world):
    today = timezone.localdate()
    world.late = world.place("L-1", line("MUG", "1", "10"), promise_date=today - DAY)
    world.later = world.place("L-2", line("MUG", "1", "10"), promise_date=today + DAY)
    return sign_in("order_desk")


def test_each_view_shows_the_orders_of_its_question(world, desk):
    found = {
        name: sorted(shown(desk, view=name)) for name in ("to_ship_today", "late", "held", "back_ordered", "unpaid")
    }

    assert found == {
        "to_ship_today": sorted([world.ready, world.late]),  # not the one that is promised for tomorrow
        "late": [world.late],
        "held": sorted([world.held, world.unknown]),
        "back_ordered": [world.waiting],
        "unpaid": [world.shipped],
    }
    assert len(shown(desk)) == Order.objects.count()


def test_many_are_asked_for_order_by_order_with_the_same_answer(world, desk, monkeypatch):
    few = {name: sorted(shown(desk, view=name)) for name in ("back_ordered", "unpaid")}

    monkeypatch.setattr("orders.selectors.desk.FEW", 0)

    assert {name: sorted(shown(desk, view=name)) for name in few} == few
    assert few == {"back_ordered": [world.waiting], "unpaid": [world.shipped]}


def test_unpaid_is_what_was_billed_and_what_is_held_until_it_is_paid(world, desk, monkeypatch):
    given = {"kind": "payment", "reason": "3 of 10 is paid", "actor": ACTOR}
    ended = world.place("P-1", line("MUG", "1", "10"))
    for order_id in (world.late, ended):
        place_hold(order_id, company_id=world.house.id, **given)
    cancel_order(ended, company_id=world.house.id, reason="given up", actor=ACTOR)

    assert sorted(shown(desk, view="unpaid")) == sorted(
        [world.shipped, world.late]
    )  # nobody owes for what is cancelled
    assert tabs(desk)["unpaid"] == "2"

    monkeypatch.setattr("orders.selectors.desk.FEW", 0)
    assert sorted(shown(desk, view="unpaid")) == sorted([world.shipped, world.late])


def test_an_order_with_many_waiting_lines_hides_no_other(world, desk, monkeypatch):
    lines = [line("CUP", "1", "10") for _n in range(6)]
    wide = world.place("W-6", *lines)
    monkeypatch.setattr("orders.selectors.desk.FEW", 3)
    monkeypatch.setattr(lists, "COUNT_CAP", 3)

    assert sorted(shown(desk, view="back_ordered")) == sorted([world.waiting, wide])
    assert tabs(desk)["back_ordered"].endswith("+")  # more rows than are looked at: there may be more


def test_the_tabs_count_and_never_beyond_their_cap(world, desk, monkeypatch):
    assert tabs(desk) == {"to_ship_today": "2", "late": "1", "held": "2", "back_ordered": "1", "unpaid": "1", "all": ""}

    monkeypatch.setattr(lists, "COUNT_CAP", 1)

    assert tabs(desk)["held"] == "1+"


def test_views_combine_with_filters_and_search(world, desk):
    assert shown(desk, view="held", q="H-1") == [world.held]
    assert shown(desk, view="held", status__exact="released") == []
    assert shown(desk, kind=world.channel.kind, view="late") == [world.late]
    assert shown(desk, view="nonsense") == shown(desk)


def test_columns_are_chosen_and_exported_as_shown(world, desk):
    page = desk.get(LIST, {"cols": "show_total,show_holds,evil;--"})

    heads = re.findall(r'class="[^"]*column-(\w+)', page.content.decode())
    assert [name for name in dict.fromkeys(heads) if name != "action"] == ["show_number", "show_total", "show_holds"]
    text = (
        desk.get(LIST, {"view": "held", "cols": "show_total,show_holds", "export": "csv"})
        .getvalue()
        .decode("utf-8-sig")
    )
    assert text.splitlines() == [
        "Order,Total,Currency,Holds",
        f"SO-{world.unknown:06d},20,GBP,Unknown SKU",
        f"SO-{world.held:06d},10,GBP,Fraud",
    ]
    sheet = read_xlsx(desk.get(LIST, {"view": "late", "export": "xlsx"}).getvalue())
    assert sheet[0][:5] == ["Order", "External number", "Channel", "Placed", "Promised"]
    assert (len(sheet), sheet[1][0], float(sheet[1][-2])) == (2, f"SO-{world.late:06d}", 10.0)
    kept = AuditEvent.objects.filter(action="exported").order_by("id").values_list("object_type", "new_value", "reason")
    assert list(kept)[-1] == ("orders.order", "xlsx", "view=late")


def test_an_export_reads_any_number_of_rows_with_the_same_questions(world, desk):
    def questions():
        with CaptureQueriesContext(connection) as asked:
            desk.get(LIST, {"export": "csv", "cols": "show_buyer"}).getvalue()
        return len(asked)

    questions()  # content types and such are remembered now
    few = questions()
    for n in range(12):
        world.place(f"M-{n}", line("MUG", "1", "10"))

    assert questions() == few


def test_what_a_buyer_typed_is_no_formula_in_an_export(world, desk):
    world.place("=HYPERLINK(1)", line("MUG", "1", "10"))

    text = desk.get(LIST, {"export": "csv", "cols": "external_id"}).getvalue().decode()

    assert "'=HYPERLINK(1)" in text and ",=HYPERLINK" not in text


def test_a_view_is_saved_shared_and_deleted(world, desk):
    save = reverse("admin:orders_order_save_view")

    made = desk.post(save, {"name": " Mine ", "query": "view=late&cols=show_total&p=3"})
    desk.post(save, {"name": "Ours", "query": "held=1", "shared": "1"})
    mine, ours = SavedView.objects.order_by("name")

    assert (mine.name, mine.query, mine.shared) == ("Mine", "view=late&cols=show_total", False)
    assert made.headers["Location"] == f"{LIST}?view=late&cols=show_total&saved={mine.pk}"
    assert [order.pk for order in desk.get(made.headers["Location"]).context["cl"].result_list] == [world.late]
    other = sign_in("owner")
    assert [view.name for view, _address in other.get(LIST).context["saved_views"]] == ["Ours"]
    assert other.post(reverse("admin:orders_order_forget_view", args=[ours.pk])).status_code == 404
    desk.post(save, {"name": "Mine", "query": "held=1"})  # the same name is written over
    assert SavedView.objects.get(pk=mine.pk).query == "held=1"
    desk.post(reverse("admin:orders_order_forget_view", args=[mine.pk]))
    assert list(SavedView.objects.values_list("name", flat=True)) == ["Ours"]


def test_a_view_without_a_name_is_not_kept(world, desk):
    response = desk.post(reverse("admin:orders_order_save_view"), {"name": "  ", "query": "held=1"})

    assert said(response) == ["Give the view a name."]
    assert not SavedView.objects.exists()


def test_who_may_not_see_the_list_has_no_view_and_no_export(world):
    stranger = sign_in("picker")
    address = reverse("admin:accounting_invoice_changelist")

    assert stranger.get(address, {"export": "csv"}).status_code == 403
    assert stranger.post(reverse("admin:accounting_invoice_save_view"), {"name": "x"}).status_code == 403
    assert not SavedView.objects.exists() and not AuditEvent.objects.filter(action="exported").exists()


def test_next_and_previous_follow_the_list(world, desk):
    def pages(order_id, filters=""):
        address = reverse("admin:orders_order_change", args=[order_id])
        found = desk.get(address, {"_changelist_filters": filters} if filters else {}).context["beside"]
        return [int(re.search(r"/(\d+)/change/", a)[1]) if a else None for a in (found.previous, found.next)], found

    whole = shown(desk)
    for place, order_id in enumerate(whole):
        expected = [whole[place - 1] if place else None, whole[place + 1] if place + 1 < len(whole) else None]
        assert pages(order_id)[0] == expected
    held = shown(desk, view="held")
    (before, after), found = pages(held[0], "view=held")
    assert (before, after, found.list_url, found.title) == (None, held[1], f"{LIST}?view=held", "Held")
    assert "_changelist_filters=view%3Dheld" in found.next
    assert pages(world.late, "view=late")[0] == [None, None]
    assert (
        desk.get(
            reverse("admin:orders_order_change", args=[world.late]), {"_changelist_filters": "nonsense__x=1"}
        ).context["beside"]
        is None
    )


@pytest.mark.parametrize("label", ["inventory_sku", "accounting_invoice", "orders_shipment", "inventory_stockmove"])
def test_other_lists_have_columns_and_export_too(world, label):
    make_stock(world.house, world.cup, "1", "1.00")
    address = reverse(f"admin:{label}_changelist")
    client = sign_in("owner")

    rows = client.get(address).context["cl"].result_list
    text = client.get(address, {"export": "csv"}).getvalue().decode("utf-8-sig")

    assert len(text.splitlines()) == len(rows) + 1 >= 2
    assert "<" not in text
