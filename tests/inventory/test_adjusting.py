"""Adjustments: small ones at once, dear ones by two people, posted with cost and journal, reversed by a mirror."""

from decimal import Decimal

import pytest
from django.db import transaction

from accounting.models import AccountRole
from backoffice.core.actor import Actor
from backoffice.core.approval_limits import set_threshold
from backoffice.core.approving import ApprovalRefused
from backoffice.core.errors import DomainError
from backoffice.core.models import AuditEvent
from backoffice.core.proof import run_checks
from inventory.errors import AdjustmentRefused, StockRefused
from inventory.models import Adjustment, AdjustmentLine, StockMove
from inventory.services import (
    AdjustmentLineInput,
    approve_adjustment,
    cancel_adjustment,
    create_adjustment,
    reverse_adjustment,
    send_back_adjustment,
    submit_adjustment,
)
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import add_shop, balance, cost, level, make_claim, make_shop, make_sku, make_stock
from tests.factories.moving import lines_of, make_adjustment, make_transfer, moving_facts, reason
from tests.factories.staff import make_staff

D = Decimal


class House:
    """10 MUG at 5.00 in A1; up to 20.00 nobody is asked about adjustments."""

    def __init__(self) -> None:
        self.shop = make_shop()
        self.mug = make_sku(self.shop, "MUG")
        make_stock(self.shop, self.mug, "10", "50.00")
        set_threshold(company_id=self.shop.id, action="adjustment", amount=D(20), actor=ACTOR)
        self.lead, self.owner = Actor.of(make_staff("warehouse_lead")), Actor.of(make_staff("owner"))
        self.common = {"company_id": self.shop.id, "effective_at": NOON}

    def submitted(self, goods, code="miscount", actor=None):
        made = make_adjustment(self.shop, goods, code, actor=actor or self.lead)
        return submit_adjustment(made, actor=actor or self.lead, **self.common)


@pytest.fixture
def house(db):
    return House()


def refused(call, code, kind=AdjustmentRefused):
    before = moving_facts()
    with pytest.raises(kind) as caught, transaction.atomic():
        call()
    assert (moving_facts(), caught.value.code) == (before, code), caught.value.detail
    return caught.value


def test_a_small_loss_is_posted_at_once_with_its_cost_and_journal(house):
    done = house.submitted({house.mug: "-3"}, "damaged")

    assert (done.status, done.value, level(house.shop, house.mug)[0]) == ("posted", D(15), D(7))
    assert (balance(house.shop.company, AccountRole.INVENTORY_LOSS), cost(house.mug)) == (D(15), (D(7), D(35)))
    move = StockMove.objects.get(source_type="inventory.adjustmentline")
    assert (move.reason, move.value, move.entry.source_type, move.entry.source_id) == (
        "damaged", D(-15), "inventory.adjustment", done.pk,
    )  # fmt: skip
    trail = AuditEvent.objects.filter(object_type="inventory.adjustment", object_id=done.pk).order_by("pk")
    assert [event.new_value for event in trail] == ["draft", "approved", "posted"]
    assert run_checks().ok


def test_a_dear_one_waits_for_somebody_else(house):
    waiting = house.submitted({house.mug: "-5"}, "theft")
    assert (waiting.status, level(house.shop, house.mug)[0]) == ("submitted", D(10))

    refusal = refused(
        lambda: approve_adjustment(waiting.pk, actor=house.lead, **house.common), "own_document", ApprovalRefused
    )
    assert refusal.detail.startswith("Stock adjustment of 25.00: Who made it cannot approve it.")
    approve_adjustment(waiting.pk, actor=house.owner, **house.common)

    assert (Adjustment.objects.get().status, level(house.shop, house.mug)[0]) == ("posted", D(5))
    assert run_checks().ok


def test_a_reason_may_be_stricter_than_the_company(house):
    stolen = reason(house.shop, "theft")
    stolen.approval_above = D(0)
    stolen.save()

    waiting = house.submitted({house.mug: "-1"}, "theft")

    assert waiting.status == "submitted"
    refused(lambda: approve_adjustment(waiting.pk, actor=house.lead, **house.common), "own_document", ApprovalRefused)
    send_back_adjustment(waiting.pk, company_id=house.shop.id, actor=house.owner, reason="Look again")
    cancel_adjustment(waiting.pk, company_id=house.shop.id, actor=house.lead, reason="Found")
    assert Adjustment.objects.get().status == "cancelled"
    assert run_checks().ok


