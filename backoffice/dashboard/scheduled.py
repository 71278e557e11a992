"""Scheduled reports: when they are due, their files, and the mails that bring them."""

import calendar
import datetime
import io
import logging
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.core.exceptions import PermissionDenied
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.handlers.wsgi import WSGIRequest
from django.core.mail import EmailMessage
from django.db import transaction
from django.http import Http404, HttpResponseBase
from django.urls import resolve, reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounting.models import Company
from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.db import database_now, insert_rows
from backoffice.core.errors import DomainError
from backoffice.core.models import ReportRun, ReportRunState, ScheduledReport
from backoffice.core.scope_gate import hold_up
from backoffice.core.scopes import asked_by
from backoffice.dashboard.report_pages import DAY, PAGES, SPAN

log = logging.getLogger(__name__)
OBJECT = "core.scheduledreport"
TRIES, WAIT = 3, datetime.timedelta(minutes=10)
LARGEST, MAILED = 200 * 1024 * 1024, 10 * 1024 * 1024  # bytes of a file, and of one that a mail takes along


class ReportFailed(DomainError):
    """The report's page gave no file."""

    code = "report_failed"


def next_due(report: ScheduledReport, after: datetime.datetime, zone: str) -> datetime.datetime:
    """The first of its times after an instant, by the clocks of the zone."""
    here = ZoneInfo(zone)
    day = after.astimezone(here).date()
    while True:
        if _is_day(report, day):
            at = datetime.datetime.combine(day, report.at_time, tzinfo=here)
            if at.astimezone(datetime.UTC) > after:
                return at.astimezone(datetime.UTC)
        day += datetime.timedelta(days=1)


def _is_day(report: ScheduledReport, day: datetime.date) -> bool:
    if report.every == "week":
        return day.isoweekday() == report.weekday
    return report.every == "day" or day.day == report.day_of_month


def dates_of(period: str, today: datetime.date) -> tuple[datetime.date, datetime.date] | None:
    """First and last day of a period, seen from a day; None: as the report has it."""
    yesterday, first = today - datetime.timedelta(days=1), today.replace(day=1)
    before = first - datetime.timedelta(days=1)
    return {
        "yesterday": (yesterday, yesterday),
        "week": (today - datetime.timedelta(days=7), yesterday),
        "this_month": (first, today),
        "last_month": (before.replace(day=1), before.replace(day=calendar.monthrange(before.year, before.month)[1])),
        "this_year": (today.replace(month=1, day=1), today),
    }.get(period)


@transaction.atomic(savepoint=False)
def keep(report: ScheduledReport, *, actor: Actor) -> ScheduledReport:
    """Save a new or changed schedule, and count when it is due next."""
    fresh = report.pk is None
    report.next_due_at = next_due(report, database_now(), zone_of(report.owner))
    report.save()
    record([Change(OBJECT, report.pk, "created" if fresh else "changed", new=report.name)], actor=actor)
    return report


@transaction.atomic(savepoint=False)
def ask_now(report: ScheduledReport, *, actor: Actor) -> ReportRun:
    """Have it made within a minute, beside its days."""
    run = ReportRun.objects.create(scheduled=report, due_at=database_now())
    record([Change(OBJECT, report.pk, "asked", new=report.name)], actor=actor)
    return run


def note_due() -> int:
    """Runs of what is due by now; however many call this, each time has one. Statements: 2 and 1 a report."""
    now = database_now()
    made = 0
    for report in ScheduledReport.objects.filter(is_active=True, next_due_at__lte=now).select_related("owner"):
        with transaction.atomic():
            rows = insert_rows(
                "core_reportrun",
                {"scheduled_id": "bigint", "due_at": "timestamptz", "state": "text", "attempts": "smallint",
                 "file": "text", "error": "text"},
                [(report.pk, report.next_due_at, "due", 0, "", "")],
                suffix="ON CONFLICT DO NOTHING RETURNING id",
            )  # fmt: skip
            made += len(rows)
            # What was missed while nothing ran is made once, not for each day.
            later = next_due(report, now, zone_of(report.owner))
            ScheduledReport.objects.filter(pk=report.pk, next_due_at=report.next_due_at).update(next_due_at=later)
    return made


def make_due(*, limit: int = 50) -> dict[str, int]:
    """Make the files that are due; how many ended how. Two at once make different ones."""
    ended: dict[str, int] = {}
    for _number in range(limit):
        run = _take()
        if run is None:
            break
        state = _make(run)
        ended[state] = ended.get(state, 0) + 1
    return ended


@transaction.atomic
def _take() -> ReportRun | None:
    due = (
        ReportRun.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
        .filter(state=ReportRunState.DUE, try_at__lte=database_now())
        .select_related("scheduled__owner", "scheduled__saved_view")
        .order_by("try_at", "pk")
        .first()
    )
    if due is not None:
        due.attempts += 1
        due.try_at = database_now() + WAIT
        due.save(update_fields=["attempts", "try_at"])
    return due


