"""Builders for the floor's handhelds: an enrolled device with somebody signed in, and what it sends."""

import json
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.test import Client
from django.utils import timezone

from backoffice.core.actor import Actor
from backoffice.core.models import User
from inventory.models import Barcode
from tests.factories.books import ACTOR
from tests.factories.floor import facts, make_channel, make_order
from tests.factories.goods import Shop, make_shop, make_sku, make_stock
from tests.factories.staff import make_staff
from warehouse.models import PickTask, ScanCommand, ScanDevice, ScanSession
from warehouse.scan.guard import COOKIE
from warehouse.services import Pick, confirm_picks, create_pick_lists, scan

PIN = "4711"
MUG_CODE, CUP_CODE = "5012345678900", "5012345678917"


def make_person(role: str = "picker", pin: str = PIN) -> tuple[User, str]:
    """Somebody with a badge and a PIN; the badge's text."""
    user = User.objects.filter(username=role).first() or make_staff(role)
    badge = scan.issue_badge(user.pk, actor=ACTOR)
    scan.set_pin(user.pk, pin, actor=ACTOR)
    return user, badge


class Handheld:
    """An enrolled browser. Times are offsets to now in seconds: the handheld's clock is right unless skew says else."""

    def __init__(self, house: Shop, name: str = "Scanner 1") -> None:
        made = scan.create_device(company_id=house.id, warehouse_id=house.warehouse.pk, name=name, actor=ACTOR)
        self.device: ScanDevice
        self.device, self.token = scan.enrol_device(made.code)
        self.client = Client()
        self.client.cookies[COOKIE] = self.token
        self.count = 0
        self.session: ScanSession | None = None

    def sign_in(self, badge: str) -> "Handheld":
        answer = self.client.post("/scan/sign-in/", {"badge": badge})
        assert answer.status_code == 302, answer.content
        self.session = ScanSession.objects.get(device=self.device, ended_at=None)
        return self

    def command(self, kind: str, body: Any, *, at: datetime | None = None, **values: Any) -> dict[str, Any]:
        self.count += 1
        return {
            "id": str(uuid4()),
            "session": str(self.session.token if self.session else uuid4()),
            "sequence": self.count,
            "kind": kind,
            "scanned_at": (at or timezone.now()).isoformat(),
            "body": body,
        } | values

    def send(self, *commands: dict[str, Any], skew: timedelta = timedelta(0)) -> Any:
        body = {"sent_at": (timezone.now() + skew).isoformat(), "commands": list(commands)}
        return self.client.post("/api/v1/scan/commands/", json.dumps(body), content_type="application/json")

    def does(self, kind: str, body: Any, **values: Any) -> dict[str, Any]:
        """One command and its answer."""
        answer = self.send(self.command(kind, body, **values))
        assert answer.status_code == 200, answer.content
        return answer.json()["results"][0]


class Floor:
    """A shop with 10 MUGs in A1 and 10 CUPs in A2, an order of 3 MUGs and 2 CUPs on a pick list, and a handheld."""

    def __init__(self) -> None:
        self.house = make_shop()
        self.mug, self.cup = make_sku(self.house, "MUG"), make_sku(self.house, "CUP")
        make_stock(self.house, self.mug, "10", "50.00")
        make_stock(self.house, self.cup, "10", "20.00", at=self.house.second_bin)
        for sku, code in ((self.mug, MUG_CODE), (self.cup, CUP_CODE)):
            Barcode.objects.create(company=self.house.company, sku_id=sku, code=code)
        self.placed = make_order(make_channel(self.house), {self.mug: "3", self.cup: "2"})
        (self.list,) = create_pick_lists([self.placed.fulfilment_id], company_id=self.house.id, actor=ACTOR)
        self.user, self.badge = make_person()
        self.handheld = Handheld(self.house).sign_in(self.badge)

    def task(self, sku_id: int) -> PickTask:
        return PickTask.objects.get(pick_list=self.list.pick_list_id, sku_id=sku_id)

    def mugs(self, **changes: Any) -> dict[str, Any]:
        return {"task": self.task(self.mug).pk, "bin": "A1", "code": MUG_CODE, "quantity": "3"} | changes

    def cups(self, **changes: Any) -> dict[str, Any]:
        return {"task": self.task(self.cup).pk, "bin": "A2", "code": CUP_CODE, "quantity": "2"} | changes

    def other_picks(self) -> str:
        """Somebody else picks the mugs meanwhile; who."""
        task = self.task(self.mug)
        actor = Actor.of(User.objects.create_user("benno"))
        confirm_picks(
            [Pick(task.pk, task.quantity)], company_id=self.house.id, effective_at=timezone.now(), actor=actor
        )
        return actor.label


@contextmanager
def only_the_book() -> Any:
    """A refusal stands in the book of scans, and nowhere else."""
    before, scans = facts(), ScanCommand.objects.filter(state="done").count()
    yield
    assert (facts(), ScanCommand.objects.filter(state="done").count()) == (before, scans)