def test_samples_go_to_their_own_account(house):
    house.submitted({house.mug: "-1"}, "sample")

    assert balance(house.shop.company, AccountRole.SAMPLES) == D(5)
    assert run_checks().ok


def test_found_goods_come_in_at_cost_and_serve_who_waits(house):
    other = add_shop(house.shop.company, "BTH")
    transfer = make_transfer(house.shop, other, {house.mug: "12"}, until="approved")

    done = house.submitted({house.mug: "2"}, "found")

    assert (done.status, done.value, cost(house.mug)) == ("posted", D(10), (D(12), D(60)))
    demand = lines_of(transfer)[0].demand
    assert (demand.claimed, balance(house.shop.company, AccountRole.INVENTORY_GAIN)) == (D(12), D(-10))
    assert run_checks().ok


def test_a_posted_one_is_reversed_by_its_mirror_at_the_cost_it_left_at(house):
    done = house.submitted({house.mug: "-3"}, "lost")
    make_stock(house.shop, house.mug, "7", "70.00", key="dearer")
    assert cost(house.mug) == (D(14), D(105))

    mirror = reverse_adjustment(done.pk, actor=house.lead, reason="It was behind the shelf", **house.common)

    assert cost(house.mug) == (D(17), D(120))
    assert balance(house.shop.company, AccountRole.INVENTORY_LOSS) == D(0)
    assert (mirror.status, mirror.reverses_id, Adjustment.objects.get(pk=done.pk).status) == (
        "posted", done.pk, "reversed",
    )  # fmt: skip
    refused(
        lambda: reverse_adjustment(done.pk, actor=house.lead, reason="Twice", **house.common),
        "illegal_transition",
        DomainError,
    )
    assert run_checks().ok


def test_less_than_nothing_and_what_is_promised_are_refused_by_name(house):
    """frappe/erpnext#33936, #51353, #57677: stock went below zero by back-dating or by a setting."""
    too_much = house.submitted({house.mug: "-11"}, "lost")
    refusal = refused(
        lambda: approve_adjustment(too_much.pk, actor=house.owner, **house.common), "stock_refused", StockRefused
    )
    assert refusal.context["items"][0]["code"] == "not_enough_stock"
    make_claim(house.shop, house.mug, "8")
    promised = house.submitted({house.mug: "-5"}, "lost")
    refusal = refused(
        lambda: approve_adjustment(promised.pk, actor=house.owner, **house.common), "stock_refused", StockRefused
    )
    assert (refusal.context["items"][0]["code"], refusal.context["items"][0]["sku"]) == ("reserved", "MUG")
    early = {"company_id": house.shop.id, "effective_at": NOON.replace(year=2020)}
    refused(lambda: approve_adjustment(too_much.pk, actor=house.owner, **early), "stock_refused", StockRefused)
    assert level(house.shop, house.mug)[0] == D(10)


def test_lines_that_make_no_sense_are_refused_by_row(house):
    shop, other = house.shop, add_shop(house.shop.company, "BTH")

    def make(*lines, code="miscount"):
        create_adjustment(
            lines,
            company_id=shop.id,
            warehouse_id=shop.warehouse.pk,
            reason_id=reason(shop, code).pk,
            actor=ACTOR,
        )

    good = AdjustmentLineInput(house.mug, shop.bin, D(1))
    refused(lambda: make(), "no_lines")
    assert refused(lambda: make(good, AdjustmentLineInput(10**9, shop.bin, D(1))), "unknown_sku").context["row"] == 2
    refused(lambda: make(AdjustmentLineInput(house.mug, other.bin, D(1))), "unknown_location")
    refused(lambda: make(AdjustmentLineInput(house.mug, shop.bin, D(0))), "bad_quantity")
    refused(lambda: make(good, code="lost"), "wrong_direction")
    refused(lambda: make(AdjustmentLineInput(house.mug, shop.bin, D(-1)), code="found"), "wrong_direction")
    assert not AdjustmentLine.objects.exists()
