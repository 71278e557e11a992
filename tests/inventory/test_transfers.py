"""Transfers: claimed, shipped into transit, received, and what happens to a difference."""

import datetime
from decimal import Decimal

import pytest
from django.db import transaction

from accounting.models import AccountRole, OpenItem
from accounting.services import ensure_party
from backoffice.core.actor import Actor
from backoffice.core.approval_limits import set_threshold
from backoffice.core.approving import ApprovalRefused
from backoffice.core.errors import DomainError, IllegalTransition
from backoffice.core.models import OutboxEvent
from backoffice.core.proof import run_checks
from inventory.errors import NotFound, StockRefused
from inventory.models import Demand, Lot, Transfer, TransferSettlement
from inventory.selectors import atp, inbound_of
from inventory.services import (
    KitPart,
    ReceivedPart,
    Settlement,
    ShippedPart,
    TransferDraft,
    TransferLineInput,
    allocate_transfers,
    approve_transfers,
    cancel_transfers,
    close_transfers,
    create_transfers,
    give_up_rest,
    post_moves,
    receive_transfer,
    set_kit,
    set_transfer_date,
    settle_transfer,
    ship_transfer,
)
from tests.factories.books import ACTOR, NOON
from tests.factories.buying import in_days
from tests.factories.floor import in_place
from tests.factories.goods import (
    add_shop,
    balance,
    cost,
    level,
    make_move,
    make_shop,
    make_sku,
    make_stock,
    rows,
)
from tests.factories.moving import arrive, lines_of, make_transfer, moving_facts, ship
from tests.factories.staff import make_staff

D = Decimal


class Two:
    """London has 10 MUG at 5.00; Bath has none."""

    def __init__(self) -> None:
        self.london = make_shop()
        self.bath = add_shop(self.london.company, "BTH")
        self.mug = make_sku(self.london, "MUG")
        make_stock(self.london, self.mug, "10", "50.00")

    def settle(self, transfer_id, quantity, kind, *, actor=ACTOR, **values):
        [line] = lines_of(transfer_id)
        return settle_transfer(
            transfer_id,
            settlements=[Settlement(line.pk, D(quantity), kind, **values)],
            company_id=self.london.id,
            effective_at=NOON,
            actor=actor,
            reason="Looked everywhere",
        )


@pytest.fixture
def two(db):
    return Two()


def status(transfer_id):
    return Transfer.objects.get(pk=transfer_id).status


def refused(call, code, kind=DomainError):
    before = moving_facts()
    with pytest.raises(kind) as caught, transaction.atomic():
        call()
    assert moving_facts() == before
    assert getattr(caught.value, "code", "") == code or caught.value.context.get("code") == code, caught.value.detail
    return caught.value


def test_goods_go_through_transit_and_serve_who_waits_at_the_target(two):
    back = make_transfer(two.bath, two.london, {two.mug: "3"}, until="approved")
    waiting = lines_of(back)[0].demand_id
    transfer = make_transfer(two.london, two.bath, {two.mug: "8"})

    assert (status(transfer), level(two.london, two.mug)) == ("allocated", (D(10), D(10), D(8)))
    ship(two.london, transfer, "5")
    assert (status(transfer), level(two.london, two.mug)) == ("partly_shipped", (D(5), D(5), D(3)))
    ship(two.london, transfer)
    assert (status(transfer), level(two.bath, two.mug)) == ("shipped", (D(0), D(0), D(0)))
    assert cost(two.mug) == (D(10), D(50))
    arrive(two.bath, transfer, "4", at=two.bath.dock)
    assert (status(transfer), level(two.bath, two.mug)) == ("partly_received", (D(4), D(4), D(3)))
    arrive(two.bath, transfer, at=two.bath.bin)

    assert (status(transfer), level(two.bath, two.mug)) == ("received", (D(8), D(8), D(3)))
    assert Demand.objects.get(pk=waiting).claimed == 3
    assert OutboxEvent.objects.filter(topic="DemandsServed").exists()
    close_transfers([transfer], company_id=two.london.id, actor=ACTOR)
    assert status(transfer) == "closed"
    assert run_checks().ok


