"""A plain-text journal is checked, shown and posted through its page and the API."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounting.models import Account, JournalEntry
from backoffice.core.api.auth import make_api_key
from backoffice.core.models import User
from backoffice.core.proof import run_checks
from tests.factories.books import make_company
from tests.factories.staff import said, sign_in

pytestmark = pytest.mark.django_db
TEXT = """2024-01-03 * Shop <b>bold</b>
    Assets:Cash            $100.00
    Income:Sales

2024-01-04 Hours
    Assets:Time            3 HOURS
    Income:Time
"""


def file(text=TEXT):
    return SimpleUploadedFile("books.ledger", text.encode())


def test_a_file_is_checked_shown_and_posted():
    make_company(base_currency="USD")
    desk, page = sign_in("accountant"), reverse("journal_files")
    assert desk.get(page).status_code == 200

    refused = desk.post(page, {"file": file(), "what": "check"})
    assert "Line 6: no price of HOURS in USD" in said(refused)[0] and "Nothing was written" in refused.content.decode()
    shown = desk.post(page, {"file": file(), "what": "check", "no_value": "HOURS"}).content.decode()
    assert "Assets:Time" in shown and "What it would do" in shown and JournalEntry.objects.count() == 0
    kept = shown.split('name="kept" value="')[1].split('"')[0]
    done = desk.post(
        page, {"what": "post", "kept": kept, "no_value": "HOURS", "format": "ledger", "name": "books.ledger"}
    )

    assert said(done) == ["2 entries posted, 0 were there, 6 accounts made."]
    assert JournalEntry.objects.count() == 2 and Account.objects.filter(name="Income:Time").exists()
    assert said(desk.post(page, {"what": "post", "kept": "%%%"})) == ["Choose a file."]
    assert sign_in("warehouse_lead").get(page).status_code == 403
    assert run_checks().ok


def test_a_program_checks_and_posts_it(client):
    company = make_company(base_currency="USD")
    _key, secret = make_api_key(
        name="books", user=User.objects.create_superuser("robot"), scopes=("accounting:import",), company_id=company.pk
    )
    headers = {"authorization": f"Api-Key {secret}"}

    def send(text=TEXT, **more):
        return client.post("/api/v1/journal-files/", {"file": file(text), **more}, headers=headers)

    checked = send(no_value=["HOURS"], check="true")
    assert (checked.status_code, checked.json()["transactions"]) == (200, 2) and JournalEntry.objects.count() == 0
    refused = send()
    assert (refused.status_code, refused.json()["code"], refused.json()["context"]["line"]) == (409, "no_rate", 6)
    unbalanced = send(TEXT.replace("Income:Sales", "Income:Sales  $-99"), no_value=["HOURS"])
    assert unbalanced.json()["code"] == "unbalanced" and JournalEntry.objects.count() == 0

    done = send(no_value=["HOURS"])
    assert (done.status_code, done.json()) == (201, {"entries": 2, "already": 0, "accounts": 6})
    assert send(no_value=["HOURS"]).json()["already"] == 2
    assert run_checks().ok
