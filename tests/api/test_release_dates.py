"""A program sets a channel's own release dates."""

from orders.models import LinePromise, ReleaseDate
from tests.factories.buying import in_days
from tests.factories.sales import line, make_channel, order, place


def test_a_channels_days_are_set_read_and_taken_off(world):
    shop = world.caller("channels:read", "channels:write")
    at = f"channels/{world.channel.pk}/release-dates/"
    given = {"sku": "mug", "release_date": str(in_days(20)), "reason": "Exclusive"}

    made = shop.post(at, given, key="r1")
    again = shop.post(at, given, key="r1")
    place(world.channel, order("W", line("MUG", "1")))

    assert made.status_code == 200, made.content
    assert made.json() == shop.get(at).json() == [{"sku": "MUG", "release_date": str(in_days(20))}]
    assert again.content == made.content
    assert LinePromise.objects.get().release_date == in_days(20)
    assert shop.post(at, {"sku": "MUG", "release_date": None}).json() == []


def test_wrong_ones_are_refused_by_field_and_write_nothing(world):
    shop, reader = world.caller("channels:read", "channels:write"), world.caller("channels:read")
    stranger = world.caller("channels:write", channel=make_channel(world.house, "other"))
    at = f"channels/{world.channel.pk}/release-dates/"
    fine = {"sku": "MUG", "release_date": str(in_days(20))}

    unknown = shop.post(at, fine | {"sku": "NOPE"})
    no_day = shop.post(at, {"sku": "MUG"})
    odd = shop.post(at, fine | {"release_date": "soon"})

    assert (unknown.status_code, unknown.json()["errors"][0]["code"]) == (400, "unknown_sku")
    assert [answer.json()["errors"][0]["field"] for answer in (no_day, odd)] == ["release_date"] * 2
    assert (reader.post(at, fine).status_code, stranger.post(at, fine).status_code) == (403, 404)
    assert ReleaseDate.objects.count() == 0
