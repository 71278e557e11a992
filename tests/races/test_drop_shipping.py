"""A buyer calls off what the supplier is just shipping: one waits for the other, and neither for ever."""

import contextlib
import threading
from decimal import Decimal

import pytest
from django.db import OperationalError, transaction

from backoffice.core.errors import DomainError
from backoffice.core.proof import run_checks
from inventory.models import PurchaseOrder
from orders.models import DropShipLine, Order
from orders.services import cancel_order, expect_version, record_dropship, versions
from tests.factories.books import ACTOR
from tests.factories.goods import days_later
from tests.orders.test_drop_shipping import House
from tests.races.test_last_unit import deadlocks, together

pytestmark = pytest.mark.django_db(transaction=True)


class Fight:
    """The page's cancellation, version checked first, against the supplier's shipment of the same part."""

    def __init__(self) -> None:
        self.house = House()
        self.sold = self.house.sell("10")
        self.part = self.house.drop(self.sold, "10")
        self.purchase_id = self.house.send(self.part)
        self.seen = Order.objects.get().version
        self.both = threading.Barrier(2, timeout=20)

    def met(self) -> None:
        """Each goes on when the other holds its first lock, or cannot get it."""
        with contextlib.suppress(threading.BrokenBarrierError):
            self.both.wait(0.5)

    def cancel(self) -> None:
        company = self.house.shop.id
        expect_version(self.sold.order_id, company_id=company, version=self.seen)
        self.met()
        cancel_order(self.sold.order_id, company_id=company, actor=ACTOR, reason="buyer")

    def ship(self) -> None:
        PurchaseOrder.objects.select_for_update(no_key=True).get(pk=self.purchase_id)
        self.met()
        record_dropship(
            self.purchase_id,
            quantities={self.part.pk: Decimal(4)},
            company_id=self.house.shop.id,
            actor=ACTOR,
            shipped_at=days_later(2),
            carrier="DHL",
            tracking_number="T1",
        )

    def run(self) -> list[str]:
        def work(number: int) -> str:
            try:
                with transaction.atomic():
                    (self.ship if number else self.cancel)()
            except DomainError as refusal:
                return refusal.code
            except OperationalError as error:
                return "deadlock" if "deadlock" in str(error) else "error"
            return "done"

        return together(work, 2)


def test_a_checked_cancellation_and_the_suppliers_shipment_take_their_locks_in_one_order():
    before, fight = deadlocks(), Fight()

    answers = fight.run()

    part = DropShipLine.objects.get()
    told = {"done": (0, 10), "changed_meanwhile": (4, 0)}  # of whoever calls it off
    assert (part.shipped, part.cancelled) == told[answers[0]]
    assert deadlocks() == before
    assert run_checks().ok


def test_negative_control_the_order_locked_before_its_purchase_order_is_a_deadlock(monkeypatch):
    monkeypatch.setattr(versions, "lock_supplying", lambda order_ids, *, company_id: [])

    answers = Fight().run()

    assert answers.count("deadlock") == 1
    assert run_checks().ok
