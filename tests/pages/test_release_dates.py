"""A channel's own release dates at the pages: set, moved, taken off; what makes no sense changes nothing."""

import pytest
from django.urls import reverse
from django.utils.formats import date_format

from inventory.models import Sku
from orders.models import LinePromise, ReleaseDate
from orders.services.release_dates import set_release_date
from tests.factories.books import ACTOR
from tests.factories.buying import in_days
from tests.factories.events import order_pump
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.sales import line, make_channel, order, place
from tests.factories.staff import sign_in

pytestmark = pytest.mark.django_db
ADD = reverse("admin:orders_releasedate_add")


@pytest.fixture
def world():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "9")
    return shop, sku, make_channel(shop, "web")


def test_a_day_is_set_moved_and_taken_off_and_promises_follow(world):
    shop, sku, channel = world
    client = sign_in("owner")
    Sku.objects.filter(pk=sku).update(release_date=in_days(30))
    place(channel, order("W", line("MUG", "2")))

    added = client.post(ADD, {"channel": channel.pk, "sku": sku, "release_date": str(in_days(40))})
    assert added.status_code == 302
    row = ReleaseDate.objects.get()
    assert LinePromise.objects.get().release_date == in_days(40)
    assert "MUG" in client.get(reverse("admin:orders_releasedate_changelist")).content.decode()
    page = reverse("admin:orders_releasedate_change", args=[row.pk])
    client.post(page, {"release_date": str(in_days(50)), "change_reason": "The printer is late"})
    assert LinePromise.objects.get().release_date == in_days(50)
    client.post(reverse("admin:orders_releasedate_delete", args=[row.pk]), {"post": "yes"})

    assert (ReleaseDate.objects.count(), LinePromise.objects.get().release_date) == (0, in_days(30))


def test_what_makes_no_sense_or_is_not_allowed_changes_nothing(world):
    shop, sku, channel = world
    strange = make_sku(make_shop("other"), "THEIRS")
    client = sign_in("owner")

    wrong = client.post(ADD, {"channel": channel.pk, "sku": strange, "release_date": str(in_days(4))})
    empty = client.post(ADD, {"channel": channel.pk, "sku": sku, "release_date": ""})

    assert "not a SKU of the channel" in wrong.content.decode()
    assert empty.status_code == 200 and "required" in empty.content.decode()
    assert sign_in("picker").post(ADD, {"channel": channel.pk}).status_code == 403
    assert ReleaseDate.objects.count() == 0


def test_a_skus_page_tells_its_own_day_and_the_channels_and_moving_it_moves_promises(world):
    shop, sku, channel = world
    client = sign_in("owner")
    Sku.objects.filter(pk=sku).update(release_date=in_days(30))
    set_release_date(channel, sku, in_days(40), actor=ACTOR)
    other = make_channel(shop, "outlet")
    place(other, order("O", line("MUG", "2")))
    pump = order_pump()
    page, form = reverse("admin:inventory_sku_change", args=[sku]), reverse("admin:inventory_sku_edit", args=[sku])

    text = client.get(page).content.decode()
    assert "Channels with a release date of their own" in text
    assert all(date_format(in_days(day), "SHORT_DATE_FORMAT") in text for day in (30, 40))
    kept = client.get(form).context["adminform"].form.initial
    data = {name: value for name, value in kept.items() if value not in (None, False)}
    saved = client.post(form, data | {"release_date": str(in_days(33)), "change_reason": "Printed sooner"})
    pump.run()

    assert saved.status_code == 302, saved.content.decode()[:3000]
    assert LinePromise.objects.get().release_date == in_days(33)
