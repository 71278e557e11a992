"""The sync page: how each account stands, what to do, and trying again from there."""

import json
from datetime import datetime, timedelta

from django.core import mail
from django.db import connection as database
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import escape

from backoffice.core.api.auth import make_api_key
from backoffice.core.models import OutboxEvent, User
from backoffice.core.roles import OWNER, role
from integrations.connectors.access import Limit
from integrations.connectors.registry import CONNECTORS
from integrations.limits import SharedLimiter
from integrations.models import Alarm, Connection, Listing, QuarantinedRow, SyncRun, TrackingPush
from integrations.selectors.sync_overview import accounts
from integrations.services import create_connection, list_skus
from integrations.services.alarms import mail_alarms
from integrations.services.watching import watch_channels
from orders.models import Order
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
    for column in ("Orders waiting", "Figures waiting", "Shipments waiting", "Sample shop"):
        assert column in page
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


def planted(world):
    """Orders and pushes at known times of two accounts; what became of it by day and by hour, counted by hand."""
    first, second = connect(world, world.channel), connect(world, make_channel(world.house, "quiet"))
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    with role(database, OWNER), database.cursor() as cursor:
        cursor.execute("UPDATE orders_order SET recorded_at = now() - interval '40 days'")
    ids = list(Order.objects.filter(channel=world.channel).order_by("pk").values_list("pk", flat=True)[:3])
    came = [hour, hour - timedelta(hours=2), hour.replace(hour=0) - timedelta(days=3) + timedelta(hours=23, minutes=59)]
    with role(database, OWNER), database.cursor() as cursor:
        for pk, at in zip(ids, came, strict=True):
            cursor.execute("UPDATE orders_order SET recorded_at = %s WHERE id = %s", [at, pk])
    told = [
        (first, "push_stock", 7, hour), (second, "push_tracking", 2, hour), (first, "push_stock", 5, hour - timedelta(hours=1)),
        (second, "push_stock", 9, hour.replace(hour=0) - timedelta(days=13)),
        (first, "push_stock", 11, hour.replace(hour=0) - timedelta(days=14, seconds=1)),  # too long ago
        (first, "pull_orders", 99, hour),  # no push
    ]  # fmt: skip
    for made, job, done, at in told:
        run = SyncRun.objects.create(company=world.house.company, connection=made, job=job, status="done", done=done)
        SyncRun.objects.filter(pk=run.pk).update(started_at=at)
    return first, second, came, told


def expected(came, told, by):
    step, count = {"day": (timedelta(days=1), 14), "hour": (timedelta(hours=1), 24)}[by]
    last = timezone.now().replace(minute=0, second=0, microsecond=0)
    last = last.replace(hour=0) if by == "day" else last
    begins = [last - step * place for place in reversed(range(count))]
    return [
        (
            begin,
            sum(begin <= at < begin + step for at in came),
            sum(done for _made, job, done, at in told if job != "pull_orders" and begin <= at < begin + step),
        )
        for begin in begins
    ]


def test_the_charts_show_exactly_what_came_and_what_was_told(world):
    first, second, came, told = planted(world)

    page = sign_in("owner").get(reverse("sync"))

    for colour, word in (("#0e7490", "Orders"), ("#f59e0b", "Pushed")):  # what each colour means
        assert page.content.decode().count(f'<span style="color:{colour}">■</span> {word}') == 2
    for name, by, label in (("chart", "day", "j M"), ("hours", "hour", "H:i")):
        rows, shown = expected(came, told, by), json.loads(page.context[name])
        assert shown["labels"] == [date_format(begins, label) for begins, _orders, _pushes in rows]
        assert [line["data"] for line in shown["datasets"]] == [[row[1] for row in rows], [row[2] for row in rows]]
        assert escape(page.context[name]) in page.content.decode() or page.context[name] in page.content.decode()
    assert sum(row[2] for row in expected(came, told, "day")) == 23 and len(came) == 3
    for channel, own in ((world.channel, first), (second.channel, second)):
        robot, _made = User.objects.get_or_create(username="robot", defaults={"is_superuser": True})
        key = make_api_key(name="t", user=robot, scopes=("connections:read",), channel_id=channel.pk)[1]
        for by in ("day", "hour"):
            answer = Client().get(f"/api/v1/sync-activity/?by={by}", headers={"authorization": f"Api-Key {key}"}).json()
            wanted = expected(came if own == first else [], [row for row in told if row[0] == own], by)
            assert answer["by"] == by
            assert [(datetime.fromisoformat(r["begins"]), r["orders"], r["pushes"]) for r in answer["series"]] == wanted
        refused = Client().get("/api/v1/sync-activity/?by=week", headers={"authorization": f"Api-Key {key}"})
        assert refused.status_code == 400 and refused.json()["errors"][0]["field"] == "by"
    other = make_api_key(name="t", user=robot, scopes=("orders:read",), channel_id=world.channel.pk)[1]
    assert Client().get("/api/v1/sync-activity/", headers={"authorization": f"Api-Key {other}"}).status_code == 403


def test_without_anything_there_are_no_charts(world):
    with role(database, OWNER), database.cursor() as cursor:
        cursor.execute("UPDATE orders_order SET recorded_at = now() - interval '40 days'")
    page = sign_in("owner").get(reverse("sync"))
    assert (page.context["chart"], page.context["hours"]) == ("", "")


def test_the_page_says_how_much_of_the_limit_is_left(world, monkeypatch):
    made = connect(world, world.channel)
    monkeypatch.setattr(CONNECTORS["fake"], "limits", {"orders": Limit(1.0, 40), "*": Limit(1.0, 100)})
    assert accounts(Connection.objects.all())[0].rate_left is None
    limiter = SharedLimiter(made.pk, "fake")
    for operation, cost in (("orders", 10), ("stock", 10)):
        limiter.acquire(operation, CONNECTORS["fake"].limits.get(operation) or Limit(1.0, 100), cost)

    page = sign_in("owner").get(reverse("sync")).content.decode()

    assert "75 % of its limit left" in page and 'title="orders"' in page
    robot = User.objects.create_superuser("robot")
    key = make_api_key(name="t", user=robot, scopes=("connections:read",), channel_id=world.channel.pk)[1]
    told = Client().get(f"/api/v1/connections/{made.pk}/standing/", headers={"authorization": f"Api-Key {key}"}).json()
    assert (told["rate_left"], told["rate_of"]) == (75, "orders")


def test_a_product_that_the_channel_refused_to_list_counts(world):
    made = connect(world, world.channel)
    Listing.objects.create(
        company=world.house.company, connection=made, sku_id=world.mug, external_sku="MUG", product_error="No such barcode",
    )  # fmt: skip
    [account] = accounts(Connection.objects.all())
    assert (account.push_errors, account.stock_waiting, account.lag_s) == (1, 0, 0)
