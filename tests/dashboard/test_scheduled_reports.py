"""Reports made on their days: as files, by mail, with their owner's rights."""

import datetime
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.urls import reverse

from backoffice.core.actor import Actor
from backoffice.core.api.auth import make_api_key
from backoffice.core.models import ReportRun, SavedView, ScheduledReport, User
from backoffice.dashboard.scheduled import ask_now, dates_of, keep, make_due, next_due, note_due
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.sales import make_channel, order, place
from tests.factories.staff import make_staff, said, sign_in

pytestmark = pytest.mark.django_db
PAGE = reverse("admin:core_scheduledreport_changelist")
D = datetime.date


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.MAIL_READY = True


def make_report(user: User, **values: object) -> ScheduledReport:
    given = {"name": "Mine", "report": "trial_balance", "format": "csv", "at_time": datetime.time(6, 0)} | values
    return keep(ScheduledReport(owner=user, **given), actor=Actor.of(user))


def read(run: ReportRun, settings) -> bytes:
    return (settings.MEDIA_ROOT / run.file).read_bytes()


def test_a_report_that_is_due_is_made_once_kept_and_mailed_once(settings):
    make_shop()
    owner = make_staff("accountant")
    report = make_report(owner, mail_to=["boss@example.com"], period="last_month")
    ScheduledReport.objects.update(next_due_at=datetime.datetime(2026, 5, 4, 6, tzinfo=datetime.UTC))

    assert (note_due(), note_due()) == (1, 0)
    assert (make_due(), make_due()) == ({"done": 1}, {})

    run = ReportRun.objects.get()
    assert (run.state, run.size) == ("done", len(read(run, settings))) and run.size > 20
    [sent] = mail.outbox
    assert sent.to == ["boss@example.com"] and "Mine" in sent.subject
    assert (
        sent.attachments[0][1].encode() == read(run, settings)
        if isinstance(sent.attachments[0][1], str)
        else sent.attachments[0][1] == read(run, settings)
    )
    report.refresh_from_db()
    assert report.next_due_at > datetime.datetime.now(datetime.UTC)  # what was missed is made once


@pytest.mark.parametrize(
    ("kind", "begins"), [("csv", b""), ("xlsx", b"PK"), ("pdf", b"%PDF")], ids=["csv", "xlsx", "pdf"]
)
def test_each_format_is_kept_in_the_folder_and_sent(settings, kind, begins):
    make_shop()
    make_report(make_staff("accountant"), mail_to=["boss@example.com"], period="last_month", format=kind)
    ScheduledReport.objects.update(next_due_at=datetime.datetime(2026, 5, 4, 6, tzinfo=datetime.UTC))

    note_due()
    assert make_due() == {"done": 1}

    run, [sent] = ReportRun.objects.get(), mail.outbox
    content = read(run, settings)
    assert content.startswith(begins) and len(content) > 20
    assert sent.attachments[0][0].endswith(f".{kind}")


def test_a_saved_view_is_made_with_its_filter(settings):
    shop = make_shop()
    make_stock(shop, make_sku(shop), "5")
    place(make_channel(shop), order("A-1"), order("B-2"))
    desk = make_staff("order_desk")
    view = SavedView.objects.create(list_label="orders.order", owner=desk, name="only A", query="q=A-1")

    ask_now(make_report(desk, report="", saved_view=view), actor=Actor.of(desk))

    assert make_due() == {"done": 1}
    text = read(ReportRun.objects.get(), settings).decode()
    assert "A-1" in text and "B-2" not in text


@pytest.mark.parametrize("gone", ["right", "person"])
def test_who_may_not_see_it_any_more_gets_no_file(gone):
    make_shop()
    user = make_staff("accountant")
    ask_now(make_report(user), actor=Actor.of(user))
    if gone == "right":
        user.groups.clear()
    else:
        User.objects.filter(pk=user.pk).update(is_active=False)

    assert make_due() == {"failed": 1}

    run = ReportRun.objects.get()
    assert run.file == "" and "accountant" in run.error and not mail.outbox


