"""The sync page: how each account stands, what to do, and trying again from there."""

from django.core import mail
from django.db import connection as database
from django.urls import reverse
from django.utils import timezone

from backoffice.core.models import OutboxEvent
from integrations.connectors.registry import CONNECTORS
from integrations.models import Alarm, Connection, Listing, QuarantinedRow, SyncRun, TrackingPush
from integrations.selectors.sync_overview import accounts
from integrations.services import create_connection, list_skus
from integrations.services.alarms import mail_alarms
from integrations.services.watching import watch_channels
from tests.factories.books import ACTOR
from tests.factories.sales import make_channel
from tests.factories.staff import said, sign_in


def connect(world, channel):
    made = create_connection(
        channel_id=channel.pk,
        connector="fake",
        settings={"base_url": "http://127.0.0.1:9"},
        secrets={"token": "t"},
        actor=ACTOR,
    )
    SyncRun.objects.create(company=world.house.company, connection=made, job="pull_orders", status="done", done=3)
    return made


def trouble(world):
    made = connect(world, world.channel)
    list_skus(connection_id=made.pk, listings={"x1": (world.mug, "MUG-X")})
    with database.cursor() as cursor:
        cursor.execute("UPDATE integrations_listing SET dirty_since = now() - interval '2 hours'")
        shipment = world.one("SELECT id FROM orders_shipment ORDER BY id LIMIT 1")
    TrackingPush.objects.create(
        company=world.house.company,
        connection=made,
        shipment_id=shipment,
        key="k",
        status="dead",
        error="unknown order",
    )
    QuarantinedRow.objects.create(
        company=world.house.company, channel=world.channel, source="web", external_id="U-1", row_key="k",
        raw={"sku": "XYZ"}, code="unknown_sku", reason="XYZ is no SKU of ours.", order_id=world.unknown,
    )  # fmt: skip
    return made


def test_the_page_tells_how_each_account_stands_and_what_to_do(world):
    made = trouble(world)
    connect(world, make_channel(world.house, "quiet"))

    page = sign_in("owner").get(reverse("sync")).content.decode()

    for text in ("1 rows were not imported", "1 shipments could not be told", "more than an hour behind", "quiet"):
        assert text in page
    troubled = next(account for account in accounts(Connection.objects.all()) if account.connection.pk == made.pk)
    assert (troubled.stock_waiting, troubled.quarantined, troubled.tracking_dead) == (1, 1, 1)
    assert 7100 < troubled.lag_s < 7400 and troubled.last_job == "pull_orders"


def test_it_asks_no_more_for_many_accounts(world, django_assert_num_queries):
    trouble(world)
    with django_assert_num_queries(2):
        accounts(Connection.objects.all())
    for number in range(5):
        connect(world, make_channel(world.house, f"c{number}"))
    with django_assert_num_queries(2):
        assert len(accounts(Connection.objects.all())) == 6


def test_what_was_given_up_is_tried_again_with_a_reason(world):
    made, client = trouble(world), sign_in("owner")
    address = reverse("sync_retry_tracking", args=[made.pk])

    assert said(client.post(address)) == ["Say why: the reason is kept with the change."]
    assert TrackingPush.objects.get().status == "dead"
    assert said(client.post(address, {"reason": "Mended there"})) == ["1 are tried again."]
    assert TrackingPush.objects.get().status == "due"
    assert said(client.post(address, {"reason": "again"})) == ["There is nothing to try again."]
    imports = client.post(reverse("sync_retry_imports", args=[made.pk]), {"reason": "Mapped"})
    assert said(imports) == ["Imported now: 0; still open: 1"]


def test_who_may_not_look_or_try_is_refused(world):
    made = trouble(world)

    assert sign_in("picker").get(reverse("sync")).status_code == 403
    client = sign_in("accountant")
    assert client.get(reverse("sync")).status_code == 200
    for name in ("sync_retry_tracking", "sync_retry_imports"):
        assert client.post(reverse(name, args=[made.pk]), {"reason": "x"}).status_code == 403
    assert TrackingPush.objects.get().status == "dead"


def open_alarms():
    return set(Alarm.objects.filter(cleared_at__isnull=True).values_list("kind", flat=True))


def test_what_a_person_has_to_do_raises_one_alarm_each_that_ends_by_itself(world, settings, monkeypatch):
    made = trouble(world)
    Listing.objects.update(push_error="They do not know it")
    apart = {"channel_rows_apart", "channel_shipments_untold", "channel_listings_refused"}

    assert (watch_channels(), watch_channels()) == (4, 0)
    assert open_alarms() == {"channel_behind", *apart}
    assert "more than an hour behind" in sign_in("owner").get(reverse("sync")).content.decode()
    assert OutboxEvent.objects.filter(topic="AlarmRaised").count() == 4
    settings.ALARM_MAILS, settings.MAIL_READY = ["ops@shop.example"], True
    assert (mail_alarms(), mail_alarms()) == (4, 0)
    [message] = mail.outbox
    assert "1 shipments could not be told" in message.body and "1 rows were not imported" in message.body
    Connection.objects.filter(pk=made.pk).update(status="needs_auth")
    assert watch_channels() == 1
    assert open_alarms() == {"channel_needs_auth", *apart}
    Connection.objects.filter(pk=made.pk).update(status="active")
    Listing.objects.update(is_dirty=False, push_error="")
    TrackingPush.objects.update(status="sent")
    QuarantinedRow.objects.update(status="dropped")
    monkeypatch.setattr(CONNECTORS["fake"], "api_ends", timezone.localdate())
    assert watch_channels() == 1
    assert open_alarms() == {"channel_version_ends"}


def test_one_that_is_paused_or_set_up_raises_none(world):
    made = trouble(world)
    for status in ("paused", "draft"):
        Connection.objects.filter(pk=made.pk).update(status=status)
        assert watch_channels() == 0
    assert open_alarms() == set()
