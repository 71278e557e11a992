"""What a customer was called, and their tax number, are kept as they were for what was issued to them."""

import datetime

import pytest
from django.db import DatabaseError, connection, transaction

from accounting.models import Party, PartyVersion
from accounting.selectors import party_facts
from backoffice.core.db import database_now
from tests.factories.books import make_company, make_party

pytestmark = pytest.mark.django_db


def change(party, **values):
    Party.objects.filter(pk=party.pk).update(**values)
    return database_now()


def test_the_name_and_the_number_of_then():
    party = make_party(make_company())
    first = change(party, name="First Ltd", tax_number="GB 1")
    second = change(party, name="Second Ltd", tax_number="GB 2")
    change(party, payment_terms_days=30)
    old = first - datetime.timedelta(days=365)

    found = party_facts([(party.pk, old), (party.pk, first), (party.pk, second)])

    assert [(facts.name, facts.tax_number) for facts in found.values()] == [
        ("Customer C1", ""), ("First Ltd", "GB 1"), ("Second Ltd", "GB 2"),
    ]  # fmt: skip
    assert PartyVersion.objects.filter(party=party).count() == 3
    assert party_facts([]) == {}


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO accounting_partyversion (party_id, valid_from, name, tax_number) VALUES (1, now(), '', '')",
        "UPDATE accounting_partyversion SET tax_number = ''",
        "DELETE FROM accounting_partyversion",
    ],
)
def test_the_app_cannot_write_a_version_by_itself(sql):
    make_party(make_company())

    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)

    assert list(PartyVersion.objects.values_list("name", flat=True)) == ["Customer C1"]
