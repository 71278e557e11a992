"""Reports that mean something of one warehouse or channel are narrowed to a person's own; the others are refused."""

import pytest
from django.urls import reverse

from backoffice.core.access_limits import set_limits
from backoffice.core.models import User
from inventory.models import Location, Serial
from inventory.services import create_warehouse
from orders.selectors.margin import BY
from orders.selectors.sales import sales_by_month
from tests.core.test_scopes import browser, key_of, make_superuser
from tests.factories.books import ACTOR
from tests.factories.buying import deliver, make_purchase
from tests.factories.goods import rows
from tests.factories.sales import line, make_channel, order, place
from tests.factories.staff import said, sign_in
from tests.factories.tracking import make_tracked, make_units
from tests.pages.conftest import World
from warehouse.models import HandlingUnit
from warehouse.services import counting
from warehouse.services.counting import CountScope, Rules

DAYS = {"start": "2026-01-01", "end": "2027-12-31"}
MOVERS, QUALITY, MARGIN, SALES, GRNI = (
    "movers_report", "quality_report", "margin_report", "sales_report", "admin:inventory_grni_ageing",
)  # fmt: skip


@pytest.fixture
def world(db):
    """MUG was sold in the channel web from the warehouse LON; FAR and far are empty. One person for each."""
    world = World()
    world.far = create_warehouse(company_id=world.house.id, code="FAR", name="Far away", actor=ACTOR)
    world.away = make_channel(world.house, "far")

    def limited(name, kind, row):
        user = User.objects.create_superuser(name)
        set_limits(user, kind, [row.pk], actor=ACTOR)
        return user

    world.home_lead = limited("home_lead", "warehouse", world.house.warehouse)
    world.far_lead = limited("far_lead", "warehouse", world.far)
    world.web_seller = limited("web_seller", "channel", world.channel)
    world.far_seller = limited("far_seller", "channel", world.away)
    return world


def read(user, name, **query):
    """The page as this person gets it, sent on to what is theirs."""
    answer = browser(user).get(reverse(name), query, follow=True)
    return answer.status_code, answer.content.decode()


@pytest.mark.parametrize("name", [MOVERS, QUALITY, MARGIN])
def test_a_report_of_a_warehouse_is_that_of_ones_own(world, name):
    query = DAYS | ({"by": "sku"} if name != MOVERS else {})
    status, own = read(world.home_lead, name, **query)
    assert status == 200 and "MUG" in own
    assert read(world.far_lead, name, **query)[0] == 200 and "MUG" not in read(world.far_lead, name, **query)[1]
    assert read(world.far_lead, name, **query, warehouse="LON")[0] == 404
    assert "MUG" in read(make_superuser(), name, **query)[1]  # negative control


@pytest.mark.parametrize("path_", ["movers/", "quality/", "margin/"])
def test_the_same_over_http(world, path_):
    query = DAYS | {"by": "sku"} if path_ != "movers/" else DAYS
    own, far = key_of(world.home_lead), key_of(world.far_lead)

    assert b"MUG" in own.get(path_, **query, warehouse="LON").content
    empty = far.get(path_, **query, warehouse="FAR")
    assert empty.status_code == 200 and b"MUG" not in empty.content
    assert far.get(path_, **query, warehouse="LON").status_code == 404
    assert far.get(path_, **query).status_code == 403  # of the whole company


@pytest.mark.parametrize("by", [one for one in BY if one != "sku"])
def test_margin_of_a_channel_is_that_of_ones_own_and_tells_no_other(world, by):
    web, far = read(world.web_seller, MARGIN, **DAYS, by=by), read(world.far_seller, MARGIN, **DAYS, by=by)

    assert (web[0], far[0]) == (200, 200)
    assert "33.50" in web[1] and "33.50" not in far[1]
    assert ">web</option>" not in far[1] and ">web<" not in far[1]
    assert read(world.far_seller, MARGIN, **DAYS, channel="web")[0] == 404
    assert read(world.web_seller, MARGIN, **DAYS, by="sku")[0] == 400  # goods know no channel


def test_sales_by_month_are_of_ones_own_channel_and_add_up_to_all(world):
    place(world.away, order("A-1"))
    client = {name: browser(getattr(world, name)) for name in ("web_seller", "far_seller")}

    def orders(name, **query):
        answer = client[name].get(reverse(SALES), {"as": "json"} | query, follow=True)
        return sum(month["orders"] for month in answer.json())

    assert orders("far_seller") == 1
    assert (
        orders("web_seller") == rows("SELECT count(*) FROM orders_order WHERE channel_id = %s", world.channel.pk)[0][0]
    )
    assert client["far_seller"].get(reverse(SALES), {"channel": "web"}).status_code == 404
    parts = [sales_by_month(company_id=world.house.id, channel_id=pk) for pk in (world.channel.pk, world.away.pk)]
    whole = sales_by_month(company_id=world.house.id)
    for column in ("goods", "charges", "tax", "credits", "books", "rounding"):
        assert sum(getattr(row, column) for row in whole) == sum(getattr(row, column) for part in parts for row in part)


