"""Sourcing settings tried on past orders: what would ship from elsewhere; nothing is written."""

from django.urls import reverse

from orders.models import Channel, Objective, SourcingDecision
from orders.selectors.sourcing_trial import SourcingSettings, try_sourcing
from tests.factories.floor import facts
from tests.factories.sales import line, order, place
from tests.factories.sourcing import Map
from tests.factories.staff import sign_in


def placed(count: int = 2) -> Map:
    world = Map(mug=("10", "10", "0"), cup=("10", "0", "10"))
    for number in range(count):
        place(world.channel, order(f"T-{number}", line("MUG", "1", "10"), line("CUP", "1", "10")))
    return world


def test_before_and_after_are_told_and_nothing_is_written(db):
    world = placed()
    before, decisions = facts(), SourcingDecision.objects.count()
    settings = SourcingSettings(Objective.FEWEST_PARCELS, excluded=frozenset({world.london.warehouse.pk}))

    trial = try_sourcing(world.channel, settings, days=36_500)

    assert (trial.looked_at, trial.changed, trial.before.parcels, trial.after.parcels) == (2, 2, 2, 4)
    assert {(row.before.warehouses, row.after.warehouses) for row in trial.rows} == {(("LON",), ("LEE", "YRK"))}
    assert (facts(), SourcingDecision.objects.count()) == (before, decisions)
    same = try_sourcing(world.channel, SourcingSettings(world.channel.objective), days=36_500)
    assert (same.changed, same.before) == (0, same.after)


def test_more_orders_take_no_more_statements(db, django_assert_num_queries):
    world = placed(6)
    channel = Channel.objects.select_related("company").get(pk=world.channel.pk)
    with django_assert_num_queries(8):
        assert try_sourcing(channel, SourcingSettings("nearest"), days=36_500).looked_at == 6


def test_the_page_shows_it_to_who_may_see_channels(db):
    world = placed()
    page = reverse("sourcing_trial", args=[world.channel.pk])
    asked = {"days": 365, "objective": "fewest_parcels", f"excluded_{world.london.warehouse.pk}": "on"}

    shown = sign_in("owner").get(page, asked)

    assert shown.status_code == 200 and "orders looked at" in shown.text
    assert sign_in("picker").get(page, asked).status_code == 403