def _make(run: ReportRun) -> str:
    try:
        run.file, run.size = _stored(run)
        run.state, run.error = ReportRunState.DONE, ""
    except DomainError as refusal:  # trying again would change nothing
        run.state, run.error = ReportRunState.FAILED, refusal.detail[:300]
    except Exception as error:
        log.exception("scheduled report %s failed", run.pk)
        run.error = f"{type(error).__name__}: {error}"[:300]
        if run.attempts < TRIES:
            run.save(update_fields=["error"])
            return "again"
        run.state = ReportRunState.FAILED
    run.finished_at = database_now()
    run.save(update_fields=["file", "size", "state", "error", "finished_at"])
    if run.state == ReportRunState.DONE and run.scheduled.mail_to and settings.MAIL_READY:
        _mail(run)
    return str(run.state)


def _stored(run: ReportRun) -> tuple[str, int]:
    """The file's name in the storage, and its bytes."""
    report, owner = run.scheduled, run.scheduled.owner
    zone = zone_of(owner)
    with translation.override(owner.language or settings.LANGUAGE_CODE), timezone.override(ZoneInfo(zone)):
        today = run.due_at.astimezone(ZoneInfo(zone)).date()
        response = _answer(_address(report, today), owner)
        content = io.BytesIO()
        for chunk in response.streaming_content if response.streaming else [response.content]:  # type: ignore[attr-defined]
            content.write(chunk)
            if content.tell() > LARGEST:
                raise ReportFailed(_("The file would be larger than %(most)s MB.") % {"most": LARGEST // 1024**2})
    size = content.tell()
    content.seek(0)
    name = f"reports/{report.pk}/{today:%Y-%m-%d}-{run.pk}.{report.format}"
    return default_storage.save(name, File(content)), size


def _address(report: ScheduledReport, today: datetime.date) -> str:
    if report.saved_view is not None:
        app, model = report.saved_view.list_label.split(".")
        return f"{reverse(f'admin:{app}_{model}_changelist')}?{report.saved_view.query}&{urlencode({'export': report.format})}"
    page = PAGES.get(report.report)
    if page is None:
        raise ReportFailed(_("This report is no longer there: choose another."))
    query = {"as": report.format}
    span = dates_of(report.period, today)
    if span and page.dates == SPAN:
        query |= {"start": span[0].isoformat(), "end": span[1].isoformat()}
    elif span and page.dates == DAY:
        query |= {"end": span[1].isoformat()}
    return f"{reverse(page.url_name)}?{urlencode(query)}"


def _answer(address: str, owner: Any) -> HttpResponseBase:
    """What the page's own view says to its owner: it asks for their rights as in the browser.

    Raises ReportFailed where it gives no file.
    """
    path, _sep, query = address.partition("?")
    request = WSGIRequest(
        {
            "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "SERVER_NAME": "localhost",
            "SERVER_PORT": "443", "wsgi.url_scheme": "https", "wsgi.input": io.BytesIO(),
        }
    )  # fmt: skip
    request.user, request.session = owner, SessionStore()  # type: ignore[assignment]
    if not owner.is_active:
        raise ReportFailed(_("%(who)s is not active any more: give the report to somebody else.") % {"who": owner})
    found = resolve(path)
    try:
        with asked_by(owner):
            held = hold_up(request, found.route, found.kwargs)
            response: HttpResponseBase = held or found.func(request, *found.args, **found.kwargs)
    except (PermissionDenied, Http404):
        raise ReportFailed(_("%(who)s may not see this report.") % {"who": owner}) from None
    if response.status_code != 200 or "attachment" not in response.get("Content-Disposition", ""):
        raise ReportFailed(_("The page gave no file (%(status)s).") % {"status": response.status_code})
    return response


def _mail(run: ReportRun) -> None:
    """At most once: a server that breaks off may have taken it."""
    marked = ReportRun.objects.filter(pk=run.pk, mailed_at__isnull=True).update(mailed_at=database_now())
    if not marked:
        return
    report = run.scheduled
    with translation.override(report.owner.language or settings.LANGUAGE_CODE):
        company = Company.objects.order_by("pk").first()
        subject = f"{company.name if company else ''}: {report.name}"
        body = _("The report “%(name)s” of %(day)s.") % {"name": report.name, "day": run.due_at.date().isoformat()}
        if run.size and run.size > MAILED:
            body += "\n\n" + _("The file is too large for a mail: it is on the report's page.")
        message = EmailMessage(" ".join(subject.split()), body, to=report.mail_to)
    if not run.size or run.size <= MAILED:
        with default_storage.open(run.file) as file:
            message.attach(f"{report.name}-{run.due_at:%Y-%m-%d}.{report.format}", file.read())
    try:
        message.send()
    except OSError as error:
        ReportRun.objects.filter(pk=run.pk).update(error=f"{type(error).__name__}: {error}"[:300])


def zone_of(user: Any) -> str:
    """The user's time zone, else the company's."""
    return user.time_zone or Company.objects.order_by("pk").values_list("time_zone", flat=True).first() or "UTC"


def forget_files(older_than: datetime.datetime) -> int:
    """Take old runs and their files away."""
    old: Sequence[ReportRun] = list(ReportRun.objects.filter(due_at__lt=older_than).exclude(state="due")[:500])
    for run in old:
        if run.file:
            default_storage.delete(run.file)
        run.delete()
    return len(old)
