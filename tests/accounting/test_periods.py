"""Periods: made when needed, closed against posting, every change logged."""

import datetime

import pytest

from accounting.errors import NotFound
from accounting.models import Period
from accounting.services import close_period, ensure_periods, posting_dates, reopen_period
from backoffice.core.errors import IllegalTransition
from backoffice.core.models import AuditEvent
from tests.factories.books import ACTOR, NOON, make_company
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
MARCH = datetime.date(2026, 3, 1)


@pytest.fixture
def company():
    return make_company()


@pytest.fixture
def march(company):
    ensure_periods(company_id=company.pk, dates=[MARCH])
    return Period.objects.get(company=company, start_date=MARCH)


def test_making_periods_twice_makes_them_once(company):
    first = ensure_periods(company_id=company.pk, dates=[datetime.date(2026, 1, 15), datetime.date(2026, 2, 28)])
    again = ensure_periods(company_id=company.pk, dates=[datetime.date(2026, 1, 15)])

    assert (first > 0, again) == (True, 0)
    february = Period.objects.get(start_date=datetime.date(2026, 2, 1))
    assert february.end_date == datetime.date(2026, 2, 28)


def test_a_month_before_a_locked_one_is_made_locked(company, march):
    close_period(period_id=march.pk, company_id=company.pk, state="locked", actor=ACTOR)

    (day,) = posting_dates(company_id=company.pk, instants=[NOON - datetime.timedelta(days=60)])

    assert day == datetime.date(2026, 4, 1)
    assert Period.objects.get(start_date=datetime.date(2026, 1, 1)).state == "locked"


def test_with_all_closed_the_next_month_is_opened(company, march):
    for period in Period.objects.all():
        close_period(period_id=period.pk, company_id=company.pk, actor=ACTOR)
    last = Period.objects.latest("end_date")

    (day,) = posting_dates(company_id=company.pk, instants=[NOON])

    assert day == last.end_date + datetime.timedelta(days=1)


def test_posting_dates_keep_their_order(company):
    instants = [NOON, NOON - datetime.timedelta(days=40), NOON]

    assert posting_dates(company_id=company.pk, instants=instants) == [
        datetime.date(2026, 3, 10),
        datetime.date(2026, 1, 29),
        datetime.date(2026, 3, 10),
    ]


def test_closing_and_reopening_are_logged(company, march):
    close_period(period_id=march.pk, company_id=company.pk, actor=ACTOR)
    reopen_period(period_id=march.pk, company_id=company.pk, actor=ACTOR, reason="late bill")

    march.refresh_from_db()
    assert march.state == "open"
    events = AuditEvent.objects.filter(object_type="accounting.period").order_by("id")
    assert list(events.values_list("old_value", "new_value", "reason")) == [
        ("open", "soft_closed", ""),
        ("soft_closed", "open", "late bill"),
    ]


def test_a_locked_period_reopens_by_steps(company, march):
    close_period(period_id=march.pk, company_id=company.pk, state="locked", actor=ACTOR)
    reopen_period(period_id=march.pk, company_id=company.pk, actor=ACTOR, reason="audit")

    march.refresh_from_db()
    assert march.state == "soft_closed"


def test_illegal_changes_are_refused(company, march):
    close_period(period_id=march.pk, company_id=company.pk, actor=ACTOR)

    with refused(IllegalTransition):
        close_period(period_id=march.pk, company_id=company.pk, actor=ACTOR)
    with refused(ValueError):
        reopen_period(period_id=march.pk, company_id=company.pk, actor=ACTOR, reason="")
    with refused(NotFound):
        close_period(period_id=march.pk, company_id=make_company("other").pk, actor=ACTOR)

    march.refresh_from_db()
    assert march.state == "soft_closed"
