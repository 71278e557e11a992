"""D6: a host's wrong clock moves neither stock nor money, and the days that clocks stumble over have one of everything.

The host's clock is Python's (web and workers); rules go by the database's.
"""

import datetime as dt
from collections import Counter
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection, transaction

from accounting.models import Invoice, JournalEntry, JournalLine, RecurringJournal
from accounting.services import post_entries
from accounting.services.journals.repeating import following
from backoffice.core import tasks as core_tasks
from backoffice.core.db import database_now
from backoffice.core.jobs import tick
from backoffice.core.models import IdempotencyRecord, JobRun, ScheduledReport
from backoffice.core.proof import run_checks
from backoffice.dashboard.scheduled import dates_of, next_due
from inventory.models import StockLevel
from inventory.tasks import release_expired_holds
from orders.models import Order, Reservation
from orders.tasks import expire_reservations
from tests.api.conftest import World, order_body
from tests.api.test_warehouse import SCANNER, pick
from tests.factories.books import ACTOR, make_company, make_entry
from tests.factories.carts import let_expire

UTC = dt.UTC
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def place_pick_pack_ship(world):
    """From the storefront to the journal, over the API."""
    scanner = world.caller(*SCANNER, bound=False, company_id=world.house.id)
    placed = world.caller("orders:write").post("orders/", order_body())
    assert placed.status_code == 201, placed.content
    [work] = scanner.get("fulfilments/", status="ready").json()["results"]
    assert [row["state"] for row in pick(scanner, work["id"]).json()] == ["done"]
    packed = scanner.post(f"fulfilments/{work['id']}/pack/", {"device": "bench"}).json()
    shipped = scanner.post(f"shipments/{packed['shipment']}/ship/", {"carrier": "DHL", "tracking_number": "T1"})
    assert shipped.json()["state"] == "shipped", shipped.content


def state(world):
    """What is left of a day's work, but for the days themselves."""
    level = StockLevel.objects.get(sku_id=world.mug, warehouse=world.house.warehouse)
    lines = JournalLine.objects.values_list("account__code", "base_amount", "entry__source_type")
    return {
        "stock": (level.on_hand, level.sellable, level.reserved),
        "lines": sorted(map(str, lines)),
        "invoices": list(Invoice.objects.values_list("total", "kind")),
        "orders": list(Order.objects.values_list("status", "total")),
    }


def state_by_a_right_clock():
    """What it comes to; afterwards there is nothing of it."""
    with transaction.atomic():
        world = World()
        place_pick_pack_ship(world)
        found = state(world)
        transaction.set_rollback(True)
    return found


@pytest.fixture
def right(db):
    return state_by_a_right_clock()


@pytest.mark.parametrize("off", [HOUR, -HOUR, DAY, -DAY], ids=["+1h", "-1h", "+1d", "-1d"])
def test_a_hosts_wrong_clock_moves_neither_money_nor_stock(right, off):
    world = World()

    with time_machine.travel(dt.datetime.now(UTC) + off, tick=True):
        place_pick_pack_ship(world)

    assert state(world) == right
    assert run_checks().ok


@pytest.mark.parametrize("off", [HOUR, -HOUR, 60 * DAY, -DAY], ids=["+1h", "-1h", "+60d", "-1d"])
def test_what_expires_is_due_or_forgotten_goes_by_the_databases_clock(db, off):
    world = World()
    shop = world.caller("orders:write")
    with time_machine.travel(dt.datetime.now(UTC) + off, tick=True):
        held = shop.post("reservations/", {"lines": [{"sku": "MUG", "quantity": "2"}], "seconds": 600}).json()
        over = shop.post("reservations/", {"lines": [{"sku": "MUG", "quantity": "3"}], "seconds": 600}).json()
    let_expire(SimpleNamespace(reservation_id=Reservation.objects.get(reference=over["reference"]).pk))
    with time_machine.travel(dt.datetime.now(UTC) + off, tick=True):
        due = tick(3600)
        kept = IdempotencyRecord.objects.count()
        core_tasks.forget_old.apply()
        expire_reservations()
        release_expired_holds()

    found = dict(Reservation.objects.values_list("reference", "status"))
    assert (found[held["reference"]], found[over["reference"]]) == ("open", "expired")
    assert StockLevel.objects.get(sku_id=world.mug, warehouse=world.house.warehouse).reserved == 2
    assert abs(due - database_now()) <= HOUR and JobRun.objects.get(job="forget-old").due_at == due
    assert IdempotencyRecord.objects.count() == kept == 2


