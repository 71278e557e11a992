"""A channel's rules over HTTP."""

import pytest
from django.contrib.auth.models import Permission

from backoffice.core.models import AuditEvent
from backoffice.core.proof import run_checks
from orders.models import Channel
from tests.factories.goods import make_shop
from tests.factories.sales import make_channel
from tests.factories.tracking import make_owner

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(world):
    codenames = ["view_channel", "change_channel"]
    world.robot.user_permissions.set(
        Permission.objects.filter(codename__in=codenames, content_type__app_label="orders")
    )
    return world.caller("channels:read", "channels:write")


def test_a_channels_rules_are_read_and_changed_and_stand_in_its_trail(world, api):
    path = f"channels/{world.channel.pk}/"
    read = api.get(path)
    assert read.json()["min_remaining_days"] is None

    changed = api.patch(
        path,
        {"min_remaining_days": 30, "objective": "nearest", "warehouse": "LON", "paid_when": "confirmed"},
        match=read["ETag"],
    )

    assert changed.status_code == 200, changed.content
    assert (changed.json()["min_remaining_days"], changed.json()["warehouse"]) == (30, "LON")
    assert (read.json()["paid_when"], changed.json()["paid_when"]) == ("reported", "confirmed")
    channel = Channel.objects.get(pk=world.channel.pk)
    assert (channel.min_remaining_days, channel.objective, channel.warehouse.code) == (30, "nearest", "LON")
    trail = AuditEvent.objects.filter(object_type="orders.channel", object_id=channel.pk, action="changed")
    assert set(trail.values_list("field", flat=True)) == {"min_remaining_days", "objective", "warehouse", "paid_when"}
    assert api.patch(path, {"priority": 5}, match=read["ETag"]).status_code == 412
    assert run_checks().ok


def test_a_channel_is_given_to_a_client_and_back(world, api):
    make_owner(world.house, "Keeper", "client")
    path = f"channels/{world.channel.pk}/"

    given = api.patch(path, {"goods_owner": "KEEPER"}).json()

    assert given["goods_owner"] == "KEEPER" == api.get(path).json()["goods_owner"]
    assert api.patch(path, {"goods_owner": None}).json()["goods_owner"] is None


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"min_remaining_days": -1}, "min_remaining_days"),
        ({"objective": "luck"}, "objective"),
        ({"paid_when": "maybe"}, "paid_when"),
        ({"warehouse": "NONE"}, "warehouse"),
        ({"goods_owner": "NONE"}, "goods_owner"),
        ({"goods_owner": "FABRICA"}, "goods_owner"),  # a consignor: we sell its goods
        ({"hold_above": "much"}, "hold_above"),
        ({"max_parcels": 0}, "max_parcels"),
    ],
)
def test_a_wrong_rule_is_named_and_nothing_is_changed(world, api, values, field):
    make_owner(world.house)
    before = Channel.objects.values().get(pk=world.channel.pk)

    answer = api.patch(f"channels/{world.channel.pk}/", values)

    assert answer.status_code == 400 and field in {error["field"] for error in answer.json()["errors"]}, answer.content
    assert Channel.objects.values().get(pk=world.channel.pk) == before


def test_a_key_sees_its_own_channel_only_and_needs_the_scope(world, api):
    other = make_channel(make_shop("other", "BTH"), "foreign")

    assert [row["code"] for row in api.get("channels/").json()["results"]] == [world.channel.code]
    assert api.get(f"channels/{other.pk}/").status_code == 404
    assert api.patch(f"channels/{other.pk}/", {"priority": 1}).status_code == 404
    assert world.caller("orders:read").get("channels/").status_code == 403
