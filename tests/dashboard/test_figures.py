"""The first page's figures and the sales report, to the cent."""

import csv
import io
import json
from decimal import Decimal

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice.dashboard.figures import sales_chart
from orders.models import Order
from tests.factories.bank_files import booked
from tests.factories.banking import make_bank, owed, owing, take_in
from tests.factories.buying import make_purchase
from tests.factories.sales import line
from tests.factories.staff import sign_in

D = Decimal


MONEY = ("Overdue receivables", "Bills to pay", "Bank lines")
PURCHASES = ("To reorder", "Late deliveries")


def tiles(client, *without):
    shown = {str(tile.label): tile.figure for tile in client.get("/admin/").context["tiles"]}
    return {label: figure for label, figure in shown.items() if label not in without}


def listed(client, model, view):
    rows = client.get(reverse(f"admin:{model}_changelist"), {"view": view}).context["cl"].result_list
    return [row.pk for row in rows]


def test_the_tiles_count_what_they_say(world):
    client = sign_in("owner")
    assert tiles(client, *MONEY, *PURCHASES) == {
        "To ship": "1",  # the ready one
        "Late": "0",
        "Held": "2",  # the odd one and the unknown code
        "Back-ordered": "1",
        "Low stock": "1",  # cups: an order waits for them
        "Not imported": "0",
    }

    Order.objects.filter(pk=world.ready).update(promise_date=timezone.localdate() - timezone.timedelta(days=1))
    world.place("L-1", line("MUG", "92", "10"))  # the last ones: all that is left is claimed

    assert tiles(client, *MONEY, *PURCHASES) == {
        "To ship": "2",
        "Late": "1",
        "Held": "2",
        "Back-ordered": "1",
        "Low stock": "2",
        "Not imported": "0",
    }
    late = client.get(reverse("admin:orders_order_changelist"), {"late": "1"}).context["cl"].result_list
    assert [order.pk for order in late] == [world.ready]
    low = client.get(reverse("admin:inventory_stocklevel_changelist"), {"low": "1"}).context["cl"].result_list
    assert {level.sku_id for level in low} == {world.mug, world.cup}
    waiting = client.get(reverse("admin:inventory_demand_changelist"), {"waiting": "1"}).context["cl"].result_list
    assert [demand.sku_id for demand in waiting] == [world.cup]


def test_the_first_page_shows_each_role_its_own(world):
    picker = sign_in("picker").get("/admin/")
    buyer = sign_in("buyer").get("/admin/")

    assert "chart" not in picker.context and "Net sales" not in picker.content.decode()
    assert [str(tile.label) for tile in picker.context["tiles"]] == [
        "To ship", "Late", "Held",
    ]  # fmt: skip
    assert "To ship" not in [str(tile.label) for tile in buyer.context["tiles"]]


def test_those_of_the_books_see_what_is_due_and_lists_hold_just_that(world):
    client = sign_in("accountant")
    before = {label: int(figure) for label, figure in tiles(client).items()}
    late, bill = owed(world.house.company, "50"), owing(world.house.company, "20")
    take_in(make_bank(world.house.company), booked("12.00"))

    after = {label: int(figure) for label, figure in tiles(client).items()}

    assert {label: after[label] - before[label] for label in MONEY} == dict.fromkeys(MONEY, 1)
    assert late.pk in listed(client, "accounting_openitem", "overdue")
    assert listed(client, "accounting_openitem", "to_pay") == [bill.pk]
    assert len(listed(client, "accounting_openitem", "overdue")) == after["Overdue receivables"]


def test_buyers_see_what_to_reorder_and_what_is_late(world):
    client = sign_in("buyer")
    assert {label: tiles(client)[label] for label in PURCHASES} == dict.fromkeys(PURCHASES, "0")
    late = make_purchase(world.house, world.mug, "5", days=-1)
    make_purchase(world.house, world.mug, "5", days=0)

    assert tiles(client)["Late deliveries"] == "1"
    assert listed(client, "inventory_purchaseorder", "late") == [late.pk]


def test_the_chart_sums_net_sales(world):
    chart = sales_chart(None)

    assert (chart["total"], chart["currency"]) == (D("33.50"), "GBP")
    assert sum(json.loads(chart["data"])["datasets"][0]["data"]) == 33.5


def test_the_sales_report_is_exact_as_page_csv_and_json(world):
    client = sign_in("accountant")
    address = reverse("sales_report")

    page = client.get(address).content.decode()
    rows = list(csv.DictReader(io.StringIO(client.get(address, {"as": "csv"}).content.decode())))
    [month] = client.get(address, {"as": "json"}).json()

    # By the orders' date: 3 + 4 + 1 + 5 mugs and cups at 10 and two of the unknown code, one postage of 3.50.
    assert [row["month"] for row in rows] == [month["month"]] == ["2026-03"]
    assert rows == [{name: str(value) for name, value in month.items()}]
    assert (D(month["goods"]), D(month["charges"]), month["currency"]) == (D(150), D("3.50"), "GBP")
    assert D(month["total"]) == D("153.50")
    assert "153.50" in page and "March 2026" in page


def test_the_report_is_the_books_people_only(world):
    address = reverse("sales_report")

    for role in ("picker", "buyer", "warehouse_lead"):
        for form in ("", "csv", "json"):
            response = sign_in(role).get(address, {"as": form})
            assert response.status_code == 403
            assert "153.50" not in response.content.decode()
    assert Client().get(address).status_code == 302