@pytest.mark.parametrize(
    ("zone", "instant", "day"),
    [
        ("Asia/Tbilisi", "2027-12-31T19:59:59", "2027-12-31"),  # four hours ahead: the year ends at 20:00
        ("Asia/Tbilisi", "2027-12-31T20:00:00", "2028-01-01"),
        ("America/New_York", "2028-01-01T04:59:59", "2027-12-31"),
        ("America/New_York", "2028-01-01T05:00:00", "2028-01-01"),
        ("Asia/Tbilisi", "2028-02-28T20:00:00", "2028-02-29"),  # leap day
        ("Asia/Tbilisi", "2028-02-29T20:00:00", "2028-03-01"),
        ("Asia/Tbilisi", "2027-02-28T20:00:00", "2027-03-01"),
        ("Europe/London", "2027-03-28T00:59:59", "2027-03-28"),  # the hour that is not there
        ("Europe/London", "2027-03-28T23:30:00", "2027-03-29"),
        ("Europe/London", "2027-10-30T23:30:00", "2027-10-31"),  # the hour that is there twice begins in summer
        ("Europe/London", "2027-10-31T23:30:00", "2027-10-31"),
    ],
)
def test_an_entrys_day_is_the_companys(db, zone, instant, day):
    company = make_company(time_zone=zone)
    at = dt.datetime.fromisoformat(instant).replace(tzinfo=UTC)

    post_entries([make_entry(company, at=at)], company_id=company.pk, actor=ACTOR)

    entry = JournalEntry.objects.get()
    assert entry.date.isoformat() == day and entry.effective_at == at


@pytest.mark.parametrize("zone", ["Europe/London", "America/New_York", "Asia/Tbilisi", "Australia/Lord_Howe"])
@pytest.mark.parametrize("clock", [dt.time(1, 30), dt.time(2, 30), dt.time(0, 0), dt.time(23, 59)])
def test_each_day_of_two_years_has_one_report_whatever_clocks_do(zone, clock):
    report = ScheduledReport(every="day", at_time=clock)
    at, days = dt.datetime(2027, 1, 1, tzinfo=UTC), []

    while at < dt.datetime(2029, 1, 1, tzinfo=UTC):
        at = next_due(report, at, zone)
        days.append(at.astimezone(ZoneInfo(zone)).date())

    assert set(Counter(days).values()) == {1}
    assert (days[-1] - days[0]).days + 1 == len(days)  # none is left out, the leap day neither
    assert dt.date(2028, 2, 29) in days


def test_periods_and_repetitions_know_the_leap_day_and_the_years_end():
    assert dates_of("last_month", dt.date(2028, 3, 1)) == (dt.date(2028, 2, 1), dt.date(2028, 2, 29))
    assert dates_of("last_month", dt.date(2029, 1, 1)) == (dt.date(2028, 12, 1), dt.date(2028, 12, 31))
    assert dates_of("yesterday", dt.date(2028, 3, 1)) == (dt.date(2028, 2, 29),) * 2
    monthly = RecurringJournal(every_months=1, day=31)
    day, days = dt.date(2028, 1, 31), []
    for _month in range(3):
        days.append(day := following(day, monthly))
    assert days == [dt.date(2028, 2, 29), dt.date(2028, 3, 31), dt.date(2028, 4, 30)]


def test_the_databases_clock_is_what_rows_are_stamped_with(db):
    with time_machine.travel(dt.datetime(2001, 1, 1, tzinfo=UTC), tick=True):
        make_company()
        with connection.cursor() as cursor:
            cursor.execute("SELECT max(recorded_at) > now() - interval '1 hour' FROM core_auditevent")
            assert cursor.fetchone()[0] is True