def test_what_is_in_transit_is_promised_at_the_target_from_its_day_on(two):
    transfer = make_transfer(two.london, two.bath, {two.mug: "8"}, until="shipped")

    [coming] = inbound_of(two.london.id, [two.mug])
    assert (coming.number, coming.warehouse_id, coming.quantity, coming.distrust) == (
        f"TR-{transfer:06d}", two.bath.warehouse.pk, D(8), "no_date",
    )  # fmt: skip
    day = datetime.date(2099, 5, 1)
    set_transfer_date(transfer, company_id=two.london.id, date=day, actor=ACTOR)

    assert atp(two.london.id, [two.mug])[two.mug].ask(D(8), two.bath.warehouse.pk).date == day
    arrive(two.bath, transfer, at=two.bath.bin)
    assert inbound_of(two.london.id, [two.mug]) == []
    assert run_checks().ok


def test_what_makes_no_sense_is_refused_by_name(two):
    kit, other = make_sku(two.london, "SET"), make_shop("other", "OSL")
    set_kit(kit, parts=[KitPart(two.mug, D(2))], company_id=two.london.id, actor=ACTOR)
    london, bath = two.london.warehouse.pk, two.bath.warehouse.pk
    mug = TransferLineInput(two.mug, D(1))

    made = create_transfers(
        [
            TransferDraft(london, london, [mug]),
            TransferDraft(london, other.warehouse.pk, [mug]),
            TransferDraft(london, bath, []),
            TransferDraft(london, bath, [mug, TransferLineInput(kit, D(1))]),
            TransferDraft(london, bath, [TransferLineInput(10**9, D(1))]),
            TransferDraft(london, bath, [TransferLineInput(two.mug, D(-1))]),
            TransferDraft(london, bath, [mug], source_key="proposal:1"),
            TransferDraft(london, bath, [mug], source_key="proposal:1"),
        ],
        company_id=two.london.id,
        actor=ACTOR,
    )

    assert [one.code for one in made] == [
        "same_warehouse", "unknown_warehouse", "no_lines", "kit", "unknown_sku", "bad_quantity", "", "already",
    ]  # fmt: skip
    assert (made[3].row, made[3].detail) == (2, "Line 2: SET is a kit: transfer its components.")
    assert Transfer.objects.count() == 1


def test_more_than_is_available_is_refused_waits_or_is_cut(two):
    transfer = make_transfer(two.london, two.bath, {two.mug: "12"}, until="approved")

    def allocate_as(short):
        return allocate_transfers([transfer], company_id=two.london.id, actor=ACTOR, short=short)

    refusal = refused(lambda: allocate_as("refuse"), "not_enough_stock")
    assert refusal.context["items"][0] | {"transfer": ""} == {
        "transfer": "", "row": 1, "sku": "MUG", "wanted": "12", "there": "10",
    }  # fmt: skip
    assert allocate_as("wait") == ["approved"]
    refused(lambda: ship(two.london, transfer, "1"), "not_allocated")
    make_stock(two.london, two.mug, "1", "5.00", key="more")
    assert allocate_as("cut") == ["allocated"]
    assert [(line.quantity, line.cancelled) for line in lines_of(transfer)] == [(D(12), D(1))]
    ship(two.london, transfer)
    assert status(transfer) == "shipped"
    assert run_checks().ok


