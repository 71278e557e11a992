"""What buyers are asked: the narrowest list first, its breaks, its days; whole lists at once."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from backoffice.core.errors import InvalidInput
from backoffice.core.models import AuditEvent
from orders.inputs import ContactInput
from orders.models import Contact, CustomerGroup, Order, PriceList, PriceListItem
from orders.pricing import Price, asked_price
from orders.selectors.price_lists import Asking, listed_breaks, listed_prices
from orders.services import PriceRow, price_order, set_prices
from orders.services.pricing import write_prices
from tests.factories.books import ACTOR
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.sales import line, make_channel, order, place

D = Decimal
DAY = date(2026, 3, 10)


def price(narrowness, least, amount, priority=100, list_id=1):
    return Price(list_id, f"L{list_id}", narrowness, priority, 7, D(least), D(amount))


@pytest.mark.parametrize(
    ("quantity", "asked"),
    [("1", "9"), ("9.999999", "9"), ("10", "8"), ("250", "7"), ("0.5", None)],
)
def test_the_highest_break_that_the_quantity_reaches_is_asked(quantity, asked):
    prices = [price(3, "100", "7"), price(3, "1", "9"), price(3, "10", "8")]

    found = asked_price(prices, D(quantity))

    assert (found and found.unit_price) == (asked and D(asked))


def test_the_narrowest_list_is_asked_even_where_a_wider_one_is_cheaper():
    own, group, channel, all_ = (price(n, "1", str(10 - n), list_id=n + 1) for n in range(4))

    assert asked_price([all_, channel, group, own], D(1)) is own
    assert asked_price([all_, channel, group], D(1)) is group
    assert asked_price([all_, channel], D(1)) is channel


def test_a_narrow_list_that_begins_later_leaves_small_quantities_to_the_wider_one():
    assert asked_price([price(0, "50", "5"), price(3, "1", "9", list_id=2)], D(10)).unit_price == D(9)
    assert asked_price([price(0, "50", "5"), price(3, "1", "9", list_id=2)], D(50)).unit_price == D(5)


def test_between_equals_the_lower_priority_comes_first():
    assert asked_price([price(3, "1", "9", 100, 1), price(3, "1", "8", 50, 2)], D(1)).unit_price == D(8)


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(1, 50), st.integers(0, 100), st.integers(1, 3), st.integers(1, 4)),
        max_size=12,
        unique_by=lambda row: (row[4], row[1]),
    ),
    st.integers(1, 60),
)
def test_what_is_asked_was_offered_for_this_quantity(rows, quantity):
    prices = [price(n, str(least), str(amount), priority, list_id) for n, least, amount, priority, list_id in rows]

    found = asked_price(prices, D(quantity))

    reached = [p for p in prices if p.min_quantity <= quantity]
    assert (found is None) == (not reached)
    if found:
        assert found in reached
        assert found.narrowness == min(p.narrowness for p in reached)
        same = [p for p in reached if p.list_id == found.list_id and p.narrowness == found.narrowness]
        assert found.min_quantity == max(p.min_quantity for p in same if p.priority == found.priority)


class World:
    """MUG and CUP; a channel "web" with a buyer c-1 in the group "trade"."""

    def __init__(self):
        self.house = make_shop()
        self.mug, self.cup = make_sku(self.house, "MUG"), make_sku(self.house, "CUP")
        make_stock(self.house, self.mug, "500", "500.00")
        self.channel = make_channel(self.house, "web")
        place(self.channel, order("first", contact=ContactInput("c-1", "Ana")))
        self.group = CustomerGroup.objects.create(company=self.house.company, code="trade", name="Trade")
        self.buyer = Contact.objects.get(external_id="c-1")
        Contact.objects.filter(pk=self.buyer.pk).update(group=self.group)

    def list(self, code, *rows, **values):
        made = PriceList.objects.create(company=self.house.company, code=code, name=code, currency="GBP", **values)
        set_prices(
            [PriceRow(sku, D(least), D(amount)) for sku, least, amount in rows], price_list_id=made.pk, actor=ACTOR
        )
        return made

    def ask(self, *wants, **values):
        asking = replace(Asking(self.channel.pk, "GBP", DAY), **values)
        return [found and f"{found.unit_price.normalize():f}" for found in listed_prices(wants, asking)]


@pytest.fixture
def world(db):
    return World()


def test_lists_count_for_whom_where_and_when_they_are_meant(world):
    other = make_channel(world.house, "other")
    world.list("all", ("MUG", "1", "10"))
    world.list("web", ("MUG", "1", "9"), channel=world.channel)
    world.list("trade", ("MUG", "1", "8"), ("MUG", "10", "7"), group=world.group)
    world.list("ana", ("MUG", "1", "6"), contact=world.buyer, valid_from=date(2026, 4, 1), valid_to=date(2026, 4, 30))
    world.list("dollars", ("MUG", "1", "1"), prices_include_tax=True)
    world.list("off", ("MUG", "1", "2"), is_active=False)
    PriceList.objects.filter(code="dollars").update(currency="USD")

    assert world.ask((world.mug, D(1))) == ["9"]
    assert world.ask((world.mug, D(1)), contact="c-1") == ["8"]
    assert world.ask((world.mug, D(4)), (world.mug, D(6)), contact="c-1") == ["7", "7"], "lines add up to the break"
    assert world.ask((world.mug, D(1)), contact="c-1", on=date(2026, 4, 30)) == ["6"]
    assert world.ask((world.mug, D(1)), contact="c-1", on=date(2026, 5, 1)) == ["8"]
    assert world.ask((world.mug, D(1)), contact_id=world.buyer.pk) == ["8"]
    assert world.ask((world.mug, D(1)), channel_id=other.pk) == ["10"]
    assert world.ask((world.cup, D(1))) == [None]


def test_prices_with_tax_are_not_asked_where_they_go_without(world):
    world.list("gross", ("MUG", "1", "12"), prices_include_tax=True)

    assert world.ask((world.mug, D(1))) == [None]
    assert world.ask((world.mug, D(1)), prices_include_tax=True) == ["12"]


def test_breaks_end_where_a_narrower_list_begins(world):
    world.list("all", ("MUG", "1", "10"), ("MUG", "20", "9"), ("MUG", "100", "1"))
    world.list("ana", ("MUG", "50", "7"), contact=world.buyer)

    found = listed_breaks([world.mug], Asking(world.channel.pk, "GBP", DAY, contact="c-1"))

    assert [(p.min_quantity, p.unit_price) for p in found[world.mug]] == [(1, 10), (20, 9), (50, 7)]


def test_a_thousand_prices_cost_one_question(world):
    world.list("all", ("MUG", "1", "10"))

    with CaptureQueriesContext(connection) as few:
        world.ask((world.mug, D(1)))
    with CaptureQueriesContext(connection) as many:
        world.ask(*[(world.mug, D(1))] * 1000)

    assert len(few) == len(many) == 1


def test_an_order_without_prices_takes_those_of_its_buyer_and_stays_the_same_order(world):
    world.list("trade", ("MUG", "1", "8"), ("MUG", "5", "7.5"), group=world.group)
    sent = order("P-1", line("mug", "5", "0"), contact=ContactInput("c-1", "Ana"))

    priced = price_order(sent, channel_id=world.channel.pk, unpriced=[0])
    [placed] = place(world.channel, priced)
    world.list("dearer", ("MUG", "1", "99"), contact=world.buyer)
    [again] = place(world.channel, price_order(sent, channel_id=world.channel.pk, unpriced=[0]))

    assert (placed.state, again.state, again.order_id) == ("placed", "already", placed.order_id)
    assert Order.objects.get(pk=placed.order_id).goods_total == D("37.5")


def test_a_line_without_any_price_is_named(world):
    sent = order("P-2", line("MUG", "1", "0"), line("CUP", "1", "0"))
    world.list("all", ("MUG", "1", "8"))

    with pytest.raises(InvalidInput) as refusal:
        price_order(sent, channel_id=world.channel.pk, unpriced=[0, 1])

    assert [(e["field"], e["code"]) for e in refusal.value.context["errors"]] == [("lines.1.unit_price", "no_price")]


def test_a_list_is_changed_whole_and_its_trail_says_from_what_to_what(world):
    made = world.list("all", ("MUG", "1", "10"), ("CUP", "1", "4"))

    rows = [PriceRow("mug", D(1), D("9.5")), PriceRow("MUG", D(10), D(9))]
    changed = set_prices(rows, price_list_id=made.pk, actor=ACTOR)
    same = set_prices(rows, price_list_id=made.pk, actor=ACTOR)
    cup = PriceListItem.objects.get(price_list=made, sku__code="CUP").sku_id
    gone = write_prices({(made.pk, cup, D(1)): None}, company_id=made.company_id, actor=ACTOR)

    stands = PriceListItem.objects.filter(price_list=made).order_by("min_quantity")
    assert [(i.sku.code, i.min_quantity, i.unit_price) for i in stands] == [("MUG", 1, D("9.5")), ("MUG", 10, 9)]
    assert (changed, same, gone) == (2, 0, 1)
    trail = AuditEvent.objects.filter(object_type="orders.pricelist", action="priced").order_by("-pk")[:3]
    assert {(e.field, e.old_value, e.new_value) for e in trail} == {
        ("MUG × 1", "10", "9.5"), ("MUG × 10", "", "9"), ("CUP × 1", "4", ""),
    }  # fmt: skip


def test_every_wrong_row_is_named_and_nothing_is_written(world):
    made = world.list("all", ("MUG", "1", "10"))
    rows = [
        PriceRow("NOPE", D(1), D(1)),
        PriceRow("MUG", D(0), D(-1)),
        PriceRow("MUG", D(1), D(5)),
        PriceRow("mug", D(1), D(5)),
    ]

    with pytest.raises(InvalidInput) as refusal, transaction.atomic():
        set_prices(rows, price_list_id=made.pk, actor=ACTOR)

    assert [e["field"] for e in refusal.value.context["errors"]] == [
        "rows.1.sku", "rows.2.min_quantity", "rows.2.unit_price", "rows.4.sku",
    ]  # fmt: skip
    assert PriceListItem.objects.get(price_list=made).unit_price == 10
