"""A company's words for itself are kept as they were."""

import datetime

import pytest
from django.db import DatabaseError, connection, transaction

from accounting.models import Company, CompanyVersion
from accounting.selectors import letterheads
from backoffice.core.db import database_now
from tests.factories.books import make_company


def change(company, **values):
    Company.objects.filter(pk=company.pk).update(**values)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def test_each_change_makes_a_version_and_nothing_else_does(db):
    company = make_company(legal_name="First Ltd")
    change(company, legal_name="Second Ltd")
    change(company, legal_name="Second Ltd")

    kept = CompanyVersion.objects.order_by("id").values_list("facts__legal_name", flat=True)

    assert list(kept) == ["First Ltd", "Second Ltd"]


def test_the_letterhead_of_then(db):
    company = make_company(legal_name="First Ltd")
    first = change(company, bank_account="DE1")
    second = change(company, legal_name="Second Ltd", document_note="Note")
    old = first - datetime.timedelta(days=365)

    found = letterheads([(company.pk, old), (company.pk, first), (company.pk, second), (company.pk, None)])

    assert [(head.legal_name, head.bank_account, head.note) for head in found.values()] == [
        ("First Ltd", "", ""), ("First Ltd", "DE1", ""), ("Second Ltd", "DE1", "Note"), ("Second Ltd", "DE1", "Note"),
    ]  # fmt: skip
    assert str(found[company.pk, None].zone) == "Europe/London"
    assert database_now() > first


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO accounting_companyversion (company_id, valid_from, facts) VALUES (1, now(), '{}')",
        "UPDATE accounting_companyversion SET facts = '{}'",
        "DELETE FROM accounting_companyversion",
    ],
)
def test_the_app_cannot_write_a_version_by_itself(db, sql):
    make_company()

    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)

    assert CompanyVersion.objects.count() == 1
