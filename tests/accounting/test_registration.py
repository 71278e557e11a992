"""Source documents of the money book have pages, and staff get what their work needs."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Group

from accounting.services import PaymentRequest, issue_invoices, record_payments
from backoffice.core.registry import links_of
from tests.factories.books import ACTOR, NOON, make_company, make_invoice, make_party

pytestmark = pytest.mark.django_db


def test_documents_are_named_and_found():
    company = make_company()
    party = make_party(company)
    (issued,) = issue_invoices([make_invoice(party)], company_id=company.pk, actor=ACTOR)
    (paid,) = record_payments(
        [PaymentRequest(party.pk, "in", Decimal(100), "GBP", NOON, "payment:1")], company_id=company.pk, actor=ACTOR
    )

    links = links_of(
        [
            ("accounting.invoice", issued.invoice_id),
            ("accounting.journalentry", issued.entry_id),
            ("accounting.payment", paid.payment_id),
            ("accounting.payment", 0),
        ]
    )

    assert [link.label for link in links.values()] == ["INV-000001", f"JE-{issued.entry_id}", "100.00 GBP"]
    assert (
        links["accounting.invoice", issued.invoice_id].url == f"/admin/accounting/invoice/{issued.invoice_id}/change/"
    )


@pytest.mark.parametrize(
    ("name", "may", "may_not"),
    [
        ("accountant", "add_journalentry", None),
        ("order_desk", "view_invoice", "add_invoice"),
        ("buyer", "change_party", "view_journalentry"),
        ("picker", None, "view_party"),
        ("auditor", "view_journalline", "add_journalentry"),
    ],
)
def test_roles_get_what_they_need(name, may, may_not):
    held = set(
        Group.objects.get(name=name)
        .permissions.filter(content_type__app_label="accounting")
        .values_list("codename", flat=True)
    )

    assert may is None or may in held
    assert may_not is None or may_not not in held