def test_shipping_or_receiving_too_much_or_elsewhere_is_refused(two):
    transfer = make_transfer(two.london, two.bath, {two.mug: "8"})
    [line] = lines_of(transfer)

    def receive(quantity, location_id):
        part = ReceivedPart(line.pk, D(quantity), location_id)
        receive_transfer(transfer, parts=[part], company_id=two.london.id, effective_at=NOON, actor=ACTOR)

    def send(part):
        ship_transfer(transfer, parts=[part], company_id=two.london.id, effective_at=NOON, actor=ACTOR)

    refused(lambda: ship(two.london, transfer, "9"), "over_shipment")
    refused(lambda: ship(two.london, transfer, "-1"), "bad_quantity")
    refused(lambda: send(ShippedPart(line.pk, D(1), two.bath.bin)), "wrong_place")
    refused(lambda: send(ShippedPart(line.pk, D(1), two.london.second_bin)), "stock_refused", StockRefused)
    refused(lambda: send(ShippedPart(10**9, D(1))), "unknown_line")
    refused(lambda: receive("1", two.bath.bin), "not_in_transit")
    ship(two.london, transfer, "5")
    refusal = refused(lambda: receive("6", two.bath.bin), "over_receipt")
    assert (refusal.context["wanted"], refusal.context["there"]) == ("6", "5")
    refused(lambda: receive("1", two.london.bin), "wrong_place")
    refused(lambda: close_transfers([transfer], company_id=two.london.id, actor=ACTOR), "in_transit")
    refused(lambda: approve_transfers([transfer], company_id=two.london.id, actor=ACTOR), "illegal_transition")
    refused(lambda: close_transfers([10**9], company_id=two.london.id, actor=ACTOR), "not_found", NotFound)
    assert run_checks().ok


def test_a_transfer_is_called_off_or_its_rest_given_up(two):
    off = make_transfer(two.london, two.bath, {two.mug: "8"})
    cancel_transfers([off], company_id=two.london.id, actor=ACTOR, reason="Not needed")
    assert (status(off), level(two.london, two.mug)) == ("cancelled", (D(10), D(10), D(0)))

    part = make_transfer(two.london, two.bath, {two.mug: "8"})
    ship(two.london, part, "5")
    refused(
        lambda: cancel_transfers([part], company_id=two.london.id, actor=ACTOR, reason="Too late"),
        "illegal_transition",
        IllegalTransition,
    )
    give_up_rest(part, company_id=two.london.id, actor=ACTOR, reason="The van was full")

    assert (status(part), level(two.london, two.mug)) == ("shipped", (D(5), D(5), D(0)))
    assert run_checks().ok


def test_a_difference_stays_in_transit_until_it_is_found_lost_or_claimed(two):
    transfer = make_transfer(two.london, two.bath, {two.mug: "8"}, until="shipped")
    arrive(two.bath, transfer, "4", at=two.bath.bin)
    carrier = ensure_party(company_id=two.london.id, code="VAN", name="Van", currency="GBP", is_supplier=True)

    two.settle(transfer, "1", "found_source", location_id=two.london.dock)
    two.settle(transfer, "1", "found_target", location_id=two.bath.dock)
    assert (level(two.london, two.mug)[0], level(two.bath, two.mug)[0], status(transfer)) == (
        D(3), D(5), "partly_received",
    )  # fmt: skip
    two.settle(transfer, "1", "loss")
    assert (balance(two.london.company, AccountRole.INVENTORY_LOSS), cost(two.mug)) == (D(5), (D(9), D(45)))
    two.settle(transfer, "1", "claim", claim_on_id=carrier.pk)

    assert (status(transfer), cost(two.mug)) == ("closed", (D(8), D(40)))
    assert balance(two.london.company, AccountRole.INVENTORY_LOSS) == D(5)
    item = OpenItem.objects.get(kind="claim")
    assert (item.party_id, item.side, item.open_amount) == (carrier.pk, "debit", D(5))
    claimed = TransferSettlement.objects.get(kind="claim")
    assert (claimed.open_item_id, claimed.value, claimed.note) == (item.pk, D(5), "Looked everywhere")
    assert run_checks().ok


