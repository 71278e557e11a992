"""The credit limit is kept on the order that would cross it (others lock a customer only once they are over)."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import transaction

from accounting.models import Party
from accounting.services import ensure_party, set_exchange_rate
from backoffice.core.proof import run_checks
from orders.errors import ChangeRefused
from orders.inputs import ContactInput
from orders.models import Contact, Hold, Order
from orders.selectors.credit import credit_of
from orders.services import LineEdit, OrderEdit, cancel_order, change_order, release_hold
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.sales import line, make_channel, order, orders_written, place, ship, shipping
from tests.factories.staff import make_staff

D = Decimal
BUYER = ContactInput("b-1", "Ana")


class World:
    """MUG with stock; the buyer b-1 has an account of their own with a limit of 100."""

    def __init__(self, limit="100"):
        self.house = make_shop()
        self.mug = make_sku(self.house, "MUG")
        make_stock(self.house, self.mug, "500", "500.00")
        self.channel = make_channel(self.house, "web")
        place(self.channel, order("first", line("MUG", "1", "0"), contact=BUYER))
        self.party = ensure_party(
            company_id=self.house.id, code="ANA", name="Ana Ltd", currency="GBP", is_customer=True
        )
        Party.objects.filter(pk=self.party.pk).update(credit_limit=limit)
        Contact.objects.filter(external_id="b-1").update(party=self.party)

    def order(self, number, quantity, price="10", **values):
        [result] = place(self.channel, order(number, line("MUG", quantity, price), contact=BUYER, **values))
        return result

    def raise_to(self, order_id, line_id, quantity):
        edit = OrderEdit([LineEdit(line_id, D(quantity))])
        change_order(order_id, edit=edit, company_id=self.house.id, actor=ACTOR, reason="they rang", today=NOON.date())

    def credit(self):
        return credit_of([self.party.pk], on=NOON.date())[self.party.pk]


@pytest.fixture
def world(db):
    return World()


def holds(result):
    return list(Hold.objects.filter(order_id=result.order_id, released_at=None).values_list("kind", flat=True))


def test_the_order_that_would_cross_the_limit_is_held_and_says_by_how_much(world):
    within = world.order("A", "9")
    over = world.order("B", "2")

    assert (holds(within), within.fulfilment_ids != ()) == ([], True)
    assert (holds(over), over.fulfilment_ids, over.held) == (["credit"], (), True)
    assert Order.objects.get(pk=over.order_id).status == "placed"
    reason = Hold.objects.get(order_id=over.order_id).reason
    assert all(figure in reason for figure in ("100.00", "90.00", "20.00", "10.00"))


def test_a_held_order_takes_no_credit_so_a_smaller_one_still_passes(world):
    world.order("A", "9")
    world.order("B", "2")

    assert holds(world.order("C", "1")) == []
    assert (world.credit().used, world.credit().left) == (100, 0)


def test_orders_of_one_batch_are_added_up(world):
    orders = [order(n, line("MUG", "6", "10"), contact=BUYER) for n in ("A", "B", "C")]

    results = place(world.channel, *orders)

    assert [holds(result) for result in results] == [[], ["credit"], ["credit"]]


def test_what_is_shipped_is_owed_and_what_is_cancelled_is_free_again(world):
    first, second = world.order("A", "4", charges=(shipping("5"),)), world.order("B", "3")
    assert (world.credit().owed, world.credit().ordered) == (0, 75)

    ship(world.house, first)
    cancel_order(second.order_id, company_id=world.house.id, actor=ACTOR, reason="changed their mind")

    assert (world.credit().owed, world.credit().ordered, world.credit().left) == (45, 0, 55)


def test_a_named_user_lets_the_order_through(world):
    held = world.order("A", "11")

    user = make_staff("owner")
    hold = Hold.objects.get(order_id=held.order_id)
    release_hold(hold.pk, company_id=world.house.id, actor=replace(ACTOR, user_id=user.pk), reason="called them")

    assert Order.objects.get(pk=held.order_id).status == "released"
    assert world.credit().left == -10
    assert holds(world.order("B", "1")) == ["credit"]


def test_a_customer_without_a_limit_orders_what_they_like(world):
    Party.objects.filter(pk=world.party.pk).update(credit_limit=None)

    assert holds(world.order("A", "400")) == []
    assert world.credit().left is None


def test_amounts_in_another_currency_count_at_the_days_rate(world):
    set_exchange_rate(company_id=world.house.id, currency="USD", date=NOON.date(), rate=D("0.5"))

    assert holds(world.order("A", "19", currency="USD")) == []
    assert world.credit().ordered == D("95")
    assert holds(world.order("B", "2", currency="USD")) == ["credit"]


def test_an_edit_may_not_cross_the_limit_either(world):
    placed = world.order("A", "9")
    line_id = Order.objects.get(pk=placed.order_id).lines.get().pk
    before = orders_written()

    with pytest.raises(ChangeRefused, match="over it") as refusal, transaction.atomic():
        world.raise_to(placed.order_id, line_id, "11")

    assert (refusal.value.context["over"], orders_written()) == ("10", before)
    world.raise_to(placed.order_id, line_id, "10")
    assert world.credit().left == 0


def test_the_books_still_hold(world):
    ship(world.house, world.order("A", "9"))
    world.order("B", "5")

    assert [r.name for r in run_checks().results if r.state != "ok"] == []
