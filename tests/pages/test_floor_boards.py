"""Open work with its people, the wall board, and how the floor does: at the pages, on a wall screen, over HTTP."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from backoffice.core.api.auth import make_api_key
from backoffice.core.models import AuditEvent, User
from backoffice.core.proof import run_checks
from backoffice.core.roles import as_owner
from inventory.models import Zone
from orders.models import Fulfilment, Order
from tests.api.conftest import Caller
from tests.factories.books import ACTOR
from tests.factories.buying import make_purchase
from tests.factories.counting import CountHouse
from tests.factories.floor import make_channel, make_order, make_packed
from tests.factories.handhelds import Handheld
from tests.factories.staff import make_staff, said, sign_in
from warehouse.boards.figures import FIGURES
from warehouse.models import CountTask, FloorTask, PickList, WageRate
from warehouse.services import (
    DeliveredLine,
    Dispatch,
    Pick,
    Put,
    confirm_picks,
    create_pick_lists,
    do_tasks,
    receive_delivery,
    ship,
)

D = Decimal


class BusyFloor(CountHouse):
    """An order on a pick list, late; one that was picked short; a put-away; a count of A2 that is open."""

    def __init__(self):
        super().__init__()
        self.channel = make_channel(self.shop)
        self.picked = make_order(self.channel, {self.mug: "2"}, "1")
        (done,) = create_pick_lists([self.picked.fulfilment_id], company_id=self.shop.id, actor=ACTOR)
        confirm_picks(
            [Pick(pk, D(1)) for pk, _n in done.tasks],
            company_id=self.shop.id,
            effective_at=timezone.now(),
            actor=self.anna,
        )
        self.waiting = make_order(self.channel, {self.mug: "1"}, "2")
        create_pick_lists([self.waiting.fulfilment_id], company_id=self.shop.id, actor=ACTOR)
        Fulfilment.objects.filter(pk=self.waiting.fulfilment_id).update(ship_by=timezone.now() - timedelta(hours=1))
        self.away = FloorTask.objects.create(
            company=self.shop.company, warehouse=self.shop.warehouse, kind="put_away", sku_id=self.cup, quantity=D(3),
            from_location_id=self.shop.dock, to_location_id=self.shop.bin, priority=50,
        )  # fmt: skip
        self.stocktake = self.planned(self.shop.second_bin)

    @property
    def pick(self):
        return PickList.objects.get(fulfilment=self.waiting.fulfilment_id)


@pytest.fixture
def floor(db):
    return BusyFloor()


def queue(client, **query):
    return client.get("/admin/floor/queue/", query).content.decode()


def test_open_work_is_one_list_late_first_given_to_people(floor):
    lead, picker = sign_in("warehouse_lead"), User.objects.get(username="anna")
    shown = queue(lead)
    numbers = [floor.pick.number, floor.away.number, CountTask.objects.get().number]
    places = [shown.index(number) for number in numbers]
    assert places == sorted(places) and "bo-pill danger" in shown

    work = [f"pick:{floor.pick.pk}", f"put_away:{floor.away.pk}", f"count:{CountTask.objects.get().pk}"]
    assert said(lead.post("/admin/floor/assign/", {"work": work, "user": picker.pk, "do": "assign"})) == ["3 changed."]
    assert {floor.pick.assigned_to, FloorTask.objects.get().assigned_to, CountTask.objects.get().assigned_to} == {
        picker
    }
    assert FloorTask.objects.get().status == "assigned"
    assert floor.away.number in queue(lead, person="anna") and floor.away.number not in queue(lead, person="-")
    lead.post("/admin/floor/assign/", {"work": work[1:], "priority": "5", "do": "priority"})
    assert (FloorTask.objects.get().priority, CountTask.objects.get().priority) == (5, 5)
    assert AuditEvent.objects.filter(action="assigned").count() == 3
    export = b"".join(lead.get("/admin/floor/queue/", {"as": "csv", "kind": "count"}).streaming_content).decode()
    assert "A2" in export and "437" not in export


def test_what_cannot_be_assigned_is_said_and_nothing_changes(floor):
    lead = sign_in("warehouse_lead")
    before = AuditEvent.objects.count()

    for body, words in (
        ({"do": "assign"}, "Tick at least one"),
        ({"work": [f"pack:{floor.picked.fulfilment_id}"], "do": "assign"}, "whoever stands at the bench"),
        ({"work": ["put_away:999999"], "do": "assign"}, "load the list again"),
        ({"work": [f"put_away:{floor.away.pk}"], "do": "priority", "priority": "5000"}, "0 (first) to 1000"),
        ({"work": [f"pick:{floor.pick.pk}"], "do": "priority", "priority": "5"}, "by which their orders leave"),
    ):
        assert words in said(lead.post("/admin/floor/assign/", body))[0]
    assert sign_in("picker").post("/admin/floor/assign/", {"do": "assign"}).status_code == 403
    assert sign_in("buyer").get("/admin/floor/queue/").status_code == 403
    assert AuditEvent.objects.count() == before


def test_the_board_hangs_on_a_wall_without_anybody_signed_in(floor):
    floor.shop.warehouse.cut_off = (timezone.localtime() + timedelta(minutes=1)).time()
    zone = Zone.objects.create(company=floor.shop.company, warehouse=floor.shop.warehouse, code="Z1")
    type(floor.shop.warehouse).objects.filter(pk=floor.shop.warehouse.pk).update(cut_off="23:59:30")
    from inventory.models import Location

    Location.objects.filter(pk=floor.shop.bin).update(zone=zone)
    wall = Handheld(floor.shop, "Wall")

    page = wall.client.get("/scan/board/")
    board = wall.client.get("/scan/board/data/").json()

    assert page.status_code == 200 and "board/board.js" in page.content.decode()
    stages = {stage["stage"]: stage["count"] for stage in board["stages"]}
    assert (stages["picking"], stages["picked"], board["late"]) == (1, 1, 1)
    assert {row["zone"]: (row["pick"], row["stock"], row["count"]) for row in board["zones"]} == {
        "": (0, 1, 1),
        "Z1": (1, 0, 0),
    }
    assert board["cut_offs"][0]["open"] == 2
    assert Client().get("/scan/board/data/").status_code == 302
    assert sign_in("picker").get("/admin/floor/board/").status_code == 200
    assert sign_in("picker").get("/admin/floor/board/data/").json()["late"] == 1


def test_every_figure_leads_to_what_it_is_made_of(floor):
    floor.count(floor.stocktake, floor.anna, {floor.cup: 4}, place=floor.shop.second_bin)
    other = floor.counted({floor.mug: 5})
    floor.approve(other)
    lead = sign_in("warehouse_lead")

    shown = lead.get("/admin/floor/report/").content.decode()
    picks = lead.get("/admin/floor/report/", {"figure": "pick_accuracy", "wrong": "1"}).content.decode()
    counts = lead.get("/admin/floor/report/", {"figure": "count_accuracy"}).content.decode()
    file = b"".join(
        lead.get("/admin/floor/report/", {"figure": "count_accuracy", "as": "csv"}).streaming_content
    ).decode()

    assert "0</span> %" in shown and "50</span> %" in shown and "anna" in shown
    assert "1 / 2 × MUG @ A1" in picks and f"/admin/warehouse/picklist/work/{floor.picked.fulfilment_id}/" in picks
    assert floor.stocktake.number in counts and other.number in counts
    assert "4 / 4 × CUP @ A2" in file and "5 / " in file


def test_work_board_and_figures_over_http(floor):
    _key, secret = make_api_key(
        name="lead",
        user=make_staff("warehouse_lead"),
        company_id=floor.shop.id,
        scopes=("warehouse:read", "warehouse:write"),
    )
    lead = Caller(secret)

    work = lead.get("floor/work/", warehouse="LON").json()
    assert {row["kind"] for row in work} == {"pick", "pack", "put_away", "count"} and work[0][
        "number"
    ] == floor.pick.number
    body = {"warehouse": "LON", "work": [{"kind": "put_away", "id": floor.away.pk}], "user": "anna", "priority": 3}
    assert lead.post("floor/assign/", body).json() == {"changed": 1}
    assert FloorTask.objects.get().priority == 3
    refused = lead.post("floor/assign/", body | {"work": [{"kind": "put_away", "id": 10**9}]})
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert lead.get("floor/board/", warehouse="LON").json()["late"] == 1
    figures = {row["figure"]: row for row in lead.get("floor/figures/", warehouse="LON").json()["figures"]}
    assert (figures["pick_accuracy"]["facts"], figures["pick_accuracy"]["value"]) == (1, "0.0")
    assert lead.get("floor/facts/", warehouse="LON", figure="pick_accuracy").json()[0]["what"] == "1 / 2 × MUG @ A1"
    assert lead.get("floor/facts/", warehouse="LON", figure="nope").status_code == 400
    assert lead.get("floor/board/", warehouse="XX").status_code == 400


def test_each_figure_leads_to_as_many_facts_as_it_is_made_of(floor):
    """Dock to stock, accuracy, lines per hour and the rest: none without what it is of, none is counted that is not shown."""
    house = floor.shop
    order = make_purchase(house, floor.cup, "4")
    receive_delivery(
        [DeliveredLine(order.lines.get().pk, D(4), house.dock)],
        po_id=order.pk, company_id=house.id, effective_at=timezone.now(), actor=floor.anna,
    )  # fmt: skip
    for task in FloorTask.objects.filter(source_type="warehouse.receipt"):
        put = Put(task.pk, task.quantity, task.to_location_id, "k-1")
        do_tasks([put], company_id=house.id, effective_at=timezone.now(), actor=floor.anna)
    sent = make_order(floor.channel, {floor.cup: "1"}, "9")
    ship([Dispatch(make_packed(house, sent), "DPD", "", "T-1", timezone.now())], company_id=house.id, actor=floor.anna)
    yesterday = timezone.now() - timedelta(days=1)
    with as_owner(connection):
        Order.objects.filter(pk=sent.order_id).update(placed_at=yesterday, promise_date=yesterday.date())
    floor.count(floor.stocktake, floor.anna, {floor.cup: 4}, place=house.second_bin)
    lead = sign_in("warehouse_lead")

    shown = lead.get("/admin/floor/report/").context

    counted = {row.figure: row.facts for row, _name, _share in shown["figures"]}
    assert set(counted) == set(FIGURES)
    for figure, facts in counted.items():
        rows = lead.get("/admin/floor/report/", {"figure": figure}).context["rows"]
        assert len(rows) == facts, figure
    assert all(counted.values()), counted


def rows_of(client, **query):
    return client.get("/admin/floor/board/rows/", query).content.decode()


def test_every_number_of_the_board_leads_to_its_tasks(floor):
    lead = sign_in("warehouse_lead")
    board = lead.get("/admin/floor/board/data/").json()

    for stage in board["stages"]:
        listed = lead.get("/admin/floor/board/rows/", {"stage": stage["stage"]}).context["rows"]
        assert len(listed) == stage["count"], stage
    late = lead.get("/admin/floor/board/rows/", {"late": "1"}).context["rows"]
    assert len(late) == board["late"] == 1 and f"FO-{floor.waiting.fulfilment_id:06d}" == late[0][0].number
    for row in board["zones"]:
        for work in ("pick", "stock", "count"):
            listed = lead.get("/admin/floor/board/rows/", {"zone": row["zone"], "work": work}).context["rows"]
            assert len(listed) == row[work], (row, work)
    until = (timezone.now() + timedelta(hours=1)).isoformat()
    assert floor.waiting and f"FO-{floor.waiting.fulfilment_id:06d}" in rows_of(lead, until=until)
    assert "RECEIVING" in rows_of(lead, work="stock") and f"FT-{floor.away.pk:06d}" in rows_of(lead, work="stock")
    export = b"".join(lead.get("/admin/floor/board/rows/", {"late": "1", "as": "csv"}).streaming_content).decode()
    assert f"FO-{floor.waiting.fulfilment_id:06d}" in export
    shown = lead.get("/admin/floor/board/").content.decode()
    assert "/admin/floor/board/rows/?warehouse=LON" in shown
    wall = Handheld(floor.shop, "Wall").client.get("/scan/board/").content.decode()
    assert "/board/rows/" not in wall
    assert sign_in("buyer").get("/admin/floor/board/rows/").status_code == 403
    assert "Nothing now" in rows_of(lead, until="never", stage="packing")


def test_labour_costs_what_the_wages_say_and_is_for_who_may_see_them(floor):
    boss, lead, picker = sign_in("accountant"), sign_in("warehouse_lead"), sign_in("picker")
    form = {
        "company": floor.shop.id,
        "person": floor.anna.user_id,
        "role": "",
        "from_date": "2020-01-01",
        "hourly": "36",
    }
    add = "/admin/warehouse/wagerate/add/"

    assert lead.post(add, form).status_code == picker.get("/admin/warehouse/wagerate/").status_code == 403
    wrong = boss.post(add, form | {"role": "picker"})
    assert wrong.status_code == 200 and "not of both" in wrong.content.decode() and not WageRate.objects.exists()
    assert boss.post(add, form).status_code == 302 and WageRate.objects.get().hourly == 36

    shown = lead.get("/admin/floor/report/", {"figure": "cost_per_order", "every": "week"}).content.decode()
    assert "Labour cost per order" in shown and f"SO-{floor.picked.order_id:06d}" in shown
    plain = picker.get("/admin/floor/report/", {"figure": "cost_per_order"}).content.decode()
    assert "Labour cost per order" not in plain and "Cost" not in plain
    order = f"/admin/orders/order/{floor.picked.order_id}/change/"
    assert "Labour" in lead.get(order).content.decode() and "Labour" not in picker.get(order).content.decode()
    file = b"".join(lead.get("/admin/floor/report/", {"figure": "labour", "as": "csv"}).streaming_content).decode()
    assert "anna" in file and "Cost" in file
    assert lead.get("/admin/floor/report/", {"figure": "labour", "as": "xlsx"}).status_code == 200
    hidden = b"".join(picker.get("/admin/floor/report/", {"figure": "labour", "as": "csv"}).streaming_content).decode()
    assert "Cost" not in hidden
    assert run_checks().ok


def test_labour_and_wages_over_http(floor):
    def caller(role, *more):
        scopes = ("warehouse:read", "warehouse:write", *more)
        _key, secret = make_api_key(name=role, user=make_staff(role), company_id=floor.shop.id, scopes=scopes)
        return Caller(secret)

    boss, picker = caller("accountant", "wages:read", "wages:write"), caller("picker")
    made = boss.post("wage-rates/", {"person": "anna", "from_date": "2020-01-01", "hourly": "36"})
    assert made.status_code == 201, made.content
    path = f"wage-rates/{made.json()['id']}/"
    changed = boss.patch(path, {"hourly": "72"}, match=boss.get(path)["ETag"])
    assert (changed.status_code, changed.json()["hourly"]) == (200, "72.000000")
    for body, field in (
        ({"person": "anna", "from_date": "2020-01-01", "hourly": "1"}, "from_date"),
        ({"person": "anna", "role": "picker", "from_date": "2021-01-01", "hourly": "1"}, "role"),
        ({"person": "nobody", "from_date": "2021-01-01", "hourly": "1"}, "person"),
        ({"from_date": "2021-01-01", "hourly": "-1"}, "hourly"),
    ):
        answer = boss.post("wage-rates/", body)
        assert answer.status_code == 400 and field in {e["field"] for e in answer.json()["errors"]}, answer.content
    assert WageRate.objects.count() == 1

    told = boss.get("floor/order-labour/", order=floor.picked.order_id).json()
    assert "currency" in told, told
    assert (told["currency"], [piece["kind"] for piece in told["pieces"]]) == ("GBP", ["pick"])
    figures = {
        row["figure"]: row for row in boss.get("floor/figures/", warehouse="LON", every="month").json()["figures"]
    }
    assert figures["cost_per_order"]["facts"] == 1 and figures["lines_per_hour"]["facts"] == 1
    assert boss.get("floor/facts/", warehouse="LON", figure="cost_per_order").json()[0]["number"].startswith("SO-")
    rows = boss.get("floor/board-rows/", warehouse="LON", late="1").json()
    assert [row["number"] for row in rows] == [f"FO-{floor.waiting.fulfilment_id:06d}"]
    assert picker.get("wage-rates/").status_code == 403
    assert picker.get("floor/facts/", warehouse="LON", figure="cost_per_order").status_code == 403
    assert picker.get("floor/order-labour/", order=floor.picked.order_id).status_code == 403
    seen = picker.get("floor/figures/", warehouse="LON").json()
    assert "cost_per_order" not in {row["figure"] for row in seen["figures"]}
    assert {row["cost"] for row in seen["labour"]} == {None}
    for query in ({"every": "hour"}, {"zone": "NOPE"}):
        assert boss.get("floor/figures/", warehouse="LON", **query).status_code == 400
    assert boss.get("floor/order-labour/", order="x").status_code == 400
    assert run_checks().ok