def test_a_settlement_that_makes_no_sense_is_refused(two):
    transfer = make_transfer(two.london, two.bath, {two.mug: "8"}, until="shipped")

    refused(lambda: two.settle(transfer, "9", "loss"), "over_receipt")
    refused(lambda: two.settle(transfer, "1", "claim"), "claim_on_nobody")
    refused(lambda: two.settle(transfer, "1", "claim", claim_on_id=10**9), "claim_on_nobody")
    refused(lambda: two.settle(transfer, "1", "found_target"), "wrong_place")
    refused(lambda: two.settle(transfer, "1", "found_target", location_id=two.london.bin), "wrong_place")
    refused(lambda: two.settle(transfer, "1", "loss", location_id=two.london.bin), "wrong_place")


def test_whoever_had_the_goods_in_hand_does_not_write_them_off(two):
    picker, lead = Actor.of(make_staff("picker")), Actor.of(make_staff("warehouse_lead"))
    set_threshold(company_id=two.london.id, action="write_off", amount=D(10), actor=ACTOR)
    transfer = make_transfer(two.london, two.bath, {two.mug: "8"}, until="shipped")
    arrive(two.bath, transfer, "3", at=two.bath.bin, actor=picker)

    refusal = refused(lambda: two.settle(transfer, "3", "loss", actor=picker), "own_document", ApprovalRefused)
    assert "Write-off of goods of 15.00" in refusal.detail
    two.settle(transfer, "2", "loss", actor=picker)
    two.settle(transfer, "3", "loss", actor=lead)

    assert status(transfer) == "closed"
    assert run_checks().ok


def test_lots_and_other_owners_goods_are_carried_along(two):
    other = ensure_party(company_id=two.london.id, code="CLI", name="Client", currency="GBP", is_customer=True)
    old, new = (
        Lot.objects.create(company=two.london.company, sku_id=two.mug, code=code, expiry_date=in_days(day))
        for code, day in (("OLD", 10), ("NEW", 90))
    )
    found = [
        make_move(two.london, two.mug, "2", two.london.outside["adjustment"], two.london.bin, lot_id=lot.pk)
        for lot in (new, old)
    ]
    theirs = make_move(two.london, two.mug, "4", two.london.outside["supplier"], two.london.bin, owner_id=other.pk)
    post_moves([*found, theirs], company_id=two.london.id, actor=ACTOR)
    lines = [TransferLineInput(two.mug, D(3)), TransferLineInput(two.mug, D(4), owner_id=other.pk)]
    (made,) = create_transfers(
        [TransferDraft(two.london.warehouse.pk, two.bath.warehouse.pk, lines)], company_id=two.london.id, actor=ACTOR
    )
    approve_transfers([made.transfer_id], company_id=two.london.id, actor=ACTOR)
    allocate_transfers([made.transfer_id], company_id=two.london.id, actor=ACTOR)

    ship(two.london, made.transfer_id)
    arrive(two.bath, made.transfer_id, at=two.bath.bin)

    assert rows(
        "SELECT lot_id, owner_id, quantity FROM inventory_stockquant WHERE location_id = %s ORDER BY 3", two.bath.bin
    ) == [(new.pk, None, D(1)), (old.pk, None, D(2)), (None, other.pk, D(4))]
    assert run_checks().ok


def test_a_line_that_claims_more_in_transit_than_there_is_is_found_by_the_proof(two):
    transfer = make_transfer(two.london, two.bath, {two.mug: "8"}, until="shipped")
    [line] = lines_of(transfer)

    line.received = D(3)
    line.save(update_fields=["received"])

    failed = {result.name for result in run_checks().results if result.state != "ok"}
    assert failed == {"transit_equals_transfers", "transfer_lines_equal_moves"}
    assert in_place(two.mug, two.london.bin) == (D(2), D(0))


def test_a_batch_costs_what_one_costs(two, django_assert_max_num_queries):
    drafts = [
        TransferDraft(two.london.warehouse.pk, two.bath.warehouse.pk, [TransferLineInput(two.mug, D(1))] * 5)
        for _ in range(50)
    ]

    with django_assert_max_num_queries(7):
        made = create_transfers(drafts, company_id=two.london.id, actor=ACTOR)

    assert {one.state for one in made} == {"done"}
