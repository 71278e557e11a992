"""Carts' reservations, on the pages of the order desk."""

from django.urls import reverse

from backoffice.core.api.auth import make_api_key
from backoffice.core.models import AuditEvent, User
from backoffice.core.proof import run_checks
from inventory.models import StockLevel
from orders.models import Reservation, ReservationLimit
from tests.factories.carts import cart, let_expire
from tests.factories.staff import said, sign_in


def listed(client, **query):
    return client.get(reverse("admin:orders_reservation_changelist"), query).content.decode()


def page(client, pk):
    return client.get(reverse("admin:orders_reservation_change", args=[pk])).content.decode()


def release(client, pk, **data):
    return client.post(reverse("admin:orders_reservation_release", args=[pk]), data)


def reserved(world):
    return StockLevel.objects.get(sku_id=world.mug, warehouse=world.house.warehouse).reserved


def test_open_carts_are_listed_and_one_is_released_with_a_reason(world):
    client = sign_in("order_desk")
    before = reserved(world)
    made = cart(world.channel, ("MUG", "5"))
    assert reserved(world) == before + 5
    assert made.reference in listed(client, state="open") and made.reference not in listed(client, state="expired")
    assert "MUG" in page(client, made.reservation_id)

    answer = release(client, made.reservation_id, reason="Bot")

    assert said(answer) == ["Released: its goods can be sold again."]
    assert reserved(world) == before
    text = page(client, made.reservation_id)
    assert "Bot" in text and "Give the goods back" not in text
    event = AuditEvent.objects.filter(object_type="orders.reservation").latest("id")
    assert (event.actor.username, event.new_value) == ("order_desk", "released")
    assert run_checks().ok


def test_a_cart_past_its_time_is_shown_as_expired_before_the_sweep(world):
    made = cart(world.channel, ("MUG", "5"))
    let_expire(made)
    client = sign_in("order_desk")

    assert made.reference in listed(client, state="expired") and made.reference not in listed(client, state="open")
    assert "Expired" in page(client, made.reservation_id)


def test_no_reason_or_no_right_releases_nothing(world):
    made = cart(world.channel, ("MUG", "5"))
    before = (world.written(), reserved(world))

    no_reason = release(sign_in("order_desk"), made.reservation_id, reason=" ")
    picker = release(sign_in("picker"), made.reservation_id, reason="x")

    assert said(no_reason) == ["Say why: the reason is kept with the change."]
    assert picker.status_code == 403
    assert (world.written(), reserved(world)) == before
    assert Reservation.objects.get().status == "open"


def test_a_keys_limits_are_set_on_their_page_and_stand_in_the_trail(world):
    key, _text = make_api_key(name="shop", user=User.objects.create_superuser("shop"), scopes=["orders:write"])
    client = sign_in("order_desk")
    form = {"api_key": key.pk, "max_open": "5", "max_per_sku": "2", "max_per_minute": ""}

    wrong = client.post(reverse("admin:orders_reservationlimit_add"), form | {"max_per_sku": "0"})
    assert (wrong.status_code, ReservationLimit.objects.count()) == (200, 0)
    client.post(reverse("admin:orders_reservationlimit_add"), form)

    limit = ReservationLimit.objects.get()
    assert (limit.api_key_id, limit.max_open, limit.max_per_sku, limit.max_per_minute) == (key.pk, 5, 2, None)
    assert AuditEvent.objects.filter(object_type="orders.reservationlimit", object_id=limit.pk).exists()
    assert "shop" in client.get(reverse("admin:orders_reservationlimit_changelist")).content.decode()
    assert sign_in("picker").post(reverse("admin:orders_reservationlimit_add"), form).status_code == 403
