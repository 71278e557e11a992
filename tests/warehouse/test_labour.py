"""Labour: how long each piece took, what it cost at the wage of its day, and each order's sum of it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from backoffice.core.actor import Actor
from backoffice.core.models import User
from inventory.models import Location, Zone
from tests.factories.books import ACTOR
from tests.factories.floor import broken_checks, make_channel, make_order
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.refusals import refused
from warehouse.boards.figures import by_period, facts, labour, span_of, summaries
from warehouse.boards.order_labour import order_labour
from warehouse.models import WageRate
from warehouse.services import Pack, Pick, confirm_picks, create_pick_lists, pack

pytestmark = pytest.mark.django_db
D = Decimal
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a Monday


class Hands:
    """Ann picks and packs two orders: 60 s a pick, 120 s a parcel; half an hour's break between them."""

    def __init__(self) -> None:
        self.shop = make_shop()
        self.ann = User.objects.create_user("ann")
        self.actor = Actor(label="ann", user_id=self.ann.pk)
        self.zone = Zone.objects.create(company=self.shop.company, warehouse=self.shop.warehouse, code="FAST")
        Location.objects.filter(pk=self.shop.bin).update(zone=self.zone)
        self.skus = [make_sku(self.shop, code) for code in ("MUG", "CUP")]
        make_stock(self.shop, self.skus[0], "50", at=self.shop.bin)
        make_stock(self.shop, self.skus[1], "50", at=self.shop.second_bin)
        self.channel = make_channel(self.shop)
        self.first = self.work("1", NINE)
        self.second = self.work("2", NINE + timedelta(minutes=40))

    def work(self, external_id: str, at: datetime) -> int:
        """Two picks a minute apart, then the parcel two minutes later."""
        placed = make_order(self.channel, dict.fromkeys(self.skus, "1"), external_id)
        [made] = create_pick_lists([placed.fulfilment_id], company_id=self.shop.id, actor=ACTOR)
        for number, (task, quantity) in enumerate(made.tasks):
            confirm_picks(
                [Pick(task, quantity)], company_id=self.shop.id, effective_at=at + timedelta(minutes=number),
                actor=self.actor,
            )  # fmt: skip
        pack(
            [Pack(placed.fulfilment_id)],
            company_id=self.shop.id,
            effective_at=at + timedelta(minutes=3),
            actor=self.actor,
        )
        return placed.order_id

    def rate(self, hourly: str, from_date: date = date(2026, 1, 1), **whose) -> WageRate:
        return WageRate.objects.create(company=self.shop.company, hourly=D(hourly), from_date=from_date, **whose)

    def span(self, **values):
        return span_of(self.shop.warehouse, NINE.date(), NINE.date(), **values)


@pytest.fixture
def hands(db):
    return Hands()


def test_a_piece_takes_as_long_as_since_the_last_and_a_break_counts_as_none(hands):
    rows = {(row.person, row.kind): row for row in labour(hands.span())}

    picks, packs = rows["ann", "pick"], rows["ann", "pack"]
    assert (picks.lines, packs.lines, packs.seconds) == (4, 2, D("120.0"))
    first, second = order_labour(hands.first), order_labour(hands.second)
    assert [(piece.kind, piece.seconds) for piece in first.pieces][1:] == [("pick", D("60.0")), ("pack", D("120.0"))]
    assert second.pieces[0].seconds in (D("0.0"), None)  # after the break: what the pick itself took, if that is known
    assert (first.cost, second.cost) == (None, None)  # nobody has said what an hour costs


def test_an_hour_costs_a_persons_rate_before_a_roles_before_all(hands):
    hands.rate("12")
    assert order_labour(hands.first).cost == D("0.6000")  # 180 s of 12.00
    hands.ann.groups.add(Group.objects.get_or_create(name="picker")[0])
    hands.rate("24", role="picker")
    assert order_labour(hands.first).cost == D("1.2000")
    hands.rate("30", person=hands.ann)
    hands.rate("60", date(2026, 3, 3), person=hands.ann)  # from tomorrow on: today's cost stays
    assert order_labour(hands.first).cost == D("1.5000")

    found = {row.figure: row for row in summaries(hands.span())}
    cost, seconds = found["cost_per_order"], found["seconds_per_task"]
    assert (cost.facts, seconds.facts >= 4) == (2, True) and cost.value is not None and cost.value > D("1.4")
    orders = {fact.page_id: fact for fact in facts("cost_per_order", hands.span())}
    assert set(orders) == {hands.first, hands.second} and orders[hands.first].person == "ann"
    assert sum((row.cost or D(0) for row in labour(hands.span())), D(0)) == round(
        sum((order_labour(pk).cost or D(0) for pk in (hands.first, hands.second)), D(0)), 2
    )
    assert broken_checks() == []


def test_figures_are_by_zone_and_by_period(hands):
    hands.rate("12")
    inside = {row.figure: row for row in summaries(hands.span(place_zone="FAST"))}
    outside = {row.figure: row for row in summaries(hands.span(place_zone="SLOW"))}

    assert (inside["pick_accuracy"].facts, outside["pick_accuracy"].facts) == (2, 0)
    assert (inside["lines_per_hour"].facts, outside["lines_per_hour"].facts) == (2, 0)
    week = span_of(hands.shop.warehouse, NINE.date(), NINE.date() + timedelta(days=6))
    assert [day for day, _value in by_period("pick_accuracy", week, "week")] == [date(2026, 3, 2)]
    assert [day for day, _value in by_period("pick_accuracy", week, "month")] == [date(2026, 3, 1)]
    assert by_period("seconds_per_task", week, "day")[0][0] == NINE.date()
    assert len(list(facts("lines_per_hour", week, person="ann", kind="pack"))) == 2


def test_one_order_costs_two_statements_to_ask(hands):
    with CaptureQueriesContext(connection) as made:
        order_labour(hands.first)

    assert len(made) == 2


def test_a_rate_that_cannot_be_is_refused(hands):
    hands.rate("12")
    for values in ({}, {"hourly": D(-1), "role": "picker"}, {"person": hands.ann, "role": "picker"}):
        with refused(IntegrityError, match="wagerate_"):
            WageRate.objects.create(
                **({"company": hands.shop.company, "hourly": D(1), "from_date": date(2026, 1, 1)} | values)
            )
    assert WageRate.objects.count() == 1
