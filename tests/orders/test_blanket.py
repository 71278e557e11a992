"""Blanket orders: agreed once, called off in parts, never more than was agreed."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction

from accounting.services import create_tax_code
from backoffice.core.errors import IllegalTransition, InvalidInput
from backoffice.core.proof import run_checks
from orders.errors import ChangeRefused
from orders.inputs import ContactInput
from orders.models import BlanketCall, BlanketLine, BlanketOrder, Channel, Contact, OrderLine
from orders.selectors.blanket import called_off
from orders.services import (
    BlanketLineInput,
    CallRefused,
    LineEdit,
    OrderEdit,
    call_off,
    cancel_order,
    change_order,
    create_blanket_order,
    set_blanket_status,
)
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.sales import make_channel, order, orders_written, place, ship

D = Decimal


class World:
    """100 MUG at 7.50 and 10 CUP at 3 agreed with b-1 for March 2026."""

    def __init__(self):
        self.house = make_shop()
        self.mug, self.cup = make_sku(self.house, "MUG"), make_sku(self.house, "CUP")
        make_stock(self.house, self.mug, "500", "500.00")
        self.channel = make_channel(self.house, "web")
        tax_code = create_tax_code(
            company_id=self.house.id, code="TWENTY", name="20 %", rates=[(date(2000, 1, 1), D("0.2"))]
        )
        Channel.objects.filter(pk=self.channel.pk).update(tax_code=tax_code)
        place(self.channel, order("first", contact=ContactInput("b-1", "Ana")))
        self.buyer = Contact.objects.get(external_id="b-1")
        self.blanket = self.agree()
        self.mugs, self.cups = BlanketLine.objects.filter(blanket=self.blanket).order_by("position")

    def agree(self, reference="F-2026", **values):
        lines = values.pop(
            "lines", [BlanketLineInput(self.mug, D(100), D("7.5")), BlanketLineInput(self.cup, D(10), D(3))]
        )
        given = {
            "contact_id": self.buyer.pk, "reference": reference, "currency": "GBP", "valid_from": date(2026, 3, 1),
            "valid_to": date(2026, 3, 31), "actor": ACTOR,
        } | values  # fmt: skip
        return create_blanket_order(lines, **given)

    def call(self, number, *, at=NOON, **quantities):
        wanted = {getattr(self, name).pk: D(quantity) for name, quantity in quantities.items()}
        return call_off(
            self.blanket.pk, quantities=wanted, company_id=self.house.id, external_id=number, placed_at=at, actor=ACTOR
        )

    def called(self):
        found = called_off([self.blanket.pk])
        return found.get(self.mugs.pk, 0), found.get(self.cups.pk, 0)


@pytest.fixture
def world(db):
    return World()


def test_a_part_becomes_an_order_at_the_agreed_price(world):
    result = world.call("C-1", mugs="30", cups="2")

    lines = OrderLine.objects.filter(order_id=result.order_id).order_by("position")
    assert [(i.sku_id, i.quantity, i.unit_price, i.tax_rate) for i in lines] == [
        (world.mug, 30, D("7.5"), D("0.2")), (world.cup, 2, 3, D("0.2")),
    ]  # fmt: skip
    assert (result.state, lines[0].order.contact, lines[0].tax) == ("placed", world.buyer, D(45))
    assert world.called() == (30, 2)


def test_the_same_call_again_is_the_same_order(world):
    first = world.call("C-1", mugs="60")
    again = world.call("C-1", mugs="60", at=NOON.replace(hour=18))

    other = world.call("C-1", mugs="61")

    assert (again.state, again.order_id) == ("already", first.order_id)
    assert (other.state, other.code) == ("refused", "external_id_reused")
    assert world.called() == (60, 0)


def test_more_than_is_left_is_refused_and_nothing_is_written(world):
    world.call("C-1", mugs="60")
    before = orders_written(), BlanketCall.objects.count()

    with pytest.raises(CallRefused, match="40 of MUG are left") as refusal, transaction.atomic():
        world.call("C-2", mugs="40.000001")

    assert refusal.value.context["left"] == "40"
    assert (orders_written(), BlanketCall.objects.count()) == before


def test_what_is_cancelled_can_be_called_off_again_and_what_is_shipped_cannot(world):
    first, second = world.call("C-1", mugs="60"), world.call("C-2", mugs="40")
    ship(world.house, first)
    cancel_order(second.order_id, company_id=world.house.id, actor=ACTOR, reason="later")

    assert world.called() == (60, 0)
    assert world.call("C-3", mugs="40").state == "placed"
    with pytest.raises(CallRefused), transaction.atomic():
        world.call("C-4", mugs="1")
    assert [r.name for r in run_checks().results if r.state != "ok"] == []


def test_an_edit_of_the_order_is_no_way_round_what_was_agreed(world):
    placed = world.call("C-1", mugs="60")
    line_id = OrderLine.objects.get(order_id=placed.order_id).pk
    edit = OrderEdit([LineEdit(line_id, D(61))])

    with pytest.raises(ChangeRefused, match="call off more of it instead"), transaction.atomic():
        change_order(
            placed.order_id, edit=edit, company_id=world.house.id, actor=ACTOR, reason="more", today=NOON.date()
        )

    assert world.called() == (60, 0)


def test_outside_its_days_or_closed_nothing_is_called_off(world):
    before = orders_written()

    with pytest.raises(CallRefused, match="runs from 2026-03-01 to 2026-03-31"), transaction.atomic():
        world.call("C-1", at=NOON.replace(month=4), mugs="1")
    set_blanket_status(world.blanket.pk, company_id=world.house.id, status="closed", reason="season over", actor=ACTOR)
    with pytest.raises(CallRefused, match="it is Closed"), transaction.atomic():
        world.call("C-1", mugs="1")
    with pytest.raises(IllegalTransition), transaction.atomic():
        set_blanket_status(world.blanket.pk, company_id=world.house.id, status="closed", reason="x", actor=ACTOR)
    assert orders_written()[:11] == before[:11], "only the closing's own trail"

    set_blanket_status(world.blanket.pk, company_id=world.house.id, status="open", reason="once more", actor=ACTOR)
    assert world.call("C-1", mugs="1").state == "placed"


def test_wrong_fields_are_all_named_and_nothing_is_written(world):
    with pytest.raises(InvalidInput) as refusal, transaction.atomic():
        world.agree(
            "F-2026", currency="XXX", valid_to=date(2026, 2, 1), lines=[BlanketLineInput(world.mug, D(0), D(-1))]
        )  # fmt: skip

    fields = [error["field"] for error in refusal.value.context["errors"]]
    assert fields == ["reference", "currency", "valid_to", "lines.0.quantity", "lines.0.unit_price"]
    assert BlanketOrder.objects.count() == 1


def test_lines_of_another_agreement_and_quantities_of_nothing_are_refused(world):
    other = world.agree("F-2")

    for quantities in ({other.lines.first().pk: D(1)}, {world.mugs.pk: D(0)}, {}):
        with pytest.raises(InvalidInput), transaction.atomic():
            call_off(
                world.blanket.pk,
                quantities=quantities,
                company_id=world.house.id,
                external_id="X",
                placed_at=NOON,
                actor=ACTOR,
            )

    assert BlanketCall.objects.count() == 0


def test_the_proof_finds_a_call_beyond_what_was_agreed(world):
    world.call("C-1", mugs="60")
    from django.db import connection

    from backoffice.core.roles import OWNER, role

    with role(connection, OWNER), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("UPDATE orders_blanketline SET quantity = 50 WHERE id = %s", [world.mugs.pk])

    [result] = run_checks(names=["blanket_lines_not_overcalled"]).results
    assert (result.state, result.row["blanket_line"]) == ("differs", str(world.mugs.pk))
