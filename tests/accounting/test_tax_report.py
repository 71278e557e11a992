"""Taxes by code for any days: figures, what they are compared with, the documents behind them, files, refusals."""

import datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from accounting.selectors.statements import Question
from accounting.selectors.tax_report import tax_documents_report, tax_report
from accounting.services import lay_tax_template
from accounting.statements.spans import Span
from tests.accounting.test_taxes import sell
from tests.api.conftest import World
from tests.factories.books import ACTOR, make_company
from tests.factories.goods import days_later
from tests.factories.staff import sign_in
from tests.pages.test_statements import file, links

pytestmark = pytest.mark.django_db
D = Decimal
MARCH = {"start": "2026-03-01", "end": "2026-03-31"}
SPAN = Span(datetime.date(2026, 3, 1), datetime.date(2026, 3, 31))


@pytest.fixture
def german():
    company = make_company("gmbh", base_currency="EUR", country="DE", time_zone="Europe/Berlin")
    lay_tax_template(company_id=company.pk, template="de", actor=ACTOR)
    sell(company, ("DE19", "100", "19"), ("DE7", "50", "3.50"), key="i1")
    sell(company, ("OSSFR", "40", "8"), key="i2")
    sell(company, ("DE19", "10", "1.90"), key="c1", kind="credit_note")
    sell(company, ("DE19", "200", "38"), key="i3", at=days_later(-20))
    return company


def test_taxes_by_code_beside_the_month_before(german):
    report = tax_report(Question(german, SPAN, ("previous",)), chart=True)
    rows = {row.key: list(row.values[4:]) for row in report.rows}
    assert rows["sales DE19 0.19"] == [90, D("17.10"), 200, 38]
    assert rows["sales OSSFR 0.2"] == [40, 8, 0, 0]
    assert rows["sales_sum"] == [180, D("28.60"), 200, 38]
    assert report.chart["datasets"][0]["data"][-2:] == [38.0, 28.6]


def test_the_documents_behind_a_figure(german):
    report = tax_documents_report(Question(german, SPAN), side="sales", code="DE19", rate=D("0.19"))
    assert [(row.values[1], row.values[5]) for row in report.rows] == [
        ("CRN-000001", -10), ("INV-000001", 100), ("Sum", 90),
    ]  # fmt: skip
    assert "The first 1 rows" in str(tax_documents_report(Question(german, SPAN), limit=1).notes[0])


def test_the_page_leads_to_documents_and_gives_files(german):
    client = sign_in("auditor")
    page = client.get(reverse("tax_report"), MARCH | {"compare": "both"})
    assert "OSSFR" in page.content.decode() and "Last year" in page.content.decode()
    [address] = {link for link in links(page.content.decode()) if "tax_code=DE19" in link}
    page = client.get(address.replace("&amp;", "&")).content.decode()
    assert "INV-000001" in page and any("/accounting/invoice/" in link for link in links(page))
    for name in ("tax_report", "tax_documents"):
        assert b"DE19" in file(client, name, **MARCH, **{"as": "csv"})
        assert file(client, name, **MARCH, **{"as": "xlsx"})[:2] == b"PK"
        assert file(client, name, **MARCH, **{"as": "pdf"})[:5] == b"%PDF-"
        assert client.get(reverse(name), {"start": "2026-02-30"}).status_code == 400
        assert sign_in("cashier").get(reverse(name)).status_code == 403
    assert client.get(reverse("tax_documents"), {"rate": "abc"}).status_code == 400


def test_the_same_over_http(german):
    desk = World().caller("accounting:read", bound=False, company_id=german.pk)
    answer = desk.get("statements/taxes/", **MARCH).json()
    assert next(row for row in answer["rows"] if row["key"] == "sales DE7 0.07")["values"]["tax_amount"] == "3.50"
    lines = desk.get("statements/taxed-documents/", side="sales", tax_code="OSSFR", **MARCH).json()["rows"]
    assert [row["values"]["number"] for row in lines] == ["INV-000002", "Sum"]
    wrong = desk.get("statements/taxed-documents/", rate="900", **MARCH)
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "rate")