def test_goods_received_and_not_invoiced_are_of_ones_own_warehouse(world):
    rows_of = {"home": world.home_lead, "far": world.far_lead}
    deliver(world.house, make_purchase(world.house, world.cup, "10"), "8")

    pages = {name: read(user, GRNI)[1] for name, user in rows_of.items()}
    told = {name: key_of(user).get("grni/", warehouse=code).json() for (name, user), code in
            zip(rows_of.items(), ("LON", "FAR"), strict=True)}  # fmt: skip

    assert "CUP" in pages["home"] and "CUP" not in pages["far"] and "Equals the account" not in pages["home"]
    assert [len(told[name]["items"]) for name in ("home", "far")] == [1, 0]
    assert told["home"]["account"] is None
    assert key_of(world.far_lead).get("grni/", warehouse="LON").status_code == 404


def test_a_recall_lists_the_shipments_of_ones_own_and_its_page_too(world):
    phone = make_tracked(world.house, "PHONE", serial=True)
    make_units(world.house, phone, "S1")
    sold = world.place("P-1", line("PHONE", "1", "10"))
    call = key_of(make_superuser())
    [made] = call.post("pick-lists/", {"fulfilments": [world.fulfilment_of(sold)]}).json()
    [task] = call.get(f"pick-lists/{made['pick_list']}/").json()["tasks"]
    call.post("pick-lists/confirm/", {"picks": [{"task": task["id"], "quantity": "1", "serials": ["S1"]}]})
    shipment = call.post(f"fulfilments/{world.fulfilment_of(sold)}/pack/", {}).json()["shipment"]
    call.post(f"shipments/{shipment}/ship/", {"carrier": "DPD"})
    unit = Serial.objects.get(code="S1").pk

    told = {name: key_of(getattr(world, name)).get("recalls/", serial=unit).json()
            for name in ("home_lead", "far_lead", "web_seller", "far_seller")}  # fmt: skip
    pages = {name: browser(getattr(world, name)).get(reverse("admin:inventory_serial_change", args=[unit])).content
             for name in ("web_seller", "far_seller")}  # fmt: skip

    assert {name: len(found) for name, found in told.items()} == {
        "home_lead": 1, "far_lead": 0, "web_seller": 1, "far_seller": 0,
    }  # fmt: skip
    assert b"P-1" in pages["web_seller"] and b"P-1" not in pages["far_seller"]


def test_a_handling_unit_elsewhere_is_not_found_nor_named(world):
    boss = browser(make_superuser())
    far_dock = Location.objects.create(company=world.house.company, warehouse=world.far, code="D9", kind="dock")
    for dock in (world.house.dock, far_dock.pk):
        boss.post(reverse("admin:warehouse_handlingunit_add"), {"kind": "pallet", "count": "1", "place": dock})
    home, far = HandlingUnit.objects.order_by("pk")
    boss.post(reverse("admin:warehouse_unit_put_in", args=[home.pk]), {"place": "A1", "sku": "MUG", "quantity": "5"})
    client, key = browser(world.far_lead), key_of(world.far_lead)

    assert client.get(reverse("admin:warehouse_handlingunit_change", args=[home.pk])).status_code == 404
    assert key.get(f"handling-units/{home.pk}/").status_code == 404
    assert [row["code"] for row in key.get("handling-units/").json()["results"]] == [far.code]
    labels = client.get(reverse("admin:warehouse_unit_labels"), {"ids": str(home.pk)})
    assert labels.status_code == 404
    nested = said(client.post(reverse("admin:warehouse_unit_nest", args=[far.pk]), {"parent": home.code}))[0]
    assert "Nobody knows the handling unit" in nested
    assert key.post(f"handling-units/{far.pk}/nest/", {"parent": home.code}).json()["code"] == "unknown_unit"
    assert [row["sku"] for row in key_of(world.home_lead).get(f"handling-units/{home.pk}/").json()["contents"]] == [
        "MUG"
    ]


def test_what_lies_in_a_unit_that_is_being_counted_is_told_nobody(world):
    boss, key = browser(make_superuser()), key_of(world.home_lead)
    boss.post(reverse("admin:warehouse_handlingunit_add"), {"kind": "pallet", "count": "1", "place": world.house.dock})
    unit = HandlingUnit.objects.get()
    boss.post(reverse("admin:warehouse_unit_put_in", args=[unit.pk]), {"place": "A1", "sku": "MUG", "quantity": "37"})
    page = reverse("admin:warehouse_handlingunit_change", args=[unit.pk])
    assert ">37<" in sign_in("picker").get(page).content.decode()

    counting.create_stocktake(
        [CountScope(unit.location_id, None, not_found=0)], company_id=world.house.id,
        warehouse_id=world.house.warehouse.pk, actor=ACTOR, rules=Rules(0, 0, False),
    )  # fmt: skip

    shown = sign_in("picker").get(page).content.decode()
    assert ">37<" not in shown and "being counted" in shown
    assert [row["quantity"] for row in key.get(f"handling-units/{unit.pk}/").json()["contents"]] == [None]


def test_what_has_no_meaning_of_one_warehouse_or_channel_is_refused(world):
    """docs/security.md says which and why."""
    for user in (world.home_lead, world.web_seller):
        for name in (
            "profit_and_loss",
            "balance_sheet",
            "trial_balance",
            "privacy",
            "stock_figures_report",
            "payables",
        ):
            assert browser(user).get(reverse(name)).status_code == 403, name
        assert key_of(user).get("imports/export/", noun="inventory.import_skus").status_code == 403
    assert browser(world.web_seller).get(reverse(MOVERS), DAYS).status_code == 403  # moves know no channel
    assert browser(world.home_lead).get(reverse(SALES)).status_code == 403  # orders know no warehouse before sourcing
