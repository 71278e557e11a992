"""Addresses stay as they were printed: neither the app nor the owner changes one; who moves gets another."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from accounting.models import Address
from accounting.services import blank_addresses
from backoffice.core.roles import OWNER, role
from tests.factories.books import make_company
from tests.factories.staff import sign_in

pytestmark = pytest.mark.django_db


def make_address(company, **values):
    return Address.objects.create(company=company, **({"name": "Ann", "line1": "1 High St", "country": "GB"} | values))


def refusal(sql, pk):
    """SQLSTATE and name of what the database says, as whoever the connection is."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE accounting_address {sql} WHERE id = %s", [pk])
    cause = caught.value.__cause__
    return cause.sqlstate, cause.diag.constraint_name


def test_nobody_changes_an_address_and_blanking_leaves_nothing_but_the_country():
    address = make_address(make_company())

    assert refusal("SET line1 = '2 Low St'", address.pk) == ("42501", None)  # the application may not at all
    with role(connection, OWNER):
        for change in (
            "SET line1 = '2 Low St'",
            "SET line1 = '2 Low St', erased_at = now()",  # what is called erased is empty
            "SET name = '', line1 = '', country = 'FR', erased_at = now()",
        ):
            assert refusal(change, address.pk) == ("23001", "address_stays")
    blank_addresses([address.pk])

    left = Address.objects.get(pk=address.pk)
    assert (left.name, left.line1, left.country, left.erased_at is not None) == ("", "", "GB", True)


def test_the_page_shows_an_address_and_another_is_added_beside_it():
    company = make_company()
    old = make_address(company)
    client = sign_in("owner")
    page = reverse("admin:accounting_address_change", args=[old.pk])

    shown = client.get(page)
    assert (shown.status_code, "1 High St" in shown.content.decode(), 'name="line1"' in shown.content.decode()) == (
        200, True, False,
    )  # fmt: skip
    assert "Delete address" not in shown.content.decode()
    assert client.post(page, {"company": company.pk, "line1": "2 Low St"}).status_code == 403
    assert Address.objects.get().line1 == "1 High St"

    added = client.post(
        reverse("admin:accounting_address_add"),
        {"company": company.pk, "name": "Ann", "line1": "2 Low St", "country": "GB"},
    )
    assert added.status_code == 302
    assert sorted(Address.objects.values_list("line1", flat=True)) == ["1 High St", "2 Low St"]