def test_times_follow_the_owner_s_clock_through_the_change_of_it():
    weekly = ScheduledReport(every="week", weekday=1, at_time=datetime.time(6, 30))
    daily = ScheduledReport(every="day", at_time=datetime.time(6, 0))
    monthly = ScheduledReport(every="month", day_of_month=28, at_time=datetime.time(0, 0))
    rome = ZoneInfo("Europe/Rome")

    at = next_due(daily, datetime.datetime(2026, 3, 28, 12, tzinfo=datetime.UTC), "Europe/Rome")
    assert at == datetime.datetime(2026, 3, 29, 4, tzinfo=datetime.UTC)  # summer time began in the night
    at = next_due(weekly, datetime.datetime(2026, 11, 28, tzinfo=datetime.UTC), "Europe/Rome")
    assert at.astimezone(rome) == datetime.datetime(2026, 11, 30, 6, 30, tzinfo=rome)
    at = next_due(monthly, datetime.datetime(2026, 2, 28, tzinfo=datetime.UTC), "UTC")
    assert at == datetime.datetime(2026, 3, 28, tzinfo=datetime.UTC)


def test_periods_are_seen_from_the_day():
    today = D(2024, 3, 1)

    assert dates_of("last_month", today) == (D(2024, 2, 1), D(2024, 2, 29))
    assert dates_of("yesterday", today) == (D(2024, 2, 29), D(2024, 2, 29))
    assert dates_of("week", today) == (D(2024, 2, 23), D(2024, 2, 29))
    assert dates_of("this_year", today) == (D(2024, 1, 1), today)
    assert dates_of("", today) is None


def form(**values: object) -> dict[str, object]:
    return {
        "name": "Balances", "what": "report:balance_sheet", "format": "pdf", "period": "last_month", "every": "month",
        "weekday": "1", "day_of_month": "2", "at_time": "07:00", "mails": "a@example.com", "is_active": "on",
    } | values  # fmt: skip


def test_a_report_is_scheduled_made_and_fetched_on_its_page():
    make_shop()
    books = sign_in("accountant")
    books.post(reverse("admin:core_scheduledreport_add"), form())
    report = ScheduledReport.objects.get()
    page = reverse("admin:core_scheduledreport_change", args=[report.pk])

    assert said(books.post(reverse("admin:core_scheduledreport_now", args=[report.pk]))) == [
        "It is made within a minute."
    ]
    assert make_due() == {"done": 1}

    run = ReportRun.objects.get()
    assert "What was made" in books.get(page).content.decode()
    file = reverse("admin:core_reportrun_file", args=[run.pk])
    answer = books.get(file)
    assert answer["Content-Type"] == "application/pdf" and b"".join(answer.streaming_content).startswith(b"%PDF")
    assert sign_in("buyer").get(file).status_code == 404  # another's file is not there


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"mails": "nobody"}, "valid email"),
        ({"what": "report:nonsense"}, "valid choice"),
        ({"what": "report:sales"}, "made as CSV only"),
        ({"day_of_month": "31"}, "less than or equal to 28"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(wrong, told):
    make_shop()

    answer = sign_in("accountant").post(reverse("admin:core_scheduledreport_add"), form(**wrong))

    assert told in answer.content.decode() and not ScheduledReport.objects.exists()


def test_a_program_schedules_makes_and_fetches_reports_of_its_user(client):
    shop = make_shop()
    user = make_staff("buyer")
    _key, secret = make_api_key(name="t", user=user, scopes=("reports:read", "reports:write"), company_id=shop.id)
    headers = {"authorization": f"Api-Key {secret}"}
    body = {
        "name": "Expiry",
        "report": "expiry",
        "format": "csv",
        "every": "day",
        "at_time": "05:00",
    }

    def post(path, given, key):
        return client.post(
            f"/api/v1/{path}", given, content_type="application/json", headers=headers | {"idempotency-key": key}
        )

    bad = post("scheduled-reports/", body | {"format": "docx", "mail_to": ["x"]}, "k1")
    assert bad.status_code == 400 and not ScheduledReport.objects.exists()
    unseen = post("scheduled-reports/", body | {"report": "cash_flow"}, "k2")
    assert unseen.status_code == 403 and not ScheduledReport.objects.exists()
    made = post("scheduled-reports/", body, "k3")
    assert made.status_code == 201, made.content
    pk = made.json()["id"]
    assert client.get(f"/api/v1/scheduled-reports/{pk}/", headers=headers).json()["report"] == "expiry"
    assert post(f"scheduled-reports/{pk}/now/", {}, "k4").status_code == 202
    assert make_due() == {"done": 1}
    [run] = client.get(f"/api/v1/scheduled-reports/{pk}/runs/", headers=headers).json()["results"]
    assert run["state"] == "done" and run["size"] > 0
    paused = client.patch(
        f"/api/v1/scheduled-reports/{pk}/", {"is_active": False}, content_type="application/json", headers=headers
    )
    assert paused.status_code == 200 and not paused.json()["is_active"]
