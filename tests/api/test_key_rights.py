"""A key acts for its user: what it may do is what its scopes AND its user's permissions allow."""

import pytest

from accounting.models import JournalEntry
from backoffice.core.api.auth import make_api_key
from backoffice.core.models import User
from orders.models import Order
from tests.api.conftest import Caller, order_body
from tests.factories.staff import make_staff


def caller_of(user: User, *scopes: str, **bound: object) -> Caller:
    return Caller(make_api_key(name="test", user=user, scopes=scopes, **bound)[1])  # type: ignore[arg-type]


def test_a_scope_opens_nothing_that_the_keys_user_may_not(world):
    picker = caller_of(
        make_staff("picker"), "orders:read", "orders:write", "accounting:read", channel_id=world.channel.pk
    )

    assert picker.get("orders/").status_code == 200
    assert picker.post("orders/", order_body()).status_code == 403
    assert picker.get("journal-entries/").status_code == 403
    assert not Order.objects.exists()


def test_a_permission_opens_nothing_beyond_the_keys_scopes(world):
    owner = caller_of(make_staff("owner"), "orders:read", channel_id=world.channel.pk)

    assert owner.get("orders/").status_code == 200
    assert owner.post("orders/", order_body()).status_code == 403
    assert not Order.objects.exists()


def test_a_shops_key_places_orders_for_its_channel_as_the_order_desk(world):
    shop = caller_of(make_staff("order_desk"), "orders:read", "orders:write", channel_id=world.channel.pk)

    assert shop.post("orders/", order_body()).status_code == 201
    assert Order.objects.get().channel_id == world.channel.pk


def test_a_right_taken_away_from_the_user_is_taken_from_the_key_at_once(world):
    user = make_staff("order_desk")
    shop = caller_of(user, "orders:read", "orders:write", channel_id=world.channel.pk)
    assert shop.get("orders/").status_code == 200

    user.groups.clear()

    assert shop.get("orders/").status_code == 403
    assert shop.post("orders/", order_body()).status_code == 403
    assert not Order.objects.exists()


@pytest.mark.parametrize(("role", "found"), [("picker", False), ("accountant", True)])
def test_the_search_of_a_key_finds_what_its_user_may_see(world, role, found):
    key = caller_of(make_staff(role), "search:read", "accounting:read")

    results = key.get("search/", q=f"JE-{JournalEntry.objects.first().pk}").json()["results"]

    assert bool(results) is found
