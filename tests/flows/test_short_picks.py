"""A short pick by page, handheld and API: the rest from another bin, then back-ordered, the bin to be counted; proved."""

from decimal import Decimal

import pytest
from django.urls import reverse

from backoffice.core.api.auth import make_api_key
from backoffice.core.proof import run_checks
from inventory.models import Barcode
from tests.api.conftest import Caller
from tests.factories.books import ACTOR
from tests.factories.floor import facts, make_channel, make_order, status_of
from tests.factories.goods import make_shop, make_sku, make_stock, rows
from tests.factories.handhelds import Handheld, make_person
from tests.factories.staff import make_staff, sign_in
from warehouse.models import CountRequest, PickTask
from warehouse.services import create_pick_lists

pytestmark = pytest.mark.django_db


class Short:
    """4 MUG are directed to A1 where (as the floor finds) 3 lie; A2 has one free."""

    def __init__(self) -> None:
        self.shop = make_shop()
        self.mug = make_sku(self.shop, "MUG")
        Barcode.objects.create(company=self.shop.company, sku_id=self.mug, code="5000001", pack_quantity=1)
        make_stock(self.shop, self.mug, "4", at=self.shop.bin)
        make_stock(self.shop, self.mug, "1", at=self.shop.second_bin)
        self.work = make_order(make_channel(self.shop), {self.mug: "4"}).fulfilment_id
        [made] = create_pick_lists([self.work], company_id=self.shop.id, actor=ACTOR)
        self.task = made.tasks[0][0]

    @property
    def again(self) -> PickTask:
        return PickTask.objects.get(pick_list__fulfilment=self.work, status__in=("open", "assigned"))

    def ends(self) -> None:
        """One was found in A2 and nothing of it there either: three are picked, one waits for goods, both bins are counted."""
        assert status_of("orders_fulfilment", self.work) == "picked"
        assert rows("SELECT picked, quantity FROM orders_fulfilmentline") == [(3, 3)]
        assert rows("SELECT quantity, claimed, unmet FROM inventory_demand") == [(4, 3, 1)]
        wanted = {(row.location_id, row.reason) for row in CountRequest.objects.all()}
        assert wanted == {(self.shop.bin, "short_pick"), (self.shop.second_bin, "short_pick")}
        assert run_checks().ok


@pytest.fixture
def short(db):
    return Short()


def test_at_the_page(short):
    lead, page = sign_in("warehouse_lead"), reverse("admin:warehouse_pick", args=[short.work])
    before = facts()
    lead.post(page, {f"task-{short.task}": "5"})
    assert facts() == before and short.again.pk == short.task  # more than asked is refused

    lead.post(page, {f"task-{short.task}": "3"})
    assert (short.again.from_location_id, short.again.quantity) == (short.shop.second_bin, Decimal(1))
    assert "A2" in lead.get(reverse("admin:warehouse_work", args=[short.work])).content.decode()
    lead.post(page, {f"task-{short.again.pk}": "0"})

    short.ends()


def test_over_http(short):
    scopes = ("warehouse:read", "warehouse:write")
    _key, secret = make_api_key(name="p", user=make_staff("picker"), company_id=short.shop.id, scopes=scopes)
    robot = Caller(secret)
    before = facts()
    [answer] = robot.post("pick-lists/confirm/", {"picks": [{"task": short.task, "quantity": "5"}]}).json()
    assert (answer["state"], answer["code"], facts()) == ("refused", "more_than_asked", before)

    [answer] = robot.post("pick-lists/confirm/", {"picks": [{"task": short.task, "quantity": "3"}]}).json()
    assert (answer["state"], answer["short"], answer["again"]) == ("short", "1.000000", "1.000000")
    [answer] = robot.post("pick-lists/confirm/", {"picks": [{"task": short.again.pk, "quantity": "0"}]}).json()
    assert (answer["state"], answer["again"]) == ("short", "0.000000")

    short.ends()


def test_on_the_handheld(short):
    _user, badge = make_person()
    scanner = Handheld(short.shop).sign_in(badge)
    body = {"task": short.task, "bin": "A1", "code": "5000001", "quantity": "3"}
    before = PickTask.objects.get(pk=short.task).status
    refused = scanner.does("pick", body)
    assert (
        refused["state"] == "refused" and PickTask.objects.get(pk=short.task).status == before
    )  # it wants to know why

    done = scanner.does("pick", body | {"reason": "not_there"})
    assert (done["state"], done["result"]["again"]) == ("done", "1")
    rest = {"task": short.again.pk, "bin": "A2", "code": "", "quantity": "0", "reason": "not_there"}
    assert scanner.does("pick", rest)["state"] == "done"

    short.ends()
