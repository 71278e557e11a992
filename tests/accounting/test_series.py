"""Series of legal numbers: shown whole, begun anew, refused by name."""

import pytest
from django.urls import reverse

from accounting.errors import SeriesRefused
from accounting.models import Invoice, NumberSeries
from accounting.selectors.series import series_state
from accounting.services import begin_series, issue_invoices
from backoffice.core.models import AuditEvent
from tests.accounting.test_bypass import attack
from tests.accounting.test_proof import as_superuser, problems
from tests.api.conftest import World
from tests.factories.books import ACTOR, NOON, make_company, make_invoice, make_party
from tests.factories.goods import days_later
from tests.factories.refusals import refused_as
from tests.factories.staff import said, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    return make_company("firm")


def issue(company, *keys, at=NOON):
    party = make_party(company)
    issue_invoices([make_invoice(party, key=key, effective_at=at) for key in keys], company_id=company.pk, actor=ACTOR)


def series_of(company, code="INV"):
    return NumberSeries.objects.get(company=company, code=code)


def test_a_series_is_whole_and_what_is_missing_or_out_of_order_is_named(company):
    issue(company, "a", "b", at=days_later(2))
    issue(company, "c")
    state = series_state(series_of(company))
    assert (state.whole, state.drawn, state.documents) == (True, 3, 3)
    assert [(year.year, year.documents, year.first, year.last) for year in state.years] == [(2026, 3, 1, 3)]
    assert state.backwards == [("INV-000003", NOON.date())]

    as_superuser("DELETE FROM accounting_invoice WHERE sequence = 2")
    state = series_state(series_of(company))
    assert (state.whole, state.missing) == (False, [2])
    page = sign_in("accountant").get(reverse("admin:accounting_numberseries_change", args=[series_of(company).pk]))
    assert "Numbers without a document" in page.content.decode()


def test_a_new_series_begins_and_the_old_one_stays_whole(company):
    issue(company, "a")
    old = series_of(company)
    made = begin_series(old.pk, company_id=company.pk, prefix="2027-", first_number=101, digits=4, actor=ACTOR)
    issue(company, "b", "c")
    assert list(Invoice.objects.order_by("pk").values_list("number", flat=True)) == [
        "INV-000001", "2027-0101", "2027-0102",
    ]  # fmt: skip
    old.refresh_from_db()
    assert (old.code, series_of(company).pk) == (f"INV/{old.pk}", made.pk)
    assert AuditEvent.objects.get(object_type="accounting.numberseries").new_value == "2027-"
    credits = series_of(company, "CRN")
    replaced = begin_series(credits.pk, company_id=company.pk, prefix="CRN-", first_number=500, actor=ACTOR)
    assert (replaced.first_number, NumberSeries.objects.filter(company=company).count()) == (500, 3)
    assert problems() == {}


def test_series_that_make_no_sense_are_refused_by_name(company):
    issue(company, "a")
    old = series_of(company)
    before = list(NumberSeries.objects.values_list("pk", "code", "prefix", "next_number"))
    for code, values in (
        ("bad_prefix", {"prefix": " "}), ("bad_prefix", {"prefix": "x" * 21}), ("bad_number", {"first_number": 0}),
        ("bad_number", {"digits": 99}), ("prefix_taken", {"prefix": "CRN-"}), ("prefix_taken", {"prefix": "INV-"}),
    ):  # fmt: skip
        with refused_as(SeriesRefused, code):
            begin_series(old.pk, company_id=company.pk, actor=ACTOR, **({"prefix": "X-"} | values))
    assert list(NumberSeries.objects.values_list("pk", "code", "prefix", "next_number")) == before
    begin_series(old.pk, company_id=company.pk, prefix="X-", actor=ACTOR)
    with refused_as(SeriesRefused, "closed"):
        begin_series(old.pk, company_id=company.pk, prefix="Y-", actor=ACTOR)
    assert "permission denied" in attack(f"UPDATE accounting_numberseries SET prefix = 'Z' WHERE id = {old.pk}")[2]
    assert "permission denied" in attack(f"DELETE FROM accounting_numberseries WHERE id = {old.pk}")[2]


def test_the_pages_and_the_api_show_and_begin_them(company):
    issue(company, "a")
    series = series_of(company)
    accountant, auditor = sign_in("accountant"), sign_in("auditor")
    page = reverse("admin:accounting_numberseries_change", args=[series.pk])
    begin = reverse("admin:accounting_numberseries_begin", args=[series.pk])
    assert "No gaps" in auditor.get(page).content.decode()
    assert auditor.post(begin, {"prefix": "N-", "first_number": 1, "digits": 5}).status_code == 403
    assert said(accountant.post(begin, {"prefix": "", "first_number": 1, "digits": 5})) == [
        "Give a prefix and a first number above zero."
    ]
    assert said(accountant.post(begin, {"prefix": "N-", "first_number": 1, "digits": 5})) == [
        "From now on numbers begin with N-."
    ]
    listed = accountant.get(reverse("admin:accounting_numberseries_changelist")).content.decode()
    assert "N-00001" in listed and "INV-000002" in listed

    world = World()
    desk = world.caller("accounting:read", "periods:write", bound=False, company_id=company.pk)
    rows = desk.get("number-series/").json()["results"]
    assert {row["prefix"] for row in rows} == {"INV-", "CRN-", "N-"}
    state = desk.get(f"number-series/{series.pk}/state/").json()
    assert (state["whole"], state["drawn"], state["missing"]) == (True, 1, [])
    credit = next(row for row in rows if row["prefix"] == "CRN-")
    assert desk.post(f"number-series/{credit['id']}/begin/", {"prefix": "N-"}).json()["code"] == "prefix_taken"
    assert desk.post(f"number-series/{credit['id']}/begin/", {"prefix": "C27-"}).status_code == 201
    reader = world.caller("accounting:read", bound=False, company_id=company.pk)
    assert reader.post(f"number-series/{series.pk}/begin/", {"prefix": "Q-"}).status_code == 403
