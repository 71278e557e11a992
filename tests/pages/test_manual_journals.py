"""Journals by hand at the pages: typed, approved by another person, reversed, repeated; papers; who may not."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounting.models import Attachment, ManualJournal, RecurringJournal
from accounting.services import submit_journal
from backoffice.core.approval_limits import set_threshold
from backoffice.core.proof import run_checks
from tests.factories.books import ACTOR, make_company
from tests.factories.journals import journal_facts, make_journal
from tests.factories.photos import png
from tests.factories.staff import said, sign_in

ADD = "admin:accounting_manualjournal_add"


@pytest.fixture
def company(db):
    return make_company()


def form(company, *rows, **values):
    lines = rows or (("6520 Rent and utilities", "100", ""), ("1020", "", "100"))
    data = {
        "company": company.pk, "date": "2026-03-10", "memo": "Rent", "currency": "", "exchange_rate": "",
        "reverse_on": "", "lines-TOTAL_FORMS": str(len(lines)), "lines-INITIAL_FORMS": "0",
    }  # fmt: skip
    for place, (account, debit, credit) in enumerate(lines):
        data |= {
            f"lines-{place}-account": account, f"lines-{place}-debit": debit, f"lines-{place}-credit": credit,
            f"lines-{place}-description": "", f"lines-{place}-party": "", f"lines-{place}-channel": "web" if account else "",
            f"lines-{place}-warehouse": "", f"lines-{place}-category": "",
        }  # fmt: skip
    return data | values


def press(client, name, **data):
    pk = ManualJournal.objects.latest("pk").pk
    return client.post(reverse("admin:accounting_manualjournal_step", args=[pk, name]), data)


def page(client):
    pk = ManualJournal.objects.latest("pk").pk
    return client.get(reverse("admin:accounting_manualjournal_change", args=[pk])).content.decode()


def test_one_is_typed_approved_by_another_and_reversed(company):
    set_threshold(company_id=company.pk, action="manual_journal", amount=50, actor=ACTOR)
    owner, accountant = sign_in("owner"), sign_in("accountant")
    assert owner.get(reverse(ADD)).status_code == 200
    owner.post(reverse(ADD), form(company))
    press(owner, "submit")
    assert "Waits for somebody else" in page(owner)
    assert "Who made it cannot approve it." in said(press(owner, "approve"))[0]
    press(accountant, "approve")

    shown = page(accountant)
    assert "Posted" in shown and "JE-" in shown and "channel=web" in shown and "100.00" in shown
    entry = reverse("admin:accounting_journalentry_change", args=[ManualJournal.objects.get().entry_id])
    assert ">MJ-" in accountant.get(entry).content.decode()
    press(accountant, "reverse", reason="Twice")
    assert "Reversed by" in page(accountant)
    assert run_checks().ok


def test_a_draft_is_edited_and_the_sums_are_told(company):
    accountant = sign_in("accountant")
    accountant.post(reverse(ADD), form(company))
    journal = ManualJournal.objects.get()
    edit = reverse("admin:accounting_manualjournal_edit", args=[journal.pk])
    shown = accountant.get(edit).content.decode()
    assert "6520 Rent and utilities" in shown and 'value="100.00"' in shown and "Balanced" in shown

    sums = accountant.post(reverse("admin:accounting_manualjournal_sums"), form(company, ("6520", "70", ""))).content
    assert b"70.00" in sums and b"Balanced" not in sums
    accountant.post(edit, form(company, ("6590", "70", ""), ("1020", "", "70"), version="1"))
    journal.refresh_from_db()
    assert (journal.value, journal.version) == (70, 2)
    late = accountant.post(edit, form(company, version="1")).content.decode()
    assert "Somebody else has changed" in late


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"date": "2026-02-30"}, "Enter a valid date."),
        ({"lines-0-account": "9999"}, "There is no account “9999”."),
        ({"lines-0-account": "1110"}, "is posted by its own sub-ledger (Receivable)"),
        ({"lines-0-debit": "99"}, "Debits and credits differ by 1 GBP."),
        ({"lines-0-credit": "5"}, "Give a debit or a credit."),
        ({"lines-0-party": "NOBODY"}, "There is no party “NOBODY”."),
        ({"currency": "USD"}, "No exchange rate of USD is known"),
    ],
)
def test_what_is_typed_wrong_stands_beside_its_field_and_nothing_is_written(company, values, words):
    accountant = sign_in("accountant")
    before = journal_facts()

    answer = accountant.post(reverse(ADD), form(company, **values))

    assert words in answer.content.decode()
    assert journal_facts() == before


def test_a_posted_one_is_repeated_from_its_page(company):
    accountant = sign_in("accountant")
    journal = make_journal(company)
    submit_journal(journal.pk, company_id=company.pk, actor=ACTOR)
    add = reverse("admin:accounting_recurringjournal_add") + f"?pattern={journal.pk}"
    assert add in page(accountant)
    wrong = accountant.post(add, {"name": "Rent", "first_date": "2026-03-01", "every_months": "1"}).content.decode()
    assert "after the journal&#x27;s own" in wrong and not RecurringJournal.objects.exists()
    accountant.post(add, {"name": "Rent", "first_date": "2026-04-01", "every_months": "1", "end_date": ""})
    made = RecurringJournal.objects.get()
    accountant.post(reverse("admin:accounting_recurringjournal_step", args=[made.pk, "activate"]))
    shown = accountant.get(reverse("admin:accounting_recurringjournal_change", args=[made.pk])).content.decode()
    assert "Active" in shown and journal.number in shown
    assert accountant.get(reverse("admin:accounting_recurringjournal_changelist")).status_code == 200
    assert accountant.get(reverse("admin:accounting_manualjournal_changelist")).status_code == 200


def test_a_paper_is_added_shown_safely_and_refused(company, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    accountant = sign_in("accountant")
    journal = make_journal(company)
    add = reverse("admin:accounting_attach", args=["accounting.manualjournal", journal.pk])
    accountant.post(add, {"file": SimpleUploadedFile("scan.png", png())})
    paper = Attachment.objects.get()
    assert "scan.png" in page(accountant)
    shown = accountant.get(reverse("admin:accounting_attachment", args=[paper.pk]))
    assert (shown["Content-Type"], shown["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert "sandbox" in shown["Content-Security-Policy"] and b"".join(shown.streaming_content) == png()
    assert said(accountant.post(add, {"file": SimpleUploadedFile("x.exe", b"MZ\x00")})) == [
        "The file must be a PDF, PNG, JPEG or a plain text."
    ]
    assert said(accountant.post(add)) == ["Choose a file."]
    assert sign_in("picker").get(reverse("admin:accounting_attachment", args=[paper.pk])).status_code == 403
    accountant.post(reverse("admin:accounting_detach", args=[paper.pk]))
    assert not Attachment.objects.exists()


def test_the_auditor_sees_all_and_changes_nothing(company):
    auditor = sign_in("auditor")
    journal = make_journal(company)
    before = journal_facts()

    assert "Rent" in page(auditor)
    assert auditor.get(reverse(ADD)).status_code == 403
    assert auditor.post(reverse(ADD), form(company)).status_code == 403
    assert auditor.get(reverse("admin:accounting_manualjournal_edit", args=[journal.pk])).status_code == 403
    for name in ("submit", "approve", "cancel", "reverse"):
        assert press(auditor, name, reason="x").status_code == 403
    attach = reverse("admin:accounting_attach", args=["accounting.manualjournal", journal.pk])
    assert auditor.post(attach, {"file": SimpleUploadedFile("scan.png", png())}).status_code == 403
    assert journal_facts() == before
