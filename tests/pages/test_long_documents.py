"""An invoice of two thousand lines and its entry open and print like short ones."""

import io

from django.urls import reverse
from pypdf import PdfReader

from accounting.services import issue_invoices
from backoffice.core.proof import run_checks
from orders.documents import render
from tests.factories.books import ACTOR, make_invoice, make_invoice_line, make_party
from tests.factories.staff import sign_in

LINES = 2000


def test_a_long_invoice_opens_is_printed_and_proved(world, django_assert_max_num_queries):
    """frappe/erpnext#35123, #35154, #41452, #49769: documents of many lines time out there."""
    party = make_party(world.house.company, "LONG")
    lines = [make_invoice_line(description=f"Line {number}") for number in range(LINES)]
    (made,) = issue_invoices([make_invoice(party, *lines)], company_id=world.house.id, actor=ACTOR)
    accountant = sign_in("accountant")

    for name, pk in (("invoice", made.invoice_id), ("journalentry", made.entry_id)):
        with django_assert_max_num_queries(40):
            page = accountant.get(reverse(f"admin:accounting_{name}_change", args=[pk]))
        assert page.status_code == 200
    paper = PdfReader(io.BytesIO(render("invoice", [made.invoice_id])))
    text = "".join(page.extract_text() for page in paper.pages)
    assert "Line 0" in text and f"Line {LINES - 1}" in text
    assert run_checks().ok
